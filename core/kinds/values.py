"""What a checked item holds: a mapping from field name to typed value.

An optional field that was not given is not in it, but for rows, which are then `()`; so are the cells of a
row.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A stored picture, by the SHA-256 of its bytes: `digest` is 64 lower-case hexadecimal digits."""

    digest: str

    def __str__(self) -> str:
        return f"sha256:{self.digest}"


@dataclass(frozen=True, slots=True)
class TypedName:
    """A signature that is a name to be written, not a picture."""

    text: str


Scalar: TypeAlias = str | int | bool | Decimal | date
Row: TypeAlias = Mapping[str, Scalar]
Value: TypeAlias = Scalar | ImageReference | TypedName | tuple[Row, ...]
Values: TypeAlias = Mapping[str, Value]


def image_reference(text: str) -> ImageReference | None:
    """The reference that `sha256:<hex>` or the bare 64 hexadecimal digits name; None for any other text."""
    match = _DIGEST.fullmatch(text)
    return ImageReference(match[1]) if match else None


def image_references(values: Values) -> tuple[str, ...]:
    """The digests of all pictures that an item uses, each once, in the order of its fields."""
    return tuple(
        dict.fromkeys(value.digest for value in values.values() if isinstance(value, ImageReference))
    )


def rows_of(values: Values, name: str) -> tuple[Row, ...]:
    """The rows of field `name`; none when the item has none."""
    rows = values.get(name, ())
    assert isinstance(rows, tuple), f"{name} holds no rows"
    return rows


def sum_of(rows: Iterable[Row], column: str) -> Decimal:
    """The sum of a column of money or numbers; a row without the cell adds nothing."""
    total = Decimal(0)
    for row in rows:
        cell = row.get(column)
        if isinstance(cell, Decimal | int):
            total += cell
    return total
