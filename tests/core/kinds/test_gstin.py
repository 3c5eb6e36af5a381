import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import Refused, check_gstin
from core.kinds.gstin import gstin_check_character

# Published by their holders: on invoices, websites and in the portal's own examples.
REAL = ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "24AAACC1206D1ZM", "27AASCS2460H1Z0"]


@pytest.mark.parametrize("gstin", REAL)
def test_real_numbers_pass(gstin: str) -> None:
    assert check_gstin(gstin) == gstin


def test_small_letters_and_outer_white_space_are_forgiven() -> None:
    assert check_gstin("  29aagcb7383j1z4 ") == "29AAGCB7383J1Z4"


@pytest.mark.parametrize(
    ("gstin", "what"),
    [
        ("", "15 characters"),
        ("29AAGCB7383J1Z", "15 characters"),
        ("29AAGCB7383J1Z44", "15 characters"),
        ("29AAGCB73A3J1Z4", "15 characters"),
        ("29AAGCB7383J0Z4", "15 characters"),
        ("२९AAGCB7383J1Z4", "15 characters"),
        ("40AAGCB7383J1Z4", "no state 40"),
        ("29AAGCB7383J1Z5", "last character"),
    ],
)
def test_a_wrong_number_is_refused_with_what_is_wrong(gstin: str, what: str) -> None:
    with pytest.raises(Refused) as refused:
        check_gstin(gstin)
    assert refused.value.code == "bad_gstin"
    assert what in refused.value.reason


@given(st.sampled_from(REAL), st.integers(0, 14), st.sampled_from(string.digits + string.ascii_uppercase))
def test_one_wrong_character_is_always_noticed(gstin: str, place: int, character: str) -> None:
    wrong = gstin[:place] + character + gstin[place + 1 :]
    if wrong != gstin:
        with pytest.raises(Refused):
            check_gstin(wrong)


def test_the_check_character_may_be_a_digit_or_a_letter() -> None:
    assert [gstin_check_character(gstin[:14]) for gstin in REAL] == ["V", "4", "M", "0"]
