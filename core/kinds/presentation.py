"""What a layout may place: an item's values and all that follows from them, written out for a reader."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from core.kinds.formatting import DEFAULT_DATE_FORMAT, format_money, format_number, mask, typeset_date
from core.kinds.kinds import Kind, derive
from core.kinds.placeholders import Placeholder, Shown
from core.kinds.values import ImageReference, Row, TypedName, Value, Values

PLAIN: Final = ".value"  # `amount.value` is the plain decimal of a row's `amount`, for the totals of a page

Presented: TypeAlias = str | ImageReference | tuple[dict[str, str], ...]


def placeholders(kind: Kind) -> tuple[Placeholder, ...]:
    """Every name of the kind's own that a layout may say: fields first, then what is derived."""
    return tuple(kind.placeholders.values())


def present(
    kind: Kind, values: Values, *, date_format: str = DEFAULT_DATE_FORMAT, language: str = "en"
) -> dict[str, Presented]:
    """What stands in the place of each of the kind's placeholders; what the item does not give is not in it.

    Text as a string, a picture as its reference, a typed signature as a string; dates by the LDML pattern with
    the language's names of months, money as `₹1,23,45,678.50`, identity numbers masked. A table is its rows; a
    cell that a row does not give is missing from it, and one with money or a number has its plain decimal too,
    named `amount.value`.
    """
    known: Mapping[str, Value] = {**values, **derive(kind, values)}
    write = _writers(date_format, language)
    return {
        name: _shown(placeholder, known[name], write)
        for name, placeholder in kind.placeholders.items()
        if name in known
    }


Writers: TypeAlias = Mapping[Shown, Callable[..., str]]


def _writers(date_format: str, language: str) -> Writers:
    def write_date(day: date) -> str:
        return typeset_date(day, date_format, language)

    return {
        "text": str,
        "masked": mask,
        "money": format_money,
        "number": format_number,
        "integer": format_number,
        "date": write_date,
        "bool": _yes_or_no,
    }


def _yes_or_no(value: bool) -> str:
    return "Yes" if value else "No"


def _shown(placeholder: Placeholder, value: Value, write: Writers) -> Presented:
    match value:
        case ImageReference():
            return value
        case TypedName(text):
            return text
        case tuple():
            columns = placeholder.columns
            return tuple(_row_shown(columns, row, write) for row in value)
        case _:
            return write[placeholder.shows](value)


def _row_shown(columns: tuple[Placeholder, ...], row: Row, write: Writers) -> dict[str, str]:
    shown: dict[str, str] = {}
    for column in columns:
        if column.name in row:
            value = row[column.name]
            shown[column.name] = write[column.shows](value)
            if isinstance(value, Decimal):
                shown[f"{column.name}{PLAIN}"] = format(value, "f")
    return shown
