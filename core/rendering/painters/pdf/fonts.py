"""Fonts in a PDF: Type 0 with Identity-H, so that a code is two bytes and any glyph can be had (ISO 32000-1, 9.7)."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.pdf.codes import NO_INK, UsedFont
from core.rendering.painters.pdf.file import File, Objects, Section, section
from core.rendering.painters.pdf.subsets import measures, subset
from core.rendering.painters.pdf.syntax import flate, number, reference

_SYMBOLIC: Final = 4  # the flag of a font with glyphs beyond Adobe's Latin set
_CMAP_HEAD: Final = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><FFFF>
endcodespacerange
"""
_CMAP_TAIL: Final = """
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_CMAP_BLOCK: Final = 100  # entries; CMaps allow no more at once


class _Wanted(NamedTuple):
    """All that a written font depends on: its first object, its glyphs, and what codes show and say beside what the font file
    says."""

    first: int
    face: Face
    glyphs: frozenset[int]
    texts: frozenset[tuple[int, str]]
    others: frozenset[tuple[tuple[int, str], int]]


NUMBERS: Final = 7
"""Of objects that a written font may take: itself, its program, what its codes say, its descriptor, the glyphs of codes beyond
those of its file if there are such, its descendant, and the stream that holds the small ones."""


def add_font(file: File, used: UsedFont) -> int:
    """Write a font under its reserved numbers into a file; the number of its object."""
    wanted = _Wanted(
        used.number,
        used.face,
        frozenset(used.glyphs),
        frozenset(used.texts.items()),
        frozenset(used.others.items()),
    )
    file.insert(_WRITTEN.get(wanted, _written))
    return used.number


def _written(wanted: _Wanted) -> Section:
    written = section(wanted.first, lambda objects: _write(objects, wanted))
    assert len(written.places) <= NUMBERS, "it would take the numbers of others"
    return written


def _write(objects: Objects, wanted: _Wanted) -> None:
    """The font itself has the first of the numbers."""
    font = objects.reserve()
    facts = measures(wanted.face)
    part = subset(wanted.face, wanted.glyphs)
    name = f"/{part.tag}+{facts.base_name}"
    kind = "/Subtype/CIDFontType0C" if facts.compact else f"/Length1 {part.length}"
    program = objects.add_stream(part.program, f"{kind}/Filter/FlateDecode", digest=part.tag.encode())
    to_unicode = objects.add_stream(flate(_to_unicode(wanted)))
    descriptor = objects.add(
        f"<</Type/FontDescriptor/FontName{name}/Flags {_SYMBOLIC}/FontBBox[{' '.join(map(str, facts.box))}]"
        f"/ItalicAngle {number(facts.italic_angle)}/Ascent {facts.ascent}/Descent {facts.descent}"
        f"/CapHeight {facts.cap_height}"
        "/StemV 80"  # asked for; no reader of embedded fonts looks at it
        f"{'/FontFile3' if facts.compact else '/FontFile2'} {reference(program)}>>"
    )
    others = {code: glyph for (glyph, _), code in sorted(wanted.others, key=itemgetter(1))}
    if others:
        glyphs = f"/CIDToGIDMap {reference(objects.add_stream(flate(_glyphs_of_codes(wanted, others))))}"
    else:
        glyphs = "" if facts.compact else "/CIDToGIDMap/Identity"
    descendant = objects.add(
        f"<</Type/Font/Subtype{'/CIDFontType0' if facts.compact else '/CIDFontType2'}/BaseFont{name}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {reference(descriptor)}/DW 0/W{_widths(wanted, others)}{glyphs}>>"
    )
    objects.fill(
        font,
        f"<</Type/Font/Subtype/Type0/BaseFont{name}/Encoding/Identity-H"
        f"/DescendantFonts[{reference(descendant)}]/ToUnicode {reference(to_unicode)}>>",
    )


def _widths(wanted: _Wanted, others: Mapping[int, int]) -> str:
    """The W array (9.7.4.3)."""
    widths = measures(wanted.face).widths
    entries = [f"{glyph}[{widths[glyph]}]" for glyph in sorted(wanted.glyphs) if glyph != NO_INK]
    entries += [f"{code}[{widths[glyph]}]" for code, glyph in others.items() if glyph != NO_INK]
    return f"[{''.join(entries)}]"


def _glyphs_of_codes(wanted: _Wanted, others: Mapping[int, int]) -> bytes:
    """The map from codes to glyphs: two bytes for each code, zero where there is none."""
    glyphs = np.zeros(max(*wanted.glyphs, *others) + 1, ">u2")
    for code, glyph in {**dict(zip(wanted.glyphs, wanted.glyphs, strict=True)), **others}.items():
        glyphs[code] = glyph
    return glyphs.tobytes()


def _to_unicode(wanted: _Wanted) -> bytes:
    """The CMap from codes to text (9.10.3)."""
    alone, texts = wanted.face.characters, dict(wanted.texts)
    said = [(glyph, text) for glyph in wanted.glyphs if (text := alone.get(glyph)) and glyph not in texts]
    entries = [_said(code, text) for code, text in sorted([*said, *texts.items()])]
    blocks = []
    for start in range(0, len(entries), _CMAP_BLOCK):
        block = entries[start : start + _CMAP_BLOCK]
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar")
    return "".join([_CMAP_HEAD, "\n".join(blocks), _CMAP_TAIL]).encode("ascii")


def _said(code: int, text: str) -> str:
    return f"<{code:04X}><{text.encode('utf-16-be').hex().upper()}>"


_WRITTEN: Final[Kept[_Wanted, Section]] = Kept(
    6 << 20, lambda section: 5000 + len(section.data), asked_twice=True
)
