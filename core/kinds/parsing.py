"""From what came over the wire to a typed value, one function for each type of field.

Each takes the options of a field and gives a parser: a function that takes what JSON, a form or a spreadsheet
cell held and returns the value, or raises `Refused`. Cells and forms know only text, so numbers and truth
values may be written out.
"""

import difflib
import re
from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

from pydantic_core import SchemaError, SchemaValidator, core_schema

from core.kinds.text import Refused, clean_text
from core.kinds.text_formats import FORMATS, TextFormat
from core.kinds.values import ImageReference, TypedName, image_reference
from core.plurals import counted

T = TypeVar("T")
Parser: TypeAlias = Callable[[object], T]

MONEY_LIMIT: Final = Decimal("9999999999.99")

NOT_MONEY: Final = ("not_money", "is not an amount in rupees; write it as 1234.50")
NOT_A_NUMBER: Final = ("not_a_number", "is not a number; write it as 2.5")

_NUMBER = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?")
_OUT_OF_RANGE = 10**20
_INTEGER = re.compile(r"-?[0-9]{1,16}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


def text_parser(
    *,
    max_length: int,
    multi_line: bool = False,
    text_format: TextFormat | None = None,
    pattern: str | None = None,
) -> Parser[str]:
    """Text as `clean_text` gives it, then in its form (its codes), then matching the whole pattern (`pattern`)."""
    check_format = FORMATS[text_format] if text_format else None
    matches = matcher(pattern) if pattern else None

    def parse(raw: object) -> str:
        if not isinstance(raw, str):
            raise Refused("not_text", "is not text")
        text = clean_text(raw, max_length=max_length, multi_line=multi_line)
        if check_format:
            text = check_format(text)
        if matches and not matches(text):
            raise Refused("pattern", "is not written in the form that is asked for")
        return text

    return parse


@lru_cache(
    maxsize=32
)  # an engine may take 100 ms and megabytes to build, and a declaration is read again and again
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a text matches all of a pattern, in time linear in the text, whatever the pattern (Rust's `regex`).

    Raises ValueError for what is no pattern of that engine, look-around and back references among it.
    """
    try:
        SchemaValidator(
            core_schema.str_schema(pattern=pattern)
        )  # closed in itself: no `)|(?:` out of our brackets
        validator = SchemaValidator(core_schema.str_schema(pattern=f"^(?:{pattern})$"))
    except SchemaError as error:
        raise ValueError("is no regular expression without look-around and back references") from error
    return validator.isinstance_python


def money_parser(*, minimum: Decimal, maximum: Decimal) -> Parser[Decimal]:
    """Rupees and paise: text such as "1234.50", or a JSON number that has no third decimal."""
    return _decimal_parser(
        minimum=minimum, maximum=maximum, decimals=2, not_one=NOT_MONEY, out_of_range="money_range"
    )


def number_parser(*, minimum: Decimal, maximum: Decimal, decimals: int) -> Parser[Decimal]:
    """A decimal number of at most `decimals` decimals, kept with exactly so many."""
    return _decimal_parser(
        minimum=minimum, maximum=maximum, decimals=decimals, not_one=NOT_A_NUMBER, out_of_range="number_range"
    )


def _decimal_parser(
    *, minimum: Decimal, maximum: Decimal, decimals: int, not_one: tuple[str, str], out_of_range: str
) -> Parser[Decimal]:
    step = Decimal(1).scaleb(-decimals)
    zero = Decimal(0).quantize(step)

    def parse(raw: object) -> Decimal:
        value = _decimal(raw)
        if value is None:
            raise Refused(*not_one)
        if value < minimum or value > maximum:
            raise Refused(out_of_range, f"is not between {minimum} and {maximum}")
        kept = value.quantize(step)
        if kept != value:
            raise Refused("too_precise", f"has more than {counted(decimals, 'decimal')}")
        return kept if kept else zero  # there is no minus zero

    return parse


def _decimal(raw: object) -> Decimal | None:
    """The number that JSON or a cell holds, as it is written in decimals: 0.1 is one tenth though a float is not."""
    match raw:
        case bool():
            return None
        case str():
            written = raw.strip()
        case int():
            return Decimal(min(max(raw, -_OUT_OF_RANGE), _OUT_OF_RANGE))
        case float():
            written = format(Decimal(repr(raw)), "f")
        case Decimal():
            written = format(raw, "f")
        case _:
            return None
    return Decimal(written) if _NUMBER.fullmatch(written) else None


def integer_parser(*, minimum: int, maximum: int) -> Parser[int]:
    """A whole number: a JSON number without a fraction, or its digits as text."""

    def parse(raw: object) -> int:
        value = _integer(raw)
        if value is None:
            raise Refused("not_an_integer", "is not a whole number")
        if not minimum <= value <= maximum:
            raise Refused("integer_range", f"is not between {minimum} and {maximum}")
        return value

    return parse


def _integer(raw: object) -> int | None:
    match raw:
        case bool():
            return None
        case int():
            return raw
        case float() if raw.is_integer():
            return int(raw)
        case str() if _INTEGER.fullmatch(raw.strip()):
            return int(raw)
        case _:
            return None


def date_parser(*, earliest: date, latest: date) -> Parser[date]:
    """A day of the calendar: text YYYY-MM-DD (ISO 8601), or a date that a spreadsheet cell held. No moment of a day."""

    def parse(raw: object) -> date:
        if isinstance(raw, str):
            written = raw.strip()
            if not _DATE.fullmatch(written):
                raise Refused("not_a_date", "is not a date; write it as YYYY-MM-DD, such as 2026-03-31")
            try:
                value = date.fromisoformat(written)
            except ValueError:
                raise Refused("not_a_date", "is a day that the calendar does not have") from None
        elif type(raw) is date:
            value = raw
        else:
            raise Refused("not_a_date", "is not a date; write it as YYYY-MM-DD, such as 2026-03-31")
        if not earliest <= value <= latest:
            raise Refused("date_range", f"is not between {earliest} and {latest}")
        return value

    return parse


def choice_parser(choices: Collection[str]) -> Parser[str]:
    """One of the choices, written exactly so."""
    known = frozenset(choices)

    def parse(raw: object) -> str:
        if isinstance(raw, str):
            text = raw.strip()
            if text in known:
                return text
            near = closest(text, tuple(choices))
            if near:
                raise Refused("not_a_choice", f"is not one of its choices (did you mean {near}?)")
        raise Refused("not_a_choice", f"is not one of {', '.join(choices)}")

    return parse


def parse_bool(raw: object) -> bool:
    """`true` or `false`, or as text: true, false, yes, no."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _TRUTHS:
        return _TRUTHS[raw.strip().lower()]
    raise Refused("not_a_bool", "is neither true nor false")


def parse_image(raw: object) -> ImageReference:
    """The reference to a picture that is stored already."""
    if isinstance(raw, str) and (reference := image_reference(raw.strip())):
        return reference
    raise Refused("not_an_image", "is not the id of an uploaded image (sha256:… with 64 hexadecimal digits)")


def signature_parser(*, max_length: int) -> Parser[ImageReference | TypedName]:
    """The reference to a picture, or a name to be written: text that is no reference, or `{"text": name}`."""
    parse_name = text_parser(max_length=max_length)

    def parse(raw: object) -> ImageReference | TypedName:
        match raw:
            case str():
                return image_reference(raw.strip()) or TypedName(parse_name(raw))
            case {"text": str() as name, **rest} if not rest and name.strip():
                return TypedName(parse_name(name))
            case _:
                raise Refused("not_a_signature", "is neither the id of an uploaded image nor a typed name")

    return parse


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word that somebody who wrote `word` most likely meant, if any comes near."""
    if len(word) > 60:
        return None
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return folded[near[0]] if near else None


def is_absent(raw: object) -> bool:
    """Whether a value says nothing: JSON's null, or a text (a cell, a form's box) with nothing but white space."""
    return raw is None or (isinstance(raw, str) and not raw.strip())
