"""What a PDF takes from a font file: measures, and the outlines of the glyphs that it uses.

Glyphs keep the ids they have in the file, so that content can be written before anybody knows which other glyphs the
document needs. The empty places this leaves cost a hundred bytes.
"""

from __future__ import annotations

import hashlib
import string
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import uharfbuzz as hb

from core.rendering.fonts import Face
from core.rendering.painters.pdf.syntax import flate

_KEPT_TABLES: Final = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "CFF "})
_FACES: Final = 256  # all that a library has
_FLAGS: Final = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE


class Measures(NamedTuple):
    """What a PDF says of a face. Lengths are thousandths of an em."""

    resource: str  # the name that content calls it by
    base_name: str  # what may stand of its name after the tag of a subset
    widths: tuple[int, ...]  # by glyph id; whole, since PDFium cuts off what is not
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    italic_angle: float
    compact: bool  # outlines of the Compact Font Format, not TrueType's


class Subset(NamedTuple):
    """A font program, compressed, its length before that, and six letters that tell it from others of its face."""

    program: bytes
    length: int
    tag: str


@lru_cache(maxsize=_FACES)
def measures(face: Face) -> Measures:
    """Read from the tables of the font (OpenType 1.9: head, hhea, hmtx, post)."""
    per_mille = 1000 / face.units_per_em
    head, hhea, post = _table(face, "head"), _table(face, "hhea"), _table(face, "post")
    box = struct.unpack_from(">4h", head, 36)
    ascent, descent = struct.unpack_from(">2h", hhea, 4)
    (full_metrics,) = struct.unpack_from(">H", hhea, 34)  # later glyphs repeat the last advance
    advances = np.frombuffer(_table(face, "hmtx"), ">u2")[: 2 * full_metrics : 2] * per_mille
    widths = np.pad(advances, (0, face.hb_face.glyph_count - full_metrics), mode="edge")
    return Measures(
        resource=f"F{_letters(face.name)}",
        base_name="".join(
            letter for letter in face.name if letter.isascii() and (letter.isalnum() or letter == "-")
        ),
        widths=tuple(np.rint(widths).astype(int).tolist()),
        box=(
            round(box[0] * per_mille),
            round(box[1] * per_mille),
            round(box[2] * per_mille),
            round(box[3] * per_mille),
        ),
        ascent=round(ascent * per_mille),
        descent=round(descent * per_mille),
        cap_height=round(face.cap_height * per_mille),
        italic_angle=struct.unpack_from(">i", post, 4)[0] / 65536,
        compact="CFF " in face.hb_face.table_tags,
    )


def subset(face: Face, glyphs: frozenset[int]) -> Subset:
    """The part of a font that draws `glyphs`: bytes that depend on nothing else."""
    small = _reduced(_outlines(face), glyphs)
    program = small.reference_table("CFF ").data if measures(face).compact else small.blob.data
    return Subset(flate(program), len(program), _letters(f"{face.name}:{sorted(glyphs)}"))


@lru_cache(maxsize=_FACES)
def _outlines(face: Face) -> hb.Face:
    """The whole font, but nothing of it that a PDF has no use for. To reduce it further takes a third of the time."""
    whole = _reduced(face.hb_face, range(face.hb_face.glyph_count))
    return hb.Face(bytes(whole.blob.data))


def _reduced(face: hb.Face, glyphs: Iterable[int]) -> hb.Face:
    plan = hb.SubsetInput()
    plan.flags = _FLAGS
    plan.glyph_set.update(glyphs)
    plan.drop_table_tag_set.update(
        [int.from_bytes(tag.encode("latin-1")) for tag in face.table_tags if tag not in _KEPT_TABLES]
    )
    return hb.subset(face, plan)


def _letters(text: str) -> str:
    """Six letters that tell a text from others."""
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(string.ascii_uppercase[byte % 26] for byte in digest[:6])


def _table(face: Face, tag: str) -> bytes:
    return bytes(face.hb_face.reference_table(tag).data)
