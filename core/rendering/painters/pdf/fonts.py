"""Fonts in a PDF: subsets with the file's own glyph ids, their widths, and what their glyphs say.

Content addresses glyphs by the ids of the font file (Identity-H, retained ids): it can be written before anybody knows which
other glyphs the document needs.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import uharfbuzz as hb

from core.rendering.fonts import Face
from core.rendering.painters.kept import Kept
from core.rendering.painters.pdf.syntax import File, array, dictionary, flate, number, reference, stream

_KEPT_TABLES: Final = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "CFF ", "CFF2"})
_FLAGS: Final = hb.SubsetFlags
_SYMBOLIC: Final = 4
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Measures(NamedTuple):
    """What the content and the font's dictionaries need to know of a face. Lengths are thousandths of an em."""

    widths: tuple[float, ...]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    italic_angle: float
    compact: bool  # CFF outlines rather than TrueType's


class Subset(NamedTuple):
    tag: str
    program: bytes  # compressed
    length: int  # before that


def measures(face: Face) -> Measures:
    known = _MEASURES.get(face)
    if known is None:
        known = _MEASURES[face] = _measured(face)
    return known


def subset(face: Face, glyphs: frozenset[int]) -> Subset:
    """The part of a font that draws `glyphs`: bytes that depend on nothing else."""
    return _SUBSETS.get((face, glyphs), _made)


def add_font(file: File, face: Face, texts: Mapping[int, str], glyphs: frozenset[int]) -> int:
    """Write a font with `glyphs` into a file. `texts` says what glyphs mean to a reader who copies them."""
    facts = measures(face)
    part = subset(face, glyphs)
    name = f"/{part.tag}+{_plain(face.name)}"
    if facts.compact:
        program = {"Subtype": "/CIDFontType0C"}
    else:
        program = {"Length1": str(part.length)}
    embedded = file.add(stream(part.program, {**program, "Filter": "/FlateDecode"}, compress=False))
    descriptor = file.add(
        dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": name,
                "Flags": str(_SYMBOLIC),
                "FontBBox": array(map(str, facts.box)),
                "ItalicAngle": number(facts.italic_angle),
                "Ascent": str(facts.ascent),
                "Descent": str(facts.descent),
                "CapHeight": str(facts.cap_height),
                "StemV": "80",
                "FontFile3" if facts.compact else "FontFile2": reference(embedded),
            }
        )
    )
    descendant = {
        "Type": "/Font",
        "Subtype": "/CIDFontType0" if facts.compact else "/CIDFontType2",
        "BaseFont": name,
        "CIDSystemInfo": "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>",
        "FontDescriptor": reference(descriptor),
        "DW": "0",
        "W": _widths(facts, glyphs),
    }
    if not facts.compact:
        descendant["CIDToGIDMap"] = "/Identity"
    return file.add(
        dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": name,
                "Encoding": "/Identity-H",
                "DescendantFonts": array([reference(file.add(dictionary(descendant)))]),
                "ToUnicode": reference(file.add(stream(_to_unicode(texts)))),
            }
        )
    )


def _made(wanted: tuple[Face, frozenset[int]]) -> Subset:
    face, glyphs = wanted
    plan = hb.SubsetInput()
    plan.flags = _FLAGS.RETAIN_GIDS | _FLAGS.NO_HINTING | _FLAGS.NO_LAYOUT_CLOSURE
    plan.glyph_set.update(glyphs)
    plan.drop_table_tag_set.update(
        int.from_bytes(tag.encode("latin-1")) for tag in face.hb_face.table_tags if tag not in _KEPT_TABLES
    )
    small = hb.subset(face.hb_face, plan)
    # A compact font's glyphs go in bare, which every reader takes; TrueType tables go in as a file.
    program = small.reference_table("CFF ").data if measures(face).compact else small.blob.data
    return Subset(_tag(face, glyphs), flate(program), len(program))


def _tag(face: Face, glyphs: Iterable[int]) -> str:
    """Six letters that tell subsets of one face apart (9.6.4)."""
    numbers = ",".join(map(str, sorted(glyphs)))
    rest = int.from_bytes(hashlib.sha256(f"{face.name}:{numbers}".encode()).digest()[:8])
    letters = ""
    for _ in range(6):
        rest, letter = divmod(rest, 26)
        letters += _LETTERS[letter]
    return letters


def _widths(facts: Measures, glyphs: frozenset[int]) -> str:
    """The W array: neighbouring glyphs share an entry."""
    ordered = sorted(glyphs)
    entries = []
    for _, neighbours in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0]):
        row = [glyph for _, glyph in neighbours]
        entries.append(f"{row[0]}[{' '.join(number(facts.widths[glyph]) for glyph in row)}]")
    return f"[{' '.join(entries)}]"


def _to_unicode(texts: Mapping[int, str]) -> bytes:
    """A CMap from glyph ids to text (9.10.3), in blocks of 100 as CMaps want them."""
    lines = [
        f"<{glyph:04X}><{text.encode('utf-16-be').hex().upper()}>" for glyph, text in sorted(texts.items())
    ]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    parts = [_CMAP_HEAD]
    for block in blocks:
        parts += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join([*parts, _CMAP_TAIL]).encode("ascii")


def _measured(face: Face) -> Measures:
    """Read from the font's tables (OpenType 1.9: head, hhea, hmtx, OS/2, post)."""
    head, hhea = _table(face, "head"), _table(face, "hhea")
    per_mille = 1000 / face.units_per_em
    box = struct.unpack(">4h", head[36:44])
    ascent, descent = struct.unpack(">2h", hhea[4:8])
    (long_metrics,) = struct.unpack(">H", hhea[34:36])
    post = _table(face, "post")
    italic_angle = struct.unpack(">i", post[4:8])[0] / 65536 if len(post) >= 8 else 0.0
    advances = np.frombuffer(_table(face, "hmtx"), ">u2")[: 2 * long_metrics : 2] * per_mille
    count = face.hb_face.glyph_count
    widths = np.concatenate((advances, np.full(count - len(advances), advances[-1])))
    return Measures(
        widths=tuple(np.round(widths, 2).tolist()),
        box=tuple(round(edge * per_mille) for edge in box),
        ascent=round(ascent * per_mille),
        descent=round(descent * per_mille),
        cap_height=round(face.cap_height * per_mille),
        italic_angle=italic_angle,
        compact="CFF " in face.hb_face.table_tags,
    )


def _table(face: Face, tag: str) -> bytes:
    return bytes(face.hb_face.reference_table(tag).data)


def _plain(name: str) -> str:
    return "".join(
        character for character in name if character.isascii() and (character.isalnum() or character == "-")
    )


_CMAP_HEAD: Final = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><FFFF>
endcodespacerange"""
_CMAP_TAIL: Final = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
_MEASURES: Final[WeakKeyDictionary[Face, Measures]] = WeakKeyDictionary()
_SUBSETS: Final[Kept[tuple[Face, frozenset[int]], Subset]] = Kept(
    8 << 20, lambda part: 300 + len(part.program)
)
