from datetime import date
from decimal import Decimal

import pytest
from babel.dates import format_date as babel_date
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import (
    check_date_format,
    financial_year,
    format_date,
    format_money,
    format_number,
    mask,
    money_in_words,
    typeset_date,
)

amounts = st.decimals(min_value="-9999999999.99", max_value="9999999999.99", places=2)


def test_money_is_grouped_as_india_groups_it() -> None:
    assert format_money(Decimal("12345678.50")) == "₹1,23,45,678.50"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "₹0.00"),
        ("7", "₹7.00"),
        ("999", "₹999.00"),
        ("1000", "₹1,000.00"),
        ("99999.9", "₹99,999.90"),
        ("100000", "₹1,00,000.00"),
        ("9999999999.99", "₹9,99,99,99,999.99"),
        ("-50", "−₹50.00"),
        ("-123456.7", "−₹1,23,456.70"),
        ("-0.00", "₹0.00"),
        ("-0.004", "₹0.00"),
        ("0.005", "₹0.01"),
        ("-0.005", "−₹0.01"),
    ],
)
def test_money_of_every_size_is_written_with_paise_and_sign(amount: Decimal, written: str) -> None:
    assert format_money(Decimal(amount)) == written


@given(amounts)
def test_money_is_written_as_cldr_writes_it_for_india(amount: Decimal) -> None:
    cldr = format_currency(abs(amount), "INR", locale="en_IN")
    assert format_money(amount) == ("−" if amount < 0 else "") + cldr


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3))
def test_numbers_are_written_as_cldr_writes_them_for_india(number: Decimal) -> None:
    cldr = format_decimal(abs(number), "#,##,##0.######", locale="en_IN")
    assert format_number(number) == ("−" if number < 0 else "") + cldr


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (Decimal("18.00"), "18"),
        (Decimal("2.50"), "2.5"),
        (Decimal("0.250"), "0.25"),
        (100000, "1,00,000"),
        (-7, "−7"),
    ],
)
def test_numbers_have_no_idle_zeros(number: Decimal | int, written: str) -> None:
    assert format_number(number) == written


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (
            "12345678.50",
            "Rupees One Crore Twenty-Three Lakh Forty-Five Thousand Six Hundred Seventy-Eight and Fifty Paise Only",
        ),
        ("0", "Rupees Zero Only"),
        ("1", "Rupee One Only"),
        ("1.01", "Rupee One and One Paisa Only"),
        ("0.01", "One Paisa Only"),
        ("0.50", "Fifty Paise Only"),
        ("2", "Rupees Two Only"),
        ("100", "Rupees One Hundred Only"),
        ("101", "Rupees One Hundred One Only"),
        ("45000", "Rupees Forty-Five Thousand Only"),
        ("100000", "Rupees One Lakh Only"),
        ("1000001", "Rupees Ten Lakh One Only"),
        ("10000000", "Rupees One Crore Only"),
        ("-50.25", "Minus Rupees Fifty and Twenty-Five Paise Only"),
        (
            "9999999999.99",
            "Rupees Nine Hundred Ninety-Nine Crore Ninety-Nine Lakh Ninety-Nine Thousand Nine Hundred Ninety-Nine"
            " and Ninety-Nine Paise Only",
        ),
        ("10000000000", "Rupees One Thousand Crore Only"),
        ("1000000000000", "Rupees One Lakh Crore Only"),
    ],
)
def test_amounts_in_words_read_like_a_cheque(amount: Decimal, words: str) -> None:
    assert money_in_words(Decimal(amount)) == words


@given(amounts)
def test_amounts_in_words_say_the_amount_again(amount: Decimal) -> None:
    assert amount_said(money_in_words(amount)) == amount


SMALL = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
]
TENS = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
VALUES = {word: value for value, word in enumerate(SMALL)} | {
    word: 10 * ten for ten, word in enumerate(TENS, 2)
}
SCALES = {"Thousand": 1_000, "Lakh": 100_000, "Crore": 10_000_000}


def amount_said(words: str) -> Decimal:
    """Reads an amount in words back, by itself."""
    sign = -1 if words.startswith("Minus ") else 1
    text = words.removeprefix("Minus ").removesuffix(" Only")
    rupees, _, paise = text.partition(" and ") if text.startswith("Rupee") else ("", "", text)
    rupees = rupees.removeprefix("Rupees ").removeprefix("Rupee ")
    paise = paise.removesuffix(" Paise").removesuffix(" Paisa")
    return sign * (number_said(rupees) + Decimal(number_said(paise)) / 100)


