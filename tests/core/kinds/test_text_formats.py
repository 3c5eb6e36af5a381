import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds.text import Refused
from core.kinds.text_formats import FORMATS, PATTERNS, TextFormat


@pytest.mark.parametrize(
    ("text_format", "written", "kept"),
    [
        ("aadhaar", "234567890124", "2345 6789 0124"),
        ("aadhaar", "2345 6789 0124", "2345 6789 0124"),
        ("bill_number", "SB/0042-26", "SB/0042-26"),
        ("bill_number", "1", "1"),
        ("bill_number", "ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
        ("card_reference", "4821", "4821"),
        ("card_reference", "XXXX XXXX XXXX 4821", "XXXX XXXX XXXX 4821"),
        ("card_reference", "UPI 429918273645", "UPI 429918273645"),
        ("card_reference", "1234567890123456", "1234567890123456"),  # no card has this number
        ("email", "asha.rao@example.co.in", "asha.rao@example.co.in"),
        ("gstin", "29aagcb7383j1z4", "29AAGCB7383J1Z4"),
        ("hsn_code", "999722", "999722"),
        ("hsn_code", "3304", "3304"),
        ("hsn_code", "33049910", "33049910"),
        ("pan", "abcde1234f", "ABCDE1234F"),
        ("phone", "+91 98765 43210", "+91 98765 43210"),
        ("phone", "(080) 2345-6789", "(080) 2345-6789"),
        ("time_of_day", "9:05", "09:05"),
        ("time_of_day", "23:59", "23:59"),
    ],
)
def test_what_has_the_form_is_kept_in_its_usual_writing(
    text_format: TextFormat, written: str, kept: str
) -> None:
    assert FORMATS[text_format](written) == kept
    assert re.fullmatch(PATTERNS[text_format], written)


@pytest.mark.parametrize(
    ("text_format", "written", "code"),
    [
        ("aadhaar", "234567890125", "bad_aadhaar"),
        ("aadhaar", "123456789012", "bad_aadhaar"),
        ("aadhaar", "23456789012", "bad_aadhaar"),
        ("aadhaar", "२३४५६७८९०१२४", "bad_aadhaar"),
        ("bill_number", "SB 0042", "bad_bill_number"),
        ("bill_number", "SB_0042", "bad_bill_number"),
        ("bill_number", "ABCDEFGHIJKLMNOPQ", "bad_bill_number"),
        ("bill_number", "४२", "bad_bill_number"),
        ("card_reference", "4111 1111 1111 1111", "full_card_number"),
        ("card_reference", "378282246310005", "full_card_number"),
        ("card_reference", "12", "bad_card_reference"),
        ("card_reference", "<4821>", "bad_card_reference"),
        ("email", "asha", "bad_email"),
        ("email", "asha@rao", "bad_email"),
        ("email", "a b@example.in", "bad_email"),
        ("email", "asha@" + "a" * 250 + ".in", "bad_email"),
        ("gstin", "29AAGCB7383J1Z5", "bad_gstin"),
        ("hsn_code", "99972", "bad_hsn_code"),
        ("hsn_code", "99.97", "bad_hsn_code"),
        ("pan", "ABCD1234F", "bad_pan"),
        ("phone", "98765", "bad_phone"),
        ("phone", "+91 98765 43210 98765 432", "bad_phone"),
        ("phone", "call me", "bad_phone"),
        ("time_of_day", "24:00", "not_a_time"),
        ("time_of_day", "9.30", "not_a_time"),
        ("time_of_day", "9:3", "not_a_time"),
    ],
)
def test_what_has_not_the_form_is_refused_by_its_code(
    text_format: TextFormat, written: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        FORMATS[text_format](written)
    assert refused.value.code == code


def test_every_form_says_its_pattern() -> None:
    assert FORMATS.keys() == PATTERNS.keys()


@given(st.integers(0, 11), st.integers(0, 9))
def test_one_wrong_digit_of_an_aadhaar_number_is_always_noticed(place: int, digit: int) -> None:
    right = "234567890124"
    wrong = right[:place] + str(digit) + right[place + 1 :]
    if wrong != right:
        with pytest.raises(Refused):
            FORMATS["aadhaar"](wrong)


@given(st.sampled_from(sorted(FORMATS)), st.text(max_size=40))
def test_no_text_does_anything_but_pass_or_be_refused(text_format: TextFormat, text: str) -> None:
    try:
        kept = FORMATS[text_format](text)
    except Refused:
        return
    assert FORMATS[text_format](kept) == kept
