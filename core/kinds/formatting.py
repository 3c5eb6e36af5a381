"""How money, numbers and dates are written in India."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimeFormat, DateTimePattern, parse_pattern
from num2words import num2words

from core.kinds.text import Refused, clean_text

DEFAULT_DATE_FORMAT: Final = "dd MMM yyyy"
MINUS: Final = "\N{MINUS SIGN}"  # as wide as a digit and as high as a plus, where a hyphen is short and low
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_CRORE = 10_000_000
_PAISA = Decimal("0.01")
_DATE_LETTERS = frozenset("GyYuMLdEecQqwWDF")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
# As Babel writes a pattern for `%`: what stands between a day and a month of three letters and more, which is a name.
_DAY, _NAMED_MONTH = r"%\(d{1,2}\)s", r"%\([ML]{3,}\)s"
_TIED = re.compile(rf"{_DAY}(?:[^%]|%%)*(?={_NAMED_MONTH})|{_NAMED_MONTH}(?:[^%]|%%)*(?={_DAY})")


def format_money(amount: Decimal) -> str:
    """Rupees and paise with Indian grouping: `₹1,23,45,678.50`, `−₹50.00`. More than two decimals round half up."""
    written = format(abs(amount).quantize(_PAISA, ROUND_HALF_UP), "f")
    rupees, paise = written[:-3], written[-3:]
    sign = MINUS if amount < 0 and written.strip("0.") else ""
    return f"{sign}₹{_group(rupees)}{paise}"


def format_number(number: Decimal | int) -> str:
    """A number with Indian grouping and no idle zeros: `18`, `2.5`, `1,00,000`."""
    written = format(abs(number), "f")
    whole, _, fraction = written.partition(".")
    fraction = fraction.rstrip("0")
    sign = MINUS if number < 0 else ""
    return f"{sign}{_group(whole)}{'.' if fraction else ''}{fraction}"


def _group(digits: str) -> str:
    """The last three digits together, before them always two (the grouping of CLDR's en_IN, `#,##,##0`)."""
    if len(digits) <= 3:
        return digits
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return f"{','.join(reversed(pairs))},{tail}"


@lru_cache(maxsize=4096)
def money_in_words(amount: Decimal) -> str:
    """An amount as a cheque says it: "Rupees One Lakh and Fifty Paise Only"; below zero it begins with "Minus".

    Rounded half up to paise. Of any size: past 999 crore, crores are counted in thousands and lakhs themselves.
    """
    amount = amount.quantize(_PAISA, ROUND_HALF_UP)
    rupees, paise = divmod(int(abs(amount) * 100), 100)
    parts = []
    if rupees or not paise:
        parts.append(f"{'Rupee' if rupees == 1 else 'Rupees'} {_words(rupees)}")
    if paise:
        parts.append(f"{_words(paise)} {'Paisa' if paise == 1 else 'Paise'}")
    return f"{'Minus ' if amount < 0 else ''}{' and '.join(parts)} Only"


def _words(number: int) -> str:
    """10,000,001 → One Crore One. num2words' en_IN refuses ten digits and more; this says the crores apart."""
    if number < _CRORE:
        words: str = num2words(number, lang="en_IN")
        return words.replace(",", "").replace(" and ", " ").title()
    crores, rest = divmod(number, _CRORE)
    return f"{_words(crores)} Crore{f' {_words(rest)}' if rest else ''}"


def check_date_format(pattern: str) -> str:
    """The pattern, if it is one of LDML (Unicode Technical Standard 35, part 4) that shows a date and no time.

    Raises ValueError saying what is wrong. Words in it stand in single quotes.
    """
    try:
        clean_text(pattern, max_length=60)
    except Refused as refused:
        raise ValueError(f"a date format {refused.reason}") from refused
    letters = {letter for letter in _QUOTED.sub("", pattern) if letter.isascii() and letter.isalpha()}
    if not letters:
        raise ValueError("a date format needs at least one field, such as dd MMM yyyy")
    if strange := sorted(letters - _DATE_LETTERS):
        fields = "field" if len(strange) == 1 else "fields"
        raise ValueError(f"a date format has no {fields} {', '.join(strange)}; put words in single quotes")
    try:
        format_date(date(2026, 3, 31), pattern)
    except (ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"{pattern!r} is no date format: {error}") from error
    return pattern


def format_date(day: date, pattern: str = DEFAULT_DATE_FORMAT, language: str = "en") -> str:
    """A day as an LDML pattern says, with the month and weekday names of the language (BCP 47; unknown ones: English)."""
    return _pattern(pattern).apply(day, _locale(language))


def typeset_date(day: date, pattern: str = DEFAULT_DATE_FORMAT, language: str = "en") -> str:
    """The same to be drawn: no line ends between a day and the name of its month. Before the year one may."""
    return _tied(pattern) % DateTimeFormat(day, _locale(language))


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> DateTimePattern:
    return parse_pattern(pattern)


@lru_cache(maxsize=256)
def _tied(pattern: str) -> str:
    """The pattern as Babel writes it for `%`, with U+00A0 for the spaces between a day and its month, whichever is first."""
    return _TIED.sub(lambda gap: gap[0].replace(" ", NO_BREAK), str(_pattern(pattern).format))


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def mask(text: str) -> str:
    """An identity number with all letters and digits but the last four as X: `XXXX XXXX 9012`; of four or fewer, all."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    hidden = set(places[:-4] if len(places) > 4 else places)
    return "".join("X" if place in hidden else character for place, character in enumerate(text))


def financial_year(day: date) -> str:
    """The Indian financial year, April to March, that a day falls in: `2026-27`."""
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"
