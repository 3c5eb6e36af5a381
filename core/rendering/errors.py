"""What stops a document from being drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RenderingCode = Literal[
    "text_does_not_fit",
    "missing_glyph",
    "missing_image",
    "not_an_image",
    "not_rows",
    "not_a_number",
    "too_tall_for_the_page",
    "too_many_pages",
    "qr_too_long",
]


class RenderingError(Exception):
    """An item can't be drawn as its template says.

    `field` is the placeholder at fault, empty where the fault is the template's own.
    """

    def __init__(self, code: RenderingCode, field: str, detail: str) -> None:
        super().__init__(f"{code}: {field or 'template'}: {detail}")
        self.code: RenderingCode = code
        self.field = field
        self.detail = detail

    def __reduce__(self) -> tuple[type[RenderingError], tuple[str, str, str]]:
        return RenderingError, (self.code, self.field, self.detail)


@dataclass(frozen=True, slots=True)
class LayoutFault:
    """What is wrong with a layout whatever the values. `pointer` is a JSON pointer into it (RFC 6901)."""

    pointer: str
    code: str
    detail: str


class LayoutError(Exception):
    """A layout that can't be prepared, with every fault found in it."""

    def __init__(self, faults: tuple[LayoutFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults))
        self.faults = faults
