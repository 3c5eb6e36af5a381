"""Fonts in a PDF: Type 0 with Identity-H, so that a code is two bytes and any glyph can be had (ISO 32000-1, 9.7)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from core.rendering.painters.pdf.codes import NO_INK, UsedFont, characters
from core.rendering.painters.pdf.file import File
from core.rendering.painters.pdf.subsets import Measures, Subset, subset
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


def add_font(file: File, used: UsedFont) -> int:
    """Write a font into a file; the number of its object."""
    part = subset(used.face, frozenset(used.glyphs))
    name = f"/{part.tag}+{used.measures.base_name}"
    to_unicode = file.add_stream(flate(_to_unicode(used)))
    descendant = _add_descendant(file, used, part, name)
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont{name}/Encoding/Identity-H"
        f"/DescendantFonts[{reference(descendant)}]/ToUnicode {reference(to_unicode)}>>"
    )


def _add_descendant(file: File, used: UsedFont, part: Subset, name: str) -> int:
    facts = used.measures
    if used.others:
        glyphs = f"/CIDToGIDMap {reference(file.add_stream(flate(_glyphs_of_codes(used))))}"
    else:
        glyphs = "" if facts.compact else "/CIDToGIDMap/Identity"
    return file.add(
        f"<</Type/Font/Subtype{'/CIDFontType0' if facts.compact else '/CIDFontType2'}/BaseFont{name}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"/FontDescriptor {reference(_add_descriptor(file, facts, part, name))}/DW 0/W{_widths(used)}{glyphs}>>"
    )


def _add_descriptor(file: File, facts: Measures, part: Subset, name: str) -> int:
    kind = "/Subtype/CIDFontType0C" if facts.compact else f"/Length1 {part.length}"
    program = file.add_stream(part.program, f"{kind}/Filter/FlateDecode", digest=part.tag.encode())
    return file.add(
        f"<</Type/FontDescriptor/FontName{name}/Flags {_SYMBOLIC}/FontBBox[{' '.join(map(str, facts.box))}]"
        f"/ItalicAngle {number(facts.italic_angle)}/Ascent {facts.ascent}/Descent {facts.descent}"
        f"/CapHeight {facts.cap_height}"
        "/StemV 80"  # asked for; no reader of embedded fonts looks at it
        f"{'/FontFile3' if facts.compact else '/FontFile2'} {reference(program)}>>"
    )


def _widths(used: UsedFont) -> str:
    """The W array (9.7.4.3)."""
    widths = used.measures.widths
    entries = [f"{glyph}[{widths[glyph]}]" for glyph in sorted(used.glyphs) if glyph != NO_INK]
    entries += [f"{code}[{widths[glyph]}]" for (glyph, _), code in used.others.items() if glyph != NO_INK]
    return f"[{''.join(entries)}]"


def _glyphs_of_codes(used: UsedFont) -> bytes:
    """The map from codes to glyphs: two bytes for each code, zero where there is none."""
    glyphs = bytearray(2 * (len(used.measures.widths) + len(used.others)))
    own = {glyph: glyph for glyph in used.glyphs}
    for code, glyph in {**own, **{code: glyph for (glyph, _), code in used.others.items()}}.items():
        glyphs[2 * code : 2 * code + 2] = glyph.to_bytes(2)
    return bytes(glyphs)


def _to_unicode(used: UsedFont) -> bytes:
    """The CMap from codes to text (9.10.3)."""
    alone, texts = characters(used.face), used.texts
    said = [(glyph, text) for glyph in used.glyphs if (text := alone.get(glyph)) and glyph not in texts]
    entries = [_said(code, text) for code, text in sorted([*said, *texts.items()])]
    blocks = []
    for start in range(0, len(entries), _CMAP_BLOCK):
        block = entries[start : start + _CMAP_BLOCK]
        blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar")
    return "".join([_CMAP_HEAD, "\n".join(blocks), _CMAP_TAIL]).encode("ascii")


@lru_cache(maxsize=8192)
def _said(code: int, text: str) -> str:
    return f"<{code:04X}><{text.encode('utf-16-be').hex().upper()}>"
