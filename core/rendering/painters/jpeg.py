"""JPEG files of segments that stand alone: each begins at a restart marker, where decoding starts anew (ITU-T T.81, E.1.4).

A segment's bytes depend on its own pixels only, so those of other pages will do where the pixels are the same.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, cycle
from typing import Final, Literal, NamedTuple

from PIL import Image

from core.rendering.painters.grounds import Change, Pieces, runs

_BLOCK: Final = 8  # pixels across and down of a unit without subsampling
_UNITS: Final = 48  # of a segment of a page
_FRAME: Final = b"\xff\xc0"
_START_OF_SCAN: Final = b"\xff\xda"
_END: Final = b"\xff\xd9"
_RESTARTS: Final = tuple(bytes((0xFF, 0xD0 + number)) for number in range(8))
_ANY_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")  # a byte 255 of the picture itself is followed by 0
_ABREAST: Final = 16  # segments side by side in a picture that some are encoded in
_HIGHEST: Final = 65_536  # of them in one picture: libjpeg takes 65,500 rows of pixels


class Settings(NamedTuple):
    quality: int
    subsampling: Literal["4:4:4", "4:2:0"]
    dpi: int = 0
    units: int = _UNITS
    """How many units (of 8 × 8 pixels, or 16 × 16 with subsampling) make a segment."""


def encode_jpeg(image: Image.Image, *, quality: int, dpi: float, change: Change | None = None) -> bytes:
    """An RGB image as a JPEG without subsampling. `change` saves time; the file is the same without it."""
    settings = Settings(quality, "4:4:4", round(dpi))
    across, down = -(-image.width // _BLOCK), -(-image.height // _BLOCK)
    count = -(-across * down // _UNITS)

    def make(numbers: Sequence[int]) -> list[bytes]:
        if len(numbers) > count // 2:
            everything = segments(image, settings)
            return [everything[number] for number in numbers]
        return _gathered(image, numbers, across * down, settings)

    touched = set() if change is None else _touched(change, across)
    return joined(_SEGMENTS.complete(change, touched, count, make), image.size, settings)


def segments(image: Image.Image, settings: Settings) -> list[bytes]:
    """The segments of an image's only scan, without markers."""
    data = _saved(image, settings)
    return _ANY_RESTART.split(data[_start_of_data(data) : -len(_END)])


def joined(parts: Sequence[bytes], size: tuple[int, int], settings: Settings) -> bytes:
    """A file of the segments of an image of `size`."""
    marked = chain.from_iterable(zip(parts[:-1], cycle(_RESTARTS), strict=False))
    return b"".join((_head(size, settings), *marked, parts[-1], _END))


def _touched(change: Change, across: int) -> set[int]:
    return {
        segment
        for left, top, right, bottom in change.windows
        for row in range(top // _BLOCK, (bottom - 1) // _BLOCK + 1)
        for segment in range(
            (row * across + left // _BLOCK) // _UNITS, (row * across + (right - 1) // _BLOCK) // _UNITS + 1
        )
    }


def _gathered(image: Image.Image, numbers: Sequence[int], units: int, settings: Settings) -> list[bytes]:
    """Some segments, encoded as parts of another picture. The page's last may be shorter than the others."""
    made: list[bytes] = []
    full = [number for number in numbers if (number + 1) * _UNITS <= units]
    for start in range(0, len(full), _HIGHEST):
        some = full[start : start + _HIGHEST]
        picture = Image.new("RGB", (_ABREAST * _UNITS * _BLOCK, -(-len(some) // _ABREAST) * _BLOCK))
        place = 0
        for first, end in runs(some):
            _lay_out(image, first * _UNITS, (end - first) * _UNITS, picture, place * _UNITS)
            place += end - first
        made.extend(segments(picture, settings)[: len(some)])
    for number in numbers[len(full) :]:
        rest = units - number * _UNITS
        picture = Image.new("RGB", (rest * _BLOCK, _BLOCK))
        _lay_out(image, number * _UNITS, rest, picture, 0)
        made.extend(segments(picture, settings))
    return made


def _lay_out(image: Image.Image, first: int, count: int, picture: Image.Image, place: int) -> None:
    """Copy units of an image, counted row by row, to where units of another begin: as many at once as stand side by side."""
    across, there_across = -(-image.width // _BLOCK), picture.width // _BLOCK
    while count:
        row, column = divmod(first, across)
        there_row, there_column = divmod(place, there_across)
        units = min(count, across - column, there_across - there_column)
        _copy(image, column * _BLOCK, row * _BLOCK, units, picture, there_column * _BLOCK, there_row * _BLOCK)
        first, place, count = first + units, place + units, count - units


def _copy(image: Image.Image, left: int, top: int, units: int, picture: Image.Image, x: int, y: int) -> None:
    """Copy units side by side. Beyond the image its edge is repeated, as libjpeg does."""
    wide, high = min(units * _BLOCK, image.width - left), min(_BLOCK, image.height - top)
    # What crop and paste come to, without their checks: a page has hundreds of such pieces.
    crop, paste = image.im.crop, picture.im.paste
    paste(crop((left, top, left + wide, top + high)), (x, y, x + wide, y + high))
    for beyond in range(x + wide, x + units * _BLOCK):
        edge = crop((left + wide - 1, top, left + wide, top + high))
        paste(edge, (beyond, y, beyond + 1, y + high))
    for beyond in range(y + high, y + _BLOCK):
        edge = picture.im.crop((x, y + high - 1, x + units * _BLOCK, y + high))
        paste(edge, (x, beyond, x + units * _BLOCK, beyond + 1))


@lru_cache(maxsize=64)
def _head(size: tuple[int, int], settings: Settings) -> bytes:
    """All that comes before the data: what libjpeg writes for the smallest picture, with another size."""
    data = _saved(Image.new("RGB", (1, 1)), settings)
    head = bytearray(data[: _start_of_data(data)])
    width, height = size
    struct.pack_into(">HH", head, head.index(_FRAME) + 5, height, width)
    return bytes(head)


def _start_of_data(data: bytes) -> int:
    scan = data.index(_START_OF_SCAN)
    return scan + 2 + int.from_bytes(data[scan + 2 : scan + 4])


def _saved(image: Image.Image, settings: Settings) -> bytes:
    file = io.BytesIO()
    image.save(
        file,
        "JPEG",
        quality=settings.quality,
        subsampling=settings.subsampling,
        dpi=(settings.dpi, settings.dpi),
        restart_marker_blocks=settings.units,
    )
    return file.getvalue()


_SEGMENTS: Final[Pieces[bytes]] = Pieces(24 << 20, len)
