"""What may be written: one rule for every text that a person hands in and a document shows.

Sources: Unicode Standard Annexes 9 (bidi controls), 15 (NFC) and 29 (graphemes); UAX 31 and RFC 5892 appendix
A (where a joiner has a meaning); Unicode Technical Standard 39, section 5.4 (more than four nonspacing marks
in a row are no language).
"""

import unicodedata

import regex

from core.plurals import counted

# A grapheme of our scripts is a handful of code points; past ten for each, the rest is not looked at.
CODE_POINTS_PER_GRAPHEME = 10

_NEWLINES = regex.compile(r"\r\n?|[\u2028\u2029]")
_FORBIDDEN = regex.compile(
    r"(?V1)[[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}"
    r"\u2028\u2029\uFFF9-\uFFFD]--[\n\u200C\u200D]]"
)
_MARKS = regex.compile(r"[\p{Mn}\p{Me}]{5}|(?:^|[\s])\p{M}")
_JOINERS = regex.compile(r"[\u200C\u200D]")
_INDIC = "".join(
    rf"\p{{scx={script}}}"
    for script in ("Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh")
)
_WANTED_JOINERS = regex.compile(
    r"(?V1)(?<=[\p{ccc=9}])[\u200C\u200D](?![\u200C\u200D])"  # after a virama, also at the end of a word
    rf"|(?<=[[{_INDIC}]&&[\p{{L}}\p{{M}}]])[\u200C\u200D](?=[[{_INDIC}]&&[\p{{L}}\p{{M}}]])"
    r"|(?<=[[\p{scx=Arab}]&&[\p{L}\p{M}]])[\u200C\u200D](?=[[\p{scx=Arab}]&&[\p{L}\p{M}]])"
    r"|(?<=[[\p{scx=Arab}]&&\p{L}])\u200D(?![\u200C\u200D])"  # shows a letter's joining form: ه‍
)
_GRAPHEMES = regex.compile(r"\X")


class Refused(Exception):
    """A value that a field does not take. `reason` continues a sentence that begins with the field's label."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def clean_text(raw: str, *, max_length: int = 120, multi_line: bool = False) -> str:
    """`raw` in NFC, without outer white space, line breaks as `\\n`; `max_length` counts graphemes.

    Raises `Refused` with one of the codes `too_long`, `line_break`, `control_character`, `bidi_override`,
    `zero_width`, `tag_character`, `surrogate`, `noncharacter`, `replacement_character`, `combining_marks`.
    """
    text = raw.strip()
    if text.isascii() and text.isprintable():
        if len(text) > max_length:
            raise _too_long(max_length)
        return text
    if len(text) > max_length * CODE_POINTS_PER_GRAPHEME:
        raise _too_long(max_length)
    text = _NEWLINES.sub("\n", text)
    if not multi_line and "\n" in text:
        raise Refused("line_break", "has a line break; it is printed on one line")
    if found := _FORBIDDEN.search(text):
        raise _forbidden(found[0])
    if _MARKS.search(text):
        raise Refused("combining_marks", "has combining marks that belong to no letter, or too many on one")
    if _JOINERS.search(text) and _JOINERS.search(_WANTED_JOINERS.sub("", text)):
        raise Refused("zero_width", "has an invisible joiner (U+200C or U+200D) where no script needs one")
    text = unicodedata.normalize("NFC", text)
    if len(text) > max_length and count_graphemes(text) > max_length:
        raise _too_long(max_length)
    return text


def count_graphemes(text: str) -> int:
    """How many letters a reader would count: extended grapheme clusters (UAX 29)."""
    return sum(1 for _ in _GRAPHEMES.finditer(text))


def _too_long(max_length: int) -> Refused:
    return Refused("too_long", f"is longer than {counted(max_length, 'character')}")


def _forbidden(character: str) -> Refused:
    point = ord(character)
    code, what = _nature(point)
    return Refused(code, f"has {what} (U+{point:04X}), which cannot be printed")


def _nature(point: int) -> tuple[str, str]:
    category = unicodedata.category(chr(point))
    if category == "Cc":
        return "control_character", "a control character"
    if category == "Cs":
        return "surrogate", "half of a surrogate pair"
    if 0x202A <= point <= 0x202E or 0x2066 <= point <= 0x2069:
        return "bidi_override", "a character that overrides the direction of text"
    if 0xE0000 <= point <= 0xE007F:
        return "tag_character", "an invisible tag"
    if 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE:
        return "noncharacter", "a code point that is no character"
    if 0xFFF9 <= point <= 0xFFFD:
        return "replacement_character", "a stand-in for text that was lost"
    return "zero_width", "an invisible character"
