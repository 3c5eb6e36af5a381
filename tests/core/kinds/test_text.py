import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import Refused, clean_text
from core.kinds.text import count_graphemes

ZWNJ, ZWJ = "\u200c", "\u200d"


def code_of(text: str, **options: Any) -> str:
    with pytest.raises(Refused) as refused:
        clean_text(text, **options)
    assert refused.value.reason
    return refused.value.code


@pytest.mark.parametrize(
    "name",
    [
        "Asha Rao",
        "Anaïs D’Souza-Müller (née Ōkubo)",
        "अनन्या शर्मा",
        "ঋত্বিকা সেন",
        "கவிதா சுப்பிரமணியம்",
        "వెంకటలక్ష్మి రెడ్డి",
        "ಶ್ರುತಿ ರಾವ್",
        "അഞ്ജലി മേനോൻ",
        "ધ્રુવી પટેલ",
        "ਗੁਰਪ੍ਰੀਤ ਕੌਰ",
        "محمد عبدالرحمٰن قریشی",
        "عائشہ 2 Asha अनन्या",
        "<b>Robert'); DROP TABLE items;--",
        "{0.__class__} ${7*7} {{config}} %s",
        "=1+1",
        "नॉन\u00a0ब्रेकिंग",
        "😀 Asha",
    ],
)
def test_what_people_write_is_kept_as_it_is(name: str) -> None:
    assert clean_text(name) == unicodedata.normalize("NFC", name)


def test_outer_white_space_goes_and_inner_stays() -> None:
    assert clean_text(" \t\u3000Asha  Rao\r\n") == "Asha  Rao"


def test_letters_and_their_marks_become_one_character() -> None:
    assert clean_text("Cafe\u0301") == "Café"
    assert clean_text("क\u093c") == unicodedata.normalize("NFC", "क\u093c")


@pytest.mark.parametrize(
    "text",
    [
        f"क्{ZWJ}ष",  # a half letter instead of the conjunct
        f"क्{ZWNJ}ष",  # a visible virama
        f"राज्{ZWNJ}",  # the same at the end of a word
        f"র{ZWJ}্যাব",  # Bengali ra with ya-phalaa: the joiner stands before the virama
        f"ന്{ZWJ}",  # Malayalam chillu, as it was written before Unicode 5.1
        f"ರ{ZWJ}್ಯ",
        f"می{ZWNJ}خواهم",  # Persian and Urdu: letters that do not join
        f"ه{ZWJ}",  # a letter shown as if joined
    ],
)
def test_joiners_stay_where_a_script_needs_them(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"As{ZWNJ}ha",
        f"As{ZWJ}ha",
        f"{ZWJ}अनन्या",
        f"अनन्या {ZWJ}शर्मा",
        f"अन{ZWJ}{ZWJ}न्या",
        f"अनन्या{ZWNJ}",
        f"अन{ZWJ}م",
        f"क्{ZWJ}{ZWNJ}ष",
        f"1{ZWJ}2",
        f"👩{ZWJ}👧",
    ],
)
def test_joiners_elsewhere_are_refused(text: str) -> None:
    assert code_of(text) == "zero_width"


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "control_character"),
        ("\x07", "control_character"),
        ("\t", "control_character"),
        ("\x0b", "control_character"),
        ("\x1b", "control_character"),
        ("\x7f", "control_character"),
        ("\x85", "control_character"),
        ("\x9f", "control_character"),
        *((chr(point), "bidi_override") for point in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
        ("\u061c", "zero_width"),
        ("\u200e", "zero_width"),
        ("\u200f", "zero_width"),
        ("\u200b", "zero_width"),
        ("\u2060", "zero_width"),
        ("\u2064", "zero_width"),
        ("\u206a", "zero_width"),
        ("\ufeff", "zero_width"),
        ("\u00ad", "zero_width"),
        ("\u034f", "zero_width"),
        ("\u115f", "zero_width"),
        ("\u3164", "zero_width"),
        ("\uffa0", "zero_width"),
        ("\u180e", "zero_width"),
        ("\ufe0f", "zero_width"),
        ("\U000e0100", "zero_width"),
        ("\U0001d173", "zero_width"),
        ("\U000e0001", "tag_character"),
        ("\U000e0041", "tag_character"),
        ("\U000e007f", "tag_character"),
        ("\ufdd0", "noncharacter"),
        ("\ufffe", "noncharacter"),
        ("\uffff", "noncharacter"),
        ("\U0010ffff", "noncharacter"),
        (chr(0xD800), "surrogate"),
        (chr(0xDFFF), "surrogate"),
        ("\ufffd", "replacement_character"),
        ("\ufffc", "replacement_character"),
        ("\ufff9", "replacement_character"),
    ],
)
@pytest.mark.parametrize("frame", ["Asha{}Rao", "अनन्या{}शर्मा"])
def test_what_cannot_be_seen_is_refused_by_name(character: str, code: str, frame: str) -> None:
    assert code_of(frame.format(character)) == code
    assert code_of(frame.format(character), multi_line=True) == code


def test_the_reason_names_the_code_point() -> None:
    with pytest.raises(Refused) as refused:
        clean_text("Asha\u202eoaR")
    assert "U+202E" in refused.value.reason


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\u2028", "\u2029"])
def test_lines_break_only_where_several_are_printed(ending: str) -> None:
    assert code_of(f"Asha{ending}Rao") == "line_break"
    assert clean_text(f"Asha{ending}Rao", multi_line=True) == "Asha\nRao"


@pytest.mark.parametrize(
    "text", ["Z" + "\u0300" * 5, "\u0301Asha", "Asha \u0301Rao", "Asha\n\u093e", "अ" + "\u0951" * 5]
)
def test_marks_without_a_letter_or_too_many_on_one_are_refused(text: str) -> None:
    assert code_of(text, multi_line=True) == "combining_marks"


def test_four_marks_on_a_letter_are_language() -> None:
    assert clean_text("قُرّٰ" + "\u06e1")


def test_length_is_counted_in_letters_as_readers_count_them() -> None:
    conjunct = "क्षि"
    assert count_graphemes(conjunct) == 1
    assert clean_text(conjunct * 120)
    assert code_of(conjunct * 121) == "too_long"
    assert code_of("a" * 121) == "too_long"
    assert clean_text("a" * 120)


def test_what_is_absurdly_long_is_refused_before_it_is_looked_at() -> None:
    assert code_of("e" + "\u0301\u0323" * 5_000_000) == "too_long"


@given(st.text(max_size=60))
def test_what_passes_passes_again_unchanged(text: str) -> None:
    try:
        once = clean_text(text, multi_line=True)
    except Refused:
        return
    assert clean_text(once, multi_line=True) == once
    once.encode()
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in once.replace("\n", ""))


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=130))
def test_ascii_passes_exactly_when_it_can_be_printed_on_a_line(text: str) -> None:
    text = text.strip()
    should_pass = text.isprintable() and len(text) <= 120
    try:
        passed = clean_text(text) == text
    except Refused:
        passed = False
    assert passed == should_pass