def number_said(words: str) -> int:
    total = part = 0
    for word in words.replace("-", " ").split():
        if word == "Hundred":
            part *= 100
        elif word in SCALES:
            total, part = total + part * SCALES[word], 0
        else:
            part += VALUES[word]
    return total + part


def test_dates_are_written_by_the_pattern() -> None:
    day = date(2025, 9, 2)
    assert format_date(day) == "02 Sep 2025"
    assert format_date(day, "EEEE, d MMMM y") == "Tuesday, 2 September 2025"
    assert format_date(day, "d 'of' MMMM yyyy") == "2 of September 2025"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("hi", "2 सितंबर 2025"),
        ("ta", "2 செப்டம்பர் 2025"),
        ("ur", "2 ستمبر 2025"),
        ("en-IN", "2 September 2025"),
        ("tlh", "2 September 2025"),
    ],
)
def test_months_are_named_in_the_language_and_in_english_where_it_is_not_known(
    language: str, written: str
) -> None:
    assert format_date(date(2025, 9, 2), "d MMMM yyyy", language) == written


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["dd MMM yyyy", "EEEE d MMMM y", "dd/MM/yy"]),
)
def test_dates_are_written_as_babel_writes_them(day: date, pattern: str) -> None:
    assert format_date(day, pattern) == babel_date(day, pattern, locale="en")


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("dd MMM yyyy", "02~Sep 2025"),
        ("EEEE, d. MMMM y", "Tuesday, 2.~September 2025"),
        ("MMMM d, yyyy", "September~2, 2025"),
        ("d 'of' LLLL y 'C E'", "2~of~September 2025 C E"),
        ("d 'o''clock' MMM '100 %'", "2~o'clock~Sep 100 %"),
        ("MMMM yyyy", "September 2025"),
        ("dd MM yyyy", "02 09 2025"),
    ],
)
def test_a_drawn_day_stays_with_the_name_of_its_month(pattern: str, written: str) -> None:
    assert typeset_date(date(2025, 9, 2), pattern) == written.replace("~", "\u00a0")


@given(
    st.dates(date(1900, 1, 1), date(2199, 12, 31)),
    st.sampled_from(["dd MMM yyyy", "EEEE d MMMM y", "d. MMM, 'week' w", "dd/MM/yy", "yyyy MMMM dd"]),
    st.sampled_from(["en", "hi", "ta", "ur"]),
)
def test_what_is_drawn_says_the_same_date(day: date, pattern: str, language: str) -> None:
    assert typeset_date(day, pattern, language).replace("\u00a0", " ") == format_date(day, pattern, language)


@pytest.mark.parametrize("pattern", ["dd MMM yyyy", "d.M.yy", "EEEE, d MMMM y", "d 'of' MMMM", "yyyy-MM-dd"])
def test_a_pattern_of_dates_is_a_date_format(pattern: str) -> None:
    assert check_date_format(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "   ",
        "HH:mm",
        "dd of MMM",
        "'only words'",
        "dd MMM yyyy hh",
        "bbb",
        "MMMMMMMMMM",
        "d\u202eM",
        "d" + 60 * " " + "M",
    ],
)
def test_a_pattern_without_a_date_or_with_a_time_is_no_date_format(pattern: str) -> None:
    with pytest.raises(ValueError, match="date format"):
        check_date_format(pattern)


@pytest.mark.parametrize(
    ("identity", "shown"),
    [
        ("2345 6789 0124", "XXXX XXXX 0124"),
        ("ABCDE1234F", "XXXXXX234F"),
        ("1234", "XXXX"),
        ("12", "XX"),
        ("", ""),
        ("अ123456", "XXX3456"),
    ],
)
def test_an_identity_number_shows_only_its_last_four(identity: str, shown: str) -> None:
    assert mask(identity) == shown


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), "2025-26"),
        (date(2026, 4, 1), "2026-27"),
        (date(2026, 12, 31), "2026-27"),
        (date(2027, 1, 1), "2026-27"),
        (date(1999, 4, 1), "1999-00"),
        (date(2000, 2, 29), "1999-00"),
    ],
)
def test_a_financial_year_runs_from_april_to_march(day: date, year: str) -> None:
    assert financial_year(day) == year
