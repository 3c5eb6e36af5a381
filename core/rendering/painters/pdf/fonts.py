"""Fonts in a PDF: Type 0 with Identity-H, so that a code is two bytes and any glyph can be had (ISO 32000-1, 9.7)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from core.rendering.painters.pdf.codes import NO_INK, UsedFont
from core.rendering.painters.pdf.subsets import Measures, Subset, subset
from core.rendering.painters.pdf.syntax import File, array, dictionary, number, reference, stream

_SYMBOLIC: Final = 4  # the flag of a font with glyphs beyond Adobe's Latin set
_CMAP_HEAD: Final = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><FFFF>
endcodespacerange"""
_CMAP_TAIL: Final = """endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_CMAP_BLOCK: Final = 100  # entries; CMaps allow no more at once


def add_font(file: File, used: UsedFont) -> int:
    """Write a font into a file; the number of its object."""
    part = subset(used.face, frozenset(used.glyphs))
    plain = "".join(
        letter for letter in used.face.name if letter.isascii() and (letter.isalnum() or letter == "-")
    )
    name = f"/{part.tag}+{plain}"
    return file.add(
        dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": name,
                "Encoding": "/Identity-H",
                "DescendantFonts": array([reference(_add_descendant(file, used, part, name))]),
                "ToUnicode": reference(file.add(stream(_to_unicode(used.texts)))),
            }
        )
    )


def _add_descendant(file: File, used: UsedFont, part: Subset, name: str) -> int:
    facts = used.measures
    entries = {
        "Type": "/Font",
        "Subtype": "/CIDFontType0" if facts.compact else "/CIDFontType2",
        "BaseFont": name,
        "CIDSystemInfo": "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>",
        "FontDescriptor": reference(_add_descriptor(file, facts, part, name)),
        "DW": "0",
        "W": _widths(used),
    }
    if used.others:
        entries["CIDToGIDMap"] = reference(file.add(stream(_glyphs_of_codes(used))))
    elif not facts.compact:
        entries["CIDToGIDMap"] = "/Identity"
    return file.add(dictionary(entries))


def _add_descriptor(file: File, facts: Measures, part: Subset, name: str) -> int:
    kind = {"Subtype": "/CIDFontType0C"} if facts.compact else {"Length1": str(part.length)}
    program = file.add(stream(part.program, {**kind, "Filter": "/FlateDecode"}, compress=False))
    return file.add(
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
                "StemV": "80",  # asked for; no reader of embedded fonts looks at it
                "FontFile3" if facts.compact else "FontFile2": reference(program),
            }
        )
    )


def _widths(used: UsedFont) -> str:
    """The W array, neighbouring codes in one entry."""
    widths = used.measures.widths
    by_code = {glyph: widths[glyph] for glyph in used.glyphs - {NO_INK}}
    by_code |= {code: widths[glyph] for (glyph, _), code in used.others.items() if glyph != NO_INK}
    entries = []
    for _, neighbours in groupby(enumerate(sorted(by_code)), key=_distance):
        codes = [code for _, code in neighbours]
        entries.append(f"{codes[0]}[{' '.join(number(by_code[code]) for code in codes)}]")
    return f"[{''.join(entries)}]"


def _distance(numbered: tuple[int, int]) -> int:
    """The same for numbers that follow each other without a gap."""
    position, code = numbered
    return code - position


def _glyphs_of_codes(used: UsedFont) -> bytes:
    """The map from codes to glyphs: two bytes for each code, zero where there is none."""
    glyphs = bytearray(2 * (len(used.measures.widths) + len(used.others)))
    own = {glyph: glyph for glyph in used.glyphs}
    for code, glyph in {**own, **{code: glyph for (glyph, _), code in used.others.items()}}.items():
        glyphs[2 * code : 2 * code + 2] = glyph.to_bytes(2)
    return bytes(glyphs)


def _to_unicode(texts: Mapping[int, str]) -> bytes:
    """The CMap from codes to text (9.10.3)."""
    entries = [
        f"<{code:04X}><{text.encode('utf-16-be').hex().upper()}>" for code, text in sorted(texts.items())
    ]
    lines = [_CMAP_HEAD]
    for start in range(0, len(entries), _CMAP_BLOCK):
        block = entries[start : start + _CMAP_BLOCK]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join([*lines, _CMAP_TAIL]).encode("ascii")
