"""Everything that must be right before a template is published, and what may not please."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from core import spas
from core.errors import Fault
from core.kinds import Values
from core.rendering.checks import check_layout
from core.rendering.fonts import FontLibrary
from core.rendering.placeholders import MalformedTemplateError, parse_template
from core.rendering.scene import ImageSource
from core.storage import FileMissing
from core.templates.catalogue import LoadedTemplate
from core.templates.document import TemplateDocument, pictures_in
from core.templates.drawing import Pictures, examine_template
from core.templates.names import check_names
from core.templates.reports import Findings, findings_of_template
from core.templates.sample import facts_of, portrait, with_portrait
from core.templates.stand_ins import SPA, complete

_WRONG_TYPE: Final = frozenset({"not_an_image", "not_rows", "not_a_number"})


def check_template(
    template: LoadedTemplate, *, pictures: Pictures, fonts: FontLibrary, today: date
) -> Findings:
    """All that is found of a document that is right in its form; pointers into the document.

    Where its layout is one at all it is looked at with its sample, or with stand-ins for every value: what cannot draw these
    is refused.
    """
    document = template.document
    layout = check_layout(document.layout, fonts=fonts, assets=document.assets)
    faults = [Fault(f"/layout{fault.pointer}", fault.code, fault.detail) for fault in layout]
    try:
        parse_template(document.title)
    except MalformedTemplateError as error:
        faults.append(Fault("/title", "bad_placeholder", f"This is no text with placeholders: {error}."))
    faults += check_names(document)
    if layout:
        return Findings(tuple(faults), ())
    found = _look(template, pictures, fonts, today)
    news = (error for error in found.errors if not _is_echo(error, faults))
    return Findings((*faults, *news), found.warnings)


def _is_echo(error: Fault, faults: Iterable[Fault]) -> bool:
    """Whether an element cannot be drawn because a name in it stands for something else, which is told already."""
    within = f"{error.pointer}/"
    return error.code in _WRONG_TYPE and any(fault.pointer.startswith(within) for fault in faults)


def _look(template: LoadedTemplate, pictures: Pictures, fonts: FontLibrary, today: date) -> Findings:
    document = template.document
    values, faults = _sample(document, today)
    shelf = _Shelf(with_portrait(pictures))
    assets = {name: shelf(identity.removeprefix("sha256:")) for name, identity in document.assets.items()}
    if values is None:
        return Findings((*faults, *shelf.faults(document)), ())
    report = examine_template(
        document,
        values,
        spas.issuer_values(SPA),
        facts_of(template, today, "https://certmill.example"),
        assets=assets,
        pictures=shelf,
        fonts=fonts,
    )
    found = findings_of_template(report, document)
    return Findings((*faults, *shelf.faults(document), *found.errors), found.warnings)


def _sample(document: TemplateDocument, today: date) -> tuple[Values | None, list[Fault]]:
    """The sample's values, with stand-ins for those that are wrong, and what is wrong with them. None if it is past that."""
    raw = document.sample
    given = complete(document.kind, raw, today=today, optional=not raw)
    if not isinstance(given, list):
        return given, []
    faulty = {fault.pointer.split("/")[1] for fault in given if fault.pointer}
    rest = {name: value for name, value in raw.items() if name not in faulty}
    right = complete(document.kind, rest, today=today)
    faults = [replace(fault, pointer=f"/sample{fault.pointer}") for fault in given]
    return None if isinstance(right, list) else right, faults


class _Shelf:
    """Pictures by digest, with a stand-in for those that storage lacks: a fault each, and no reason to stop."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._missing: set[str] = set()

    def __call__(self, digest: str) -> ImageSource:
        try:
            return self._pictures(digest)
        except FileMissing:
            self._missing.add(digest)
            return portrait()

    def faults(self, document: TemplateDocument) -> list[Fault]:
        return [
            Fault(pointer, "missing_image", "This picture is not in storage.")
            for pointer, digest in pictures_in(document.to_json())
            if digest in self._missing
        ]
