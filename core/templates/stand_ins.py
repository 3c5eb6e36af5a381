"""Values for what nobody has said yet, so that a document can be looked at before all of it is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.errors import Fault
from core.kinds import (
    Checked,
    ImageReference,
    ItemChecker,
    Kind,
    RowsField,
    ScalarField,
    TypedName,
    Value,
    Values,
)
from core.kinds.fields import (
    BoolField,
    ChoiceField,
    DateField,
    ImageField,
    IntegerField,
    MoneyField,
    NumberField,
    TextField,
)
from core.kinds.gst import default_rate
from core.kinds.rules import DateOrder, DefaultTaxRate, OnlyWhen
from core.kinds.values import Row, Scalar

PICTURE: Final = ImageReference("0" * 64)
"""Stands for a picture that is still to come; no stored picture has this digest."""

SPA: Final[Mapping[str, Any]] = {
    "code": "sample",
    "name": "Your Spa",
    "address": "12, Garden Road",
    "area": "Old Town",
    "city": "Bengaluru",
    "country": "India",
    "state": "Karnataka",
    "pincode": "560001",
    "phone_number": "+91 80 4000 0000",
    "email": "care@yourspa.example",
    "website": "www.yourspa.example",
    "gstin": "29AAAAA0000A1ZA",
    "signatory": {"name": "Name of the signatory", "designation": "Designation"},
}
"""An `issuer` where no spa is named yet. Its GSTIN is nobody's."""


def complete(
    kind: Kind, raw: Mapping[str, Any], *, today: date, optional: bool = False
) -> Values | list[Fault]:
    """An item's typed values with stand-ins for required fields (with `optional`, all) that are absent.

    What is given must be right; the list has every fault of it.
    """
    fields = tuple(_relaxed(field) for field in kind.fields)
    rules = tuple(rule for rule in kind.rules if isinstance(rule, DateOrder | OnlyWhen))
    match ItemChecker(fields, rules).check(raw):
        case Checked(given):
            pass
        case faults:
            return faults
    values = dict(given)
    _add_dates(kind, values)
    for field in kind.fields:
        if isinstance(field, RowsField):
            values[field.name] = _rows(kind, field, values, today, wanted=optional or field.fewest > 0)
        elif field.name not in values and (field.required or optional):
            values[field.name] = _stand_in(field, today)
    return values


def _relaxed(field: ScalarField | RowsField) -> ScalarField | RowsField:
    """The field without its demand to be given."""
    if isinstance(field, RowsField):
        columns = tuple(column.model_copy(update={"required": False}) for column in field.columns)
        return field.model_copy(update={"required": False, "min_rows": 0, "columns": columns})
    return field.model_copy(update={"required": False})


def _add_dates(kind: Kind, values: dict[str, Value]) -> None:
    """Where one of two dates in order is given, the other's stand-in must not contradict it."""
    for rule in kind.rules:
        if isinstance(rule, DateOrder):
            earlier, later = values.get(rule.earlier), values.get(rule.later)
            if earlier is not None and later is None:
                values[rule.later] = earlier
            elif later is not None and earlier is None:
                values[rule.earlier] = later


def _rows(kind: Kind, field: RowsField, values: Values, today: date, *, wanted: bool) -> tuple[Row, ...]:
    given = values.get(field.name, ())
    assert isinstance(given, tuple)
    rows: tuple[Row, ...] = given or (({},) if wanted else ())
    return tuple(_row(kind, field, row, values, today) for row in rows)


def _row(kind: Kind, field: RowsField, row: Row, values: Values, today: date) -> Row:
    filled: dict[str, Scalar] = dict(row)
    for rule in kind.rules:
        day = values.get(rule.day) if isinstance(rule, DefaultTaxRate) and rule.rows == field.name else None
        if isinstance(rule, DefaultTaxRate) and isinstance(day, date) and rule.percent not in filled:
            rate = default_rate(str(filled.get(rule.code, "")), day)
            filled[rule.percent] = Decimal(0) if rate is None else rate
    for column in field.columns:
        if column.name not in filled and (column.required or not row):
            stand_in = _stand_in(column, today)
            assert isinstance(stand_in, str | int | bool | Decimal | date)
            filled[column.name] = stand_in
    return filled


def _stand_in(field: ScalarField, today: date) -> Value:
    """Something of the field's type that reads as what belongs there."""
    match field:
        case TextField():
            return field.label[: field.max_length]
        case MoneyField():
            return max(field.minimum, min(Decimal("0.00"), field.maximum))
        case NumberField():
            return max(field.minimum, min(Decimal(1), field.maximum))
        case IntegerField():
            return max(field.minimum, min(1, field.maximum))
        case DateField():
            return max(field.earliest, min(today, field.latest))
        case ChoiceField():
            return field.default or field.choices[0]
        case BoolField():
            return False
        case ImageField():
            return TypedName(field.label) if field.signature else PICTURE
