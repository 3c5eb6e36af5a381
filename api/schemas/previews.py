"""What preflight says of one document."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import Answer
from api.schemas.problems import Fault


class MissingCharacter(Answer):
    """A character that no font has; a group of code points where no font has all of them."""

    character: str
    code_points: list[str] = Field(examples=[["U+1F600"]])
    names: list[str] = Field(description="Their names in Unicode.", examples=[["GRINNING FACE"]])


class Overflow(Answer):
    """What a text needs at the smallest size that the template allows, and what it has. In millimetres."""

    width: float
    height: float
    needed_width: float
    needed_height: float
    max_lines: int | None = Field(description="That it may have, if the template says so.")
    fits_at: float | None = Field(description="The size in points at which it would fit, if there is one.")


class SetText(Answer):
    """How a text is set in one of its places. Sizes in points."""

    size: float = Field(description="Where it does not fit, the smallest that the template allows.")
    full_size: float = Field(description="What its style says.")
    shrink: float = Field(description="The one divided by the other: 1 where nothing had to be done.")
    lines: int
    fits: bool
    overflow: Overflow | None


class ShownPicture(Answer):
    """How a picture is drawn in one of its places: in millimetres, and what is left of it in pixels when it is cropped."""

    dpi: int
    width: float
    height: float
    pixel_width: int
    pixel_height: int


class FieldReport(Answer):
    """What one placeholder came to. In a table each cell is one that something had to be done for."""

    name: str = Field(description="As the template writes it; `lines/3/rate` in a table.")
    label: str
    pointer: str = Field(description="Where in the request its value stands, or what it is derived from.")
    missing: list[MissingCharacter]
    texts: list[SetText]
    pictures: list[ShownPicture]


class DocumentReport(Answer):
    """What stands in the way of a document, and what may not please about it."""

    valid: bool = Field(description="It can be drawn: there are no errors.")
    pages: int
    errors: list[Fault]
    warnings: list[Fault]
    fields: list[FieldReport]
