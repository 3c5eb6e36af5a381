"""What a document would look like with the values that a form has so far. Marked as a preview, and stored nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from uuid import UUID

from core import assets, spas
from core.callers import Caller
from core.errors import Fault, InvalidRequest
from core.kinds import Kind, Values, image_references
from core.parts import Parts
from core.pictures import NormalisedImage
from core.plurals import counted
from core.rendering.errors import RenderingError
from core.rendering.painters import PdfMetadata, paint_image, paint_pdf
from core.rendering.report import Report
from core.rendering.scene import ImageSource
from core.storage import FileMissing
from core.templates.catalogue import LoadedTemplate
from core.templates.drawing import Drawing, Facts, IssuerValues, Pictures, draw, examine
from core.templates.reports import Findings, Places, findings_of
from core.templates.sample import facts_of, pictures_of, refusal, values_of, with_portrait
from core.templates.stand_ins import SPA
from core.templates.watermark import marked

PreviewForm = Literal["png", "jpg", "webp", "pdf"]
MEDIA_TYPES: Final[Mapping[PreviewForm, str]] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What to look at. Without any values the template's sample is shown. `page` counts from 1 and is for images.

    `places` are those of the values and of the template in the request.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    spa_id: UUID | None = None
    places: Places = Places("/values")
    form: PreviewForm = "png"
    dpi: int = 100
    page: int = 1


@dataclass(frozen=True, slots=True)
class Preview:
    """`pages` is how many the document has, `warnings` what may not please about it."""

    data: bytes
    pages: int
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What preflight found of a document: as it is, and in the words of the request."""

    report: Report
    findings: Findings
    kind: Kind
    places: Places


def inspect(parts: Parts, caller: Caller, template: LoadedTemplate, wish: Wish) -> Inspection:
    """Look at what is wished for without drawing it. Raises `InvalidRequest` for values that are wrong, as `preview` does."""
    return _inspect(parts, template, _item(parts, caller, template, wish), wish.places)


def preview(parts: Parts, caller: Caller, template: LoadedTemplate, wish: Wish) -> Preview:
    """Draw and paint what is wished for.

    Raises `InvalidRequest` for values that are wrong or cannot be drawn, with every fault.
    """
    item = _item(parts, caller, template, wish)
    inspection = _inspect(parts, template, item, wish.places)
    if inspection.findings.errors:
        raise refusal(inspection.findings.errors)
    pages = inspection.report.pages
    if wish.page > pages:
        detail = f"The document has {counted(pages, 'page')}."
        raise InvalidRequest(detail, faults=[Fault("/page", "no_such_page", detail)])
    drawing = draw(template, item.values, item.issuer, item.facts, pictures=item.pictures, fonts=parts.fonts)
    return Preview(_paint(parts, template, drawing, wish), pages, inspection.findings.warnings)


@dataclass(frozen=True, slots=True)
class _Item:
    """All that a document is drawn from. `given` are the fields that have no stand-ins; `has_issuer`: no made-up spa."""

    values: Values
    given: frozenset[str]
    has_issuer: bool
    issuer: IssuerValues
    facts: Facts
    pictures: Pictures


def _inspect(parts: Parts, template: LoadedTemplate, item: _Item, places: Places) -> Inspection:
    try:
        report = examine(
            template,
            item.values,
            item.issuer,
            item.facts,
            own_pictures=item.pictures,
            pictures=item.pictures,
            fonts=parts.fonts,
        )
    except RenderingError as error:
        raise refusal([Fault(places.template, error.code, f"The template: {error.detail}.")]) from error
    except FileMissing as missing:
        raise refusal([Fault("", "missing_image", f"A picture is not in storage: {missing}.")]) from missing
    findings = findings_of(report, template.kind, places, given=item.given, has_issuer=item.has_issuer)
    return Inspection(report, findings, template.kind, places)


def _item(parts: Parts, caller: Caller, template: LoadedTemplate, wish: Wish) -> _Item:
    today = parts.clock().astimezone(parts.settings.timezone).date()
    labels = {each.name: each.label for each in template.kind.image_fields}
    adopted = assets.adopt_inline(parts.decoder, labels, [wish.values])
    if adopted.faults:
        raise refusal([_moved(fault, "/items/0", wish.places.item) for fault in adopted.faults])
    try:
        values = values_of(template, adopted.items[0], today)
    except InvalidRequest as error:
        raise refusal([_moved(fault, "", wish.places.item) for fault in error.faults]) from error
    with parts.reads() as session:
        strange = assets.unknown(
            session, caller, set(image_references(values)) - adopted.images.keys() - pictures_of(template)
        )
        snapshot = spas.issuer(spas.find_spa(session, wish.spa_id)) if wish.spa_id else None
    if strange:
        raise refusal(_strangers(template, values, strange, wish.places.item))
    # Where a spa is required one will be named; until then, and in a sample, a made-up one stands in.
    has_issuer = snapshot is not None
    if snapshot is None and (template.kind.spa_required or not wish.values):
        snapshot = dict(SPA)
    return _Item(
        values=values,
        given=frozenset(adopted.items[0] or template.document.sample),
        has_issuer=has_issuer,
        issuer=spas.issuer_values(snapshot),
        facts=facts_of(template, today, parts.settings.public_url),
        pictures=_Pictures(parts, adopted.images),
    )


def _moved(fault: Fault, place: str, new_place: str) -> Fault:
    return replace(fault, pointer=f"{new_place}{fault.pointer.removeprefix(place)}")


def _strangers(template: LoadedTemplate, values: Values, strange: set[str], place: str) -> list[Fault]:
    return [
        Fault(
            f"{place}/{each.name}", "unknown_asset", f"{each.label}: you have no such asset; upload it first."
        )
        for each in template.kind.image_fields
        if getattr(values.get(each.name), "digest", None) in strange
    ]


class _Pictures:
    """Pictures that came with the request, and those in storage."""

    def __init__(self, parts: Parts, brought: Mapping[str, NormalisedImage]) -> None:
        self._stored = with_portrait(assets.Shelf(parts.storage))
        self._brought = brought

    def __call__(self, digest: str) -> ImageSource:
        image = self._brought.get(digest)
        if image is None:
            return self._stored(digest)
        return ImageSource(digest, image.data, image.media_type, image.width, image.height)


def _paint(parts: Parts, template: LoadedTemplate, drawing: Drawing, wish: Wish) -> bytes:
    scene = marked(drawing.scene, parts.fonts)
    if wish.form != "pdf":
        return paint_image(scene.pages[wish.page - 1], form=wish.form, dpi=wish.dpi, fonts=parts.fonts)
    metadata = PdfMetadata(
        title=f"Preview: {drawing.title}",
        author="Certmill",
        subject=template.kind.label,
        language=template.language,
        created=parts.clock(),
    )
    return paint_pdf(scene, fonts=parts.fonts, metadata=metadata)
