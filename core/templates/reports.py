"""What preflight found of an item, said in the words of the request that brought it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.errors import Fault
from core.kinds import Kind, RowsField
from core.kinds.faults import pointer_to
from core.rendering.preflight import Finding, Report

SPA: Final = "/spa_id"


@dataclass(frozen=True, slots=True)
class Findings:
    """Of one item. `errors` stop it from being issued, `warnings` do not."""

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def findings_of(report: Report, kind: Kind, item: str) -> Findings:
    """`item` is the pointer to the item's values in the request."""
    return Findings(tuple(_faults(report.faults, kind, item)), tuple(_faults(report.warnings, kind, item)))


def _faults(findings: Iterable[Finding], kind: Kind, item: str) -> Iterable[Fault]:
    for code, field, detail in findings:
        label = label_of(kind, field)
        said = f"{label}: {detail}." if label else f"{detail[:1].upper()}{detail[1:]}."
        yield Fault(pointer_of(kind, field, item), code, said)


def pointer_of(kind: Kind, field: str, item: str) -> str:
    """Where in the request a placeholder comes from; the item as a whole where it is not sent as it is printed."""
    name, *inside = field.split("/")
    if name.startswith(("spa.", "signatory.")):
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
    """What a person calls a placeholder; the name as the template writes it where it is not of the kind."""
    name, *inside = field.split("/")
    placeholder = kind.placeholders.get(name)
    if placeholder is None or not inside:
        return placeholder.label if placeholder else name
    position, column = inside
    columns = {each.name: each.label for each in placeholder.columns}
    return f"{placeholder.label}, row {int(position) + 1}: {columns.get(column, column)}".removesuffix(": ")
