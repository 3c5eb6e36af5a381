"""What is put into a layout's placeholders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from core.rendering.scene import ImageSource

Row = Mapping[str, str]
"""Texts by column name. A number column may have `<column>.value` too, its plain decimal, for page totals."""

Rows = tuple[Row, ...]
Value = str | ImageSource | Rows
Values = Mapping[str, Value]
"""Values by placeholder name (`spa.name` is one plain key). What is absent or empty has no value."""

FormatAmount = Callable[[Decimal], str]


def has_value(values: Values, name: str) -> bool:
    return bool(values.get(name))


def plain_amount(amount: Decimal) -> str:
    """An amount without currency or grouping: how a page total prints unless the caller formats it."""
    return f"{amount:.2f}"
