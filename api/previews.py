"""Previews over HTTP: which form a client wants, and the answer that carries it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any, Final, Literal

from flask import Response, request

from api import answers
from api.errors import NotAcceptable
from api.schemas.previews import (
    DocumentReport,
    FieldReport,
    MissingCharacter,
    Overflow,
    SetText,
    ShownPicture,
)
from core.rendering import report as drawn
from core.templates.preview import MEDIA_TYPES, Inspection, Preview, PreviewForm
from core.templates.reports import label_of, pointer_of

WantedForm = PreviewForm | Literal["json"]

_FORMS: Final[Mapping[str, WantedForm]] = {
    **{media_type: form for form, media_type in MEDIA_TYPES.items()},
    "application/json": "json",
}

ANSWER: Final[dict[str, Any]] = {
    "headers": {
        "X-Pages": {"description": "How many the document has.", "schema": {"type": "integer"}},
        "X-Warnings": {
            "description": "How many things about it may not please; the report names them.",
            "schema": {"type": "integer"},
        },
    },
    "content": {
        **{media_type: {"schema": {}} for media_type in MEDIA_TYPES.values()},
        "application/json": {"schema": {"$ref": "#/components/schemas/DocumentReport"}},
    },
}
"""How the contract describes a preview."""


def wanted_form(named: WantedForm | None) -> WantedForm:
    """The form that is named, else the one that `Accept` prefers, else PNG. Raises `NotAcceptable`."""
    if named is not None:
        return named
    if not request.accept_mimetypes:
        return "png"
    best = request.accept_mimetypes.best_match(list(_FORMS))
    if best is None:
        raise NotAcceptable(f"A preview is one of {', '.join(_FORMS)}.")
    return _FORMS[best]


def answer(drawn: Preview, form: PreviewForm) -> Response:
    response = Response(drawn.data, content_type=MEDIA_TYPES[form])
    response.headers["X-Pages"] = str(drawn.pages)
    response.headers["X-Warnings"] = str(len(drawn.warnings))
    response.headers["Content-Disposition"] = f'inline; filename="preview.{form}"'
    response.vary.add("Accept")
    return response


def report(found: Inspection) -> Response:
    response = answers.json(_report(found))
    response.vary.add("Accept")
    return response


def _report(found: Inspection) -> DocumentReport:
    errors, warnings = found.findings.errors, found.findings.warnings
    return DocumentReport.model_validate(
        {
            "valid": not errors,
            "pages": found.report.pages,
            "errors": errors,
            "warnings": warnings,
            "fields": [_field(found, name) for name in _names(found.report)],
        }
    )


def _names(report: drawn.Report) -> list[str]:
    """The placeholders that there is something to say of, once each."""
    texts = (field for text in report.texts for field in text.fields)
    pictures = (picture.field for picture in report.pictures)
    return list(dict.fromkeys([*texts, *pictures, *filter(None, report.missing)]))


def _field(found: Inspection, name: str) -> FieldReport:
    report = found.report
    return FieldReport(
        name=name,
        label=label_of(found.kind, name),
        pointer=pointer_of(found.kind, name, found.places.item),
        missing=[_character(each) for each in report.missing.get(name, ())],
        texts=[_text(text) for text in report.texts if name in text.fields],
        pictures=[_picture(picture) for picture in report.pictures if picture.field == name],
    )


def _character(character: str) -> MissingCharacter:
    return MissingCharacter(
        character=character,
        code_points=[f"U+{ord(point):04X}" for point in character],
        names=[unicodedata.name(point, "unnamed") for point in character],
    )


def _text(text: drawn.SetText) -> SetText:
    over = text.overflow
    return SetText(
        size=round(text.size, 2),
        full_size=text.full_size,
        shrink=round(text.shrink, 3),
        lines=text.lines,
        fits=over is None,
        overflow=None
        if over is None
        else Overflow(
            width=round(over.width, 1),
            height=round(over.height, 1),
            needed_width=round(over.needed_width, 1),
            needed_height=round(over.needed_height, 1),
            max_lines=over.max_lines,
            fits_at=over.fits_at,
        ),
    )


def _picture(picture: drawn.ShownPicture) -> ShownPicture:
    width, height = picture.pixels
    return ShownPicture(
        dpi=round(picture.dpi),
        width=round(picture.width, 1),
        height=round(picture.height, 1),
        pixel_width=width,
        pixel_height=height,
    )
