"""What a template's document is drawn from before anybody asked for one: its sample, or stand-ins for every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageDraw

from core.errors import Fault, InvalidRequest
from core.kinds import Values
from core.kinds.values import image_references
from core.rendering.scene import ImageSource
from core.templates.catalogue import LoadedTemplate
from core.templates.drawing import Facts, Pictures
from core.templates.stand_ins import PICTURE, complete

CODE: Final = "PREVIEW"


def values_of(template: LoadedTemplate, given: Mapping[str, Any], today: date) -> Values:
    """The given values, and stand-ins for required ones that are absent; the template's sample where none are given.

    Raises `InvalidRequest` with every fault of what is given; pointers into it.
    """
    raw = given or template.document.sample
    match complete(template.kind, raw, today=today, optional=not raw):
        case list() as faults:
            raise refusal(faults)
        case values:
            return values


def pictures_of(template: LoadedTemplate) -> set[str]:
    """The pictures that everybody may see who may see the template: those of its sample."""
    match complete(template.kind, template.document.sample, today=date.min):
        case list():
            return set()
        case values:
            return {PICTURE.digest, *image_references(values)}


def facts_of(template: LoadedTemplate, today: date, public_url: str, *, code: str = CODE) -> Facts:
    """Facts of a document that nobody issued: its number counts nothing, its address verifies nothing."""
    number = f"{template.kind.number_prefix}-{today.year}-0000000"
    return Facts(
        number=number, code=code, verify_url=f"{public_url.rstrip('/')}/verify/{code}", issue_date=today
    )


def with_portrait(pictures: Pictures) -> Pictures:
    """Pictures, and a grey portrait for those that are still to come."""
    return lambda digest: portrait() if digest == PICTURE.digest else pictures(digest)


@lru_cache(maxsize=1)
def portrait() -> ImageSource:
    """A head and shoulders in grey, 35 × 45 mm at 300 dpi."""
    picture = Image.new("RGB", (413, 531), "#e6e5e1")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((127, 100, 287, 300), fill="#bdbbb5")
    pen.ellipse((40, 340, 373, 740), fill="#bdbbb5")
    file = BytesIO()
    picture.save(file, "PNG")
    return ImageSource(PICTURE.digest, file.getvalue(), "image/png", picture.width, picture.height)


def refusal(faults: Sequence[Fault]) -> InvalidRequest:
    return InvalidRequest("These values cannot be drawn.", code="invalid_values", faults=faults)
