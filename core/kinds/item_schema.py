"""The JSON Schema (2020-12) of an item: what a client validates against, and what a form is built from."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from core.kinds.fields import (
    BoolField,
    ChoiceField,
    DateField,
    ImageField,
    IntegerField,
    MoneyField,
    NumberField,
    RowsField,
    ScalarField,
    TextField,
)
from core.kinds.rules import Rule
from core.kinds.text import CODE_POINTS_PER_GRAPHEME
from core.kinds.text_formats import PATTERNS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_REFERENCE: Final = {
    "type": "string",
    "pattern": "^(sha256:)?[0-9a-f]{64}$",
    "title": "The id of an uploaded image",
}
_INLINE: Final = {
    "type": "string",
    "pattern": "^data:image/(png|jpeg|webp);base64,",
    "contentEncoding": "base64",
    "title": "The image itself, as a data URL",
}
_TYPED_NAME: Final = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 120 * CODE_POINTS_PER_GRAPHEME},
        {
            "type": "object",
            "properties": {"text": {"type": "string", "minLength": 1}},
            "required": ["text"],
            "additionalProperties": False,
        },
    ],
    "title": "A name to be written as the signature",
}


def item_json_schema(
    fields: Sequence[ScalarField | RowsField], rules: Sequence[Rule] = (), title: str = "Item"
) -> dict[str, Any]:
    """The schema of an item with these fields. What is valid by it may still break a rule between fields.

    Hints for a form, on each property: `x-certmill-type` (the field's type), `x-certmill-widget` (`text`,
    `textarea`, `money`, `number`, `date`, `select`, `checkbox`, `image`, `signature`, `table`),
    `x-certmill-order` (its place, from 1), and where they apply `x-certmill-format`,
    `x-certmill-max-graphemes`, `x-certmill-multi-line`, `x-certmill-masked`, `x-certmill-earliest`,
    `x-certmill-latest`. On the item: `x-certmill-rules`, as declared.

    A picture may be the id of an uploaded one or, where the API takes the item, a data URL.
    """
    schema = {"$schema": DIALECT, "title": title, **_object(fields)}
    if rules:
        schema["x-certmill-rules"] = [rule.model_dump(mode="json") for rule in rules]
    return schema


def _object(fields: Sequence[ScalarField | RowsField]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field.name: _property(field, place) for place, field in enumerate(fields, 1)},
        "required": [field.name for field in fields if _must_be_given(field)],
        "additionalProperties": False,
    }


def _must_be_given(field: ScalarField | RowsField) -> bool:
    return bool(field.fewest) if isinstance(field, RowsField) else field.required and field.initial is None


def _property(field: ScalarField | RowsField, place: int) -> dict[str, Any]:
    widget, schema = _shape(field)
    common: dict[str, Any] = {"title": field.label}
    if field.help:
        common["description"] = field.help
    if field.initial is not None:
        common["default"] = str(field.initial) if isinstance(field.initial, Decimal) else field.initial
    hints = {"x-certmill-type": field.type, "x-certmill-widget": widget, "x-certmill-order": place}
    return common | schema | hints


def _shape(field: ScalarField | RowsField) -> tuple[str, dict[str, Any]]:
    """The widget that a form shows for a field, and what JSON Schema can say of its values."""
    match field:
        case TextField():
            return ("textarea" if field.multi_line else "text"), _text(field)
        case MoneyField():
            return "money", _decimal(field, 2)
        case NumberField():
            return "number", _decimal(field, field.decimals)
        case IntegerField():
            return "number", {"type": "integer", "minimum": field.minimum, "maximum": field.maximum}
        case DateField():
            range_ = {"x-certmill-earliest": str(field.earliest), "x-certmill-latest": str(field.latest)}
            return "date", {"type": "string", "format": "date", **range_}
        case ChoiceField():
            return "select", {"type": "string", "enum": list(field.choices)}
        case BoolField():
            return "checkbox", {"type": "boolean"}
        case ImageField(signature=True):
            return "signature", {"anyOf": [_REFERENCE, _INLINE, _TYPED_NAME]}
        case ImageField():
            return "image", {"anyOf": [_REFERENCE, _INLINE]}
        case RowsField():
            rows = {"type": "array", "minItems": field.fewest, "maxItems": field.max_rows}
            return "table", {**rows, "items": _object(field.columns)}


def _text(field: TextField) -> dict[str, Any]:
    """JSON Schema counts code points, we graphemes: its limit only catches what is far too long."""
    schema: dict[str, Any] = {"type": "string", "maxLength": field.max_length * CODE_POINTS_PER_GRAPHEME}
    if field.required:
        schema["minLength"] = 1
    if field.format:
        schema |= {"pattern": PATTERNS[field.format], "x-certmill-format": field.format}
    if field.pattern:
        schema["pattern"] = f"^(?:{field.pattern})$"
    if field.is_masked:
        schema["x-certmill-masked"] = True
    return schema | {"x-certmill-max-graphemes": field.max_length, "x-certmill-multi-line": field.multi_line}


def _decimal(field: MoneyField | NumberField, decimals: int) -> dict[str, Any]:
    """A number as text, which JSON cannot spoil, or as a JSON number."""
    fraction = f"(\\.[0-9]{{1,{decimals}}})?" if decimals else ""
    return {
        "type": ["string", "number"],
        "pattern": f"^-?[0-9]+{fraction}$",
        "minimum": _json_number(field.minimum),
        "maximum": _json_number(field.maximum),
        "x-certmill-decimals": decimals,
    }


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
