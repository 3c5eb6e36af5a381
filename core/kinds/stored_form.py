"""How a checked item lies in a JSON column, and comes back without loss.

Money and numbers are text, dates ISO 8601, a picture `"sha256:<hex>"`, a typed signature `{"text": name}`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from core.kinds.fields import RowsField, ScalarField
from core.kinds.values import ImageReference, Row, Scalar, TypedName, Value, Values, image_reference


def to_json(values: Values) -> dict[str, Any]:
    """A checked item as JSON data. `from_json` is its exact inverse."""
    return {name: _value_to_json(value) for name, value in values.items()}


def _value_to_json(value: Value) -> object:
    match value:
        case ImageReference():
            return str(value)
        case TypedName(text):
            return {"text": text}
        case tuple():
            return [{name: _scalar_to_json(cell) for name, cell in row.items()} for row in value]
        case _:
            return _scalar_to_json(value)


def _scalar_to_json(value: Scalar) -> str | int | bool:
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return value


def from_json(fields: Sequence[ScalarField | RowsField], stored: Mapping[str, Any]) -> dict[str, Value]:
    """The values that `to_json` wrote, typed again by the fields they were checked against.

    Trusts what it reads: a stored value that its field could not hold raises ValueError, TypeError or
    KeyError.
    """
    return {
        field.name: _value_from_json(field, stored[field.name]) for field in fields if field.name in stored
    }


def _value_from_json(field: ScalarField | RowsField, stored: Any) -> Value:
    if isinstance(field, RowsField):
        return tuple(_row_from_json(field, row) for row in stored)
    if field.type == "image":
        return _picture_from_json(stored)
    return _SCALARS.get(field.type, _as_it_is)(stored)


def _row_from_json(field: RowsField, stored: Mapping[str, Any]) -> Row:
    return {
        column.name: _SCALARS.get(column.type, _as_it_is)(stored[column.name])
        for column in field.columns
        if column.name in stored
    }


def _picture_from_json(stored: Any) -> ImageReference | TypedName:
    match stored:
        case {"text": str() as name}:
            return TypedName(name)
        case str() if reference := image_reference(stored):
            return reference
        case _:
            raise ValueError("neither a picture nor a typed name is stored")


def _as_it_is(stored: Any) -> Scalar:
    value: Scalar = stored
    return value


_SCALARS: Mapping[str, Callable[[Any], Scalar]] = {
    "money": Decimal,
    "number": Decimal,
    "date": date.fromisoformat,
}
