"""What the fields of a kind ask of each other, declared as data.

{rule: date_order, earlier: start_date, later: end_date}
{rule: only_when, field: card_number, when: payment_mode, is_one_of: [Card, UPI]}
"""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field as Option

from core.errors import Fault
from core.kinds.faults import pointer_to
from core.kinds.fields import ChoiceField, Declaration, FieldName, NumberField, RowsField, ScalarField
from core.kinds.gst import default_rate
from core.kinds.values import Row, Value, rows_of

FieldsByName: TypeAlias = Mapping[str, ScalarField | RowsField]


class _Rule(Declaration):
    @abstractmethod
    def check(self, fields: FieldsByName) -> None:
        """Raises ValueError when the rule names a field that is not there or is of another type."""

    @abstractmethod
    def apply(
        self, values: dict[str, Value], faulty: Collection[str], fields: FieldsByName
    ) -> Iterator[Fault]:
        """The faults of an item by this rule; it may complete `values`. What is `faulty` has its own fault already."""


class DateOrder(_Rule):
    """`later` is the same day as `earlier` or comes after it. Fault: `date_order` at `later`."""

    rule: Literal["date_order"]
    earlier: FieldName
    later: FieldName

    def check(self, fields: FieldsByName) -> None:
        find_field(fields, self.earlier, "date")
        find_field(fields, self.later, "date")

    def apply(
        self, values: dict[str, Value], faulty: Collection[str], fields: FieldsByName
    ) -> Iterator[Fault]:
        earlier, later = values.get(self.earlier), values.get(self.later)
        if isinstance(earlier, date) and isinstance(later, date) and later < earlier:
            detail = f"{fields[self.later].label} is before {fields[self.earlier].label}."
            yield Fault(pointer_to(self.later), "date_order", detail)


class _Conditional(_Rule):
    field: FieldName
    when: FieldName
    is_one_of: Annotated[tuple[str, ...], Option(min_length=1, max_length=100)]

    def check(self, fields: FieldsByName) -> None:
        if self.field not in fields:
            raise ValueError(f"there is no field {self.field}")
        choice = find_field(fields, self.when, "choice")
        assert isinstance(choice, ChoiceField)
        if strange := [value for value in self.is_one_of if value not in choice.choices]:
            verb = "is no choice" if len(strange) == 1 else "are no choices"
            raise ValueError(f"{', '.join(strange)} {verb} of {self.when}")


class OnlyWhen(_Conditional):
    """`field` may be given only when the choice `when` is one of some. Fault: `not_expected` at `field`."""

    rule: Literal["only_when"]

    def apply(
        self, values: dict[str, Value], faulty: Collection[str], fields: FieldsByName
    ) -> Iterator[Fault]:
        if self.when in faulty or values.get(self.when) in self.is_one_of:
            return
        if values.get(self.field, ()) != ():
            choices = " or ".join(self.is_one_of)
            detail = f"{fields[self.field].label} is given, but {fields[self.when].label} is not {choices}."
            yield Fault(pointer_to(self.field), "not_expected", detail)


class RequiredWhen(_Conditional):
    """`field` must be given when the choice `when` is one of some. Fault: `missing` at `field`."""

    rule: Literal["required_when"]

    def apply(
        self, values: dict[str, Value], faulty: Collection[str], fields: FieldsByName
    ) -> Iterator[Fault]:
        chosen = values.get(self.when)
        if chosen in self.is_one_of and self.field not in faulty and values.get(self.field, ()) == ():
            detail = f"{fields[self.field].label} is missing; {fields[self.when].label} is {chosen}."
            yield Fault(pointer_to(self.field), "missing", detail)


class DefaultTaxRate(_Rule):
    """A row that names no `percent` takes what `core.kinds.gst` has for its `code` (HSN or SAC) on the date `day`.

    Fault: `missing` at the row's `percent` where that has nothing.
    """

    rule: Literal["default_tax_rate"]
    rows: FieldName
    code: FieldName
    percent: FieldName
    day: FieldName

    def check(self, fields: FieldsByName) -> None:
        columns = columns_of(fields, self.rows)
        find_field(columns, self.code, "text")
        find_field(columns, self.percent, "number")
        find_field(fields, self.day, "date")

    def apply(
        self, values: dict[str, Value], faulty: Collection[str], fields: FieldsByName
    ) -> Iterator[Fault]:
        day = values.get(self.day)
        rows = rows_of(values, self.rows)
        if self.rows in faulty or not isinstance(day, date) or all(self.percent in row for row in rows):
            return
        column = columns_of(fields, self.rows)[self.percent]
        assert isinstance(column, NumberField)
        parse = column.parser()
        completed: list[Row] = []
        for position, row in enumerate(rows):
            percent = row.get(self.percent, default_rate(str(row.get(self.code, "")), day))
            if percent is None:
                where = f"{fields[self.rows].label}, row {position + 1}"
                detail = f"{where}: {column.label} is missing; its code has no usual rate."
                yield Fault(pointer_to(self.rows, position, self.percent), "missing", detail)
            else:
                completed.append({**row, self.percent: parse(percent)})
        values[self.rows] = tuple(completed)


Rule: TypeAlias = Annotated[
    DateOrder | OnlyWhen | RequiredWhen | DefaultTaxRate, Option(discriminator="rule")
]


def find_field(fields: FieldsByName, name: str, field_type: str) -> ScalarField | RowsField:
    """The field of that name. Raises ValueError when there is none, or it is of another type."""
    if name not in fields:
        raise ValueError(f"there is no field {name}")
    if fields[name].type != field_type:
        raise ValueError(f"{name} is a field of the type {fields[name].type}, not {field_type}")
    return fields[name]


def columns_of(fields: FieldsByName, name: str) -> FieldsByName:
    """The columns of a field of rows, by name. Raises ValueError when there is no such field."""
    field = find_field(fields, name, "rows")
    assert isinstance(field, RowsField)
    return {column.name: column for column in field.columns}
