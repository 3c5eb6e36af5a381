"""What preflight found, said in the words of those who can do something about it: of a request, or of a template."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from core.errors import Fault
from core.kinds import Kind, RowsField
from core.kinds.faults import pointer_to
from core.rendering.report import Finding, Report
from core.templates.document import TemplateDocument

SPA: Final = "/spa_id"
_ISSUER: Final = ("spa", "signatory")
_OF_THE_VALUE: Final = frozenset({"missing_glyph", "low_resolution"})
"""What lies with a value itself, in whichever element it stands."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one item or one template. `errors` stop it from being issued or published, `warnings` do not."""

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a request the item's values stand, and where the template is named; JSON pointers."""

    item: str
    template: str = ""


def findings_of(
    report: Report,
    kind: Kind,
    places: Places,
    *,
    given: Collection[str] | None = None,
    has_issuer: bool = True,
) -> Findings:
    """What was found of an item. `given` are the fields that have values of its own, where others have stand-ins, of which
    nobody is warned; `has_issuer` says the same of spa and signatory."""
    warnings = _of_given(report.warnings, kind, given, has_issuer=has_issuer)
    own = (Fault(places.template, each.code, _sentence(kind, each)) for each in report.own_warnings)

    def told(found: Iterable[Finding]) -> Iterator[Fault]:
        for each in found:
            yield Fault(pointer_of(kind, each.field, places.item), each.code, _sentence(kind, each))

    return Findings(tuple(told(report.faults)), tuple(dict.fromkeys([*told(warnings), *own])))


def findings_of_template(report: Report, document: TemplateDocument) -> Findings:
    """What was found of a template with its sample: each at the sample's value where it lies with that, else at the element."""

    def told(found: Iterable[Finding]) -> tuple[Fault, ...]:
        kind = document.kind
        return tuple(dict.fromkeys(Fault(place_of(each), each.code, _sentence(kind, each)) for each in found))

    def place_of(found: Finding) -> str:
        if found.code in _OF_THE_VALUE and _head(found.field) in document.sample:
            return pointer_of(document.kind, found.field, "/sample")
        return f"/layout{found.place}"

    warnings = _of_given(report.warnings, document.kind, document.sample, has_issuer=False)
    return Findings(told(report.faults), told([*warnings, *report.own_warnings]))


def _of_given(
    findings: Iterable[Finding], kind: Kind, given: Collection[str] | None, *, has_issuer: bool
) -> Iterator[Finding]:
    """Leave out what is about stand-ins."""
    absent = set() if given is None else {field.name for field in kind.fields} - set(given)
    absent |= set() if has_issuer else set(_ISSUER)
    return (finding for finding in findings if _head(finding.field) not in absent)


def _head(field: str) -> str:
    """The field that a placeholder or a cell belongs to; `spa` and `signatory` of what the issuer has."""
    return field.partition("/")[0].partition(".")[0]


def _sentence(kind: Kind, finding: Finding) -> str:
    label, detail = label_of(kind, finding.field), finding.detail
    return f"{label}: {detail}." if label else f"{detail[:1].upper()}{detail[1:]}."


def pointer_of(kind: Kind, field: str, item: str) -> str:
    """Where in the request a placeholder comes from; the item as a whole where it is not sent as it is printed."""
    name, *inside = field.split("/")
    if _head(name) in _ISSUER:
        return SPA
    sent = next((each for each in kind.fields if each.name == name), None)
    if sent is None:
        return item
    if isinstance(sent, RowsField) and inside:
        columns = {column.name for column in sent.columns}
        position, column = inside
        return f"{item}{pointer_to(name, position, *({column} & columns))}"
    return f"{item}{pointer_to(name)}"


def label_of(kind: Kind, field: str) -> str:
    """What a person calls a placeholder; its name in words where it is not of the kind."""
    name, *inside = field.split("/")
    placeholder = kind.placeholders.get(name)
    if placeholder is None:
        return name.replace("_", " ").replace(".", " ").capitalize()
    if not inside:
        return placeholder.label
    position, column = inside
    columns = {each.name: each.label for each in placeholder.columns}
    return f"{placeholder.label}, row {int(position) + 1}: {columns.get(column, column)}".removesuffix(": ")
