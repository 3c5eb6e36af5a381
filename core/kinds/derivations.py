"""What follows from an item's values: declared as data in a kind, computed by pure functions.

    {derive: money_in_words, name: salary_in_words, label: Salary in words, of: salary}
    {derive: duration, name: duration, label: Duration, first: joining_date, last: end_date}
    {derive: total, name: day_total, label: Total of the day, rows: rows, column: amount}

A derivation may draw on fields and on derivations before it. Where what it draws on is absent, it gives
nothing.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field as Option

from core.errors import Fault
from core.kinds import gst
from core.kinds.durations import duration_between
from core.kinds.faults import pointer_to
from core.kinds.fields import Declaration, FieldName, Label
from core.kinds.formatting import financial_year, money_in_words
from core.kinds.parsing import MONEY_LIMIT
from core.kinds.placeholders import Placeholder, Shown
from core.kinds.values import Row, Value, Values, rows_of, sum_of

Known: TypeAlias = Mapping[str, Placeholder]

NOBODY = "—"  # heads the group of rows that leave the grouping column empty


class _Derivation(Declaration):
    @property
    def widens(self) -> str | None:
        """The table, if any, that it gives more columns."""
        return None

    @abstractmethod
    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        """The placeholders that it adds to the known ones, or puts in their place.

        Raises ValueError when it draws on something that is not there or is of another type.
        """

    @abstractmethod
    def compute(self, values: Values) -> Mapping[str, Value]:
        """What it makes of an item's values, those derived before it included."""

    def faults(self, values: Values, known: Known) -> Iterator[Fault]:
        """What makes a checked item's result impossible to print: a sum past the range of money."""
        del values, known
        return iter(())


class MoneyInWords(_Derivation):
    """An amount as a cheque says it: "Rupees Forty-Five Thousand Only"."""

    derive: Literal["money_in_words"]
    name: FieldName
    label: Label
    of: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        source = find(known, self.of, "money")
        return (Placeholder(self.name, self.label, "text", always=source.always),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        amount = values.get(self.of)
        return {self.name: money_in_words(amount)} if isinstance(amount, Decimal) else {}


class DurationText(_Derivation):
    """The time from one date to another, both counted, in years, months and days: "2 years, 1 month and 3
    days".
    """

    derive: Literal["duration"]
    name: FieldName
    label: Label
    first: FieldName
    last: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        sources = (find(known, self.first, "date"), find(known, self.last, "date"))
        return (Placeholder(self.name, self.label, "text", always=all(source.always for source in sources)),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        first, last = values.get(self.first), values.get(self.last)
        if not isinstance(first, date) or not isinstance(last, date) or last < first:
            return {}
        return {self.name: str(duration_between(first, last))}


class FinancialYear(_Derivation):
    """The financial year of a date: "2026-27"."""

    derive: Literal["financial_year"]
    name: FieldName
    label: Label
    of: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        source = find(known, self.of, "date")
        return (Placeholder(self.name, self.label, "text", always=source.always),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        day = values.get(self.of)
        return {self.name: financial_year(day)} if isinstance(day, date) else {}


class RowCount(_Derivation):
    """How many rows a table has."""

    derive: Literal["count"]
    name: FieldName
    label: Label
    rows: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        find(known, self.rows, "rows")
        return (Placeholder(self.name, self.label, "integer"),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        return {self.name: len(rows_of(values, self.rows))}


class Total(_Derivation):
    """The sum of a column of money."""

    derive: Literal["total"]
    name: FieldName
    label: Label
    rows: FieldName
    column: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        find_column(known, self.rows, self.column, "money")
        return (Placeholder(self.name, self.label, "money"),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        return {self.name: sum_of(rows_of(values, self.rows), self.column)}

    def faults(self, values: Values, known: Known) -> Iterator[Fault]:
        if abs(sum_of(rows_of(values, self.rows), self.column)) > MONEY_LIMIT:
            yield _past_the_limit(known[self.rows], "the total")


class TotalsBy(_Derivation):
    """A table with a row for each value of a column: the value, `count` of the rows with it, the sum of their money.

    In alphabetical order, rows that leave the column empty last. The columns keep the names they are drawn from.
    """

    derive: Literal["totals_by"]
    name: FieldName
    label: Label
    rows: FieldName
    by: FieldName
    column: FieldName

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        by = find_column(known, self.rows, self.by, "text")
        money = find_column(known, self.rows, self.column, "money")
        count = Placeholder("count", "Number", "integer")
        columns = (replace(by, always=True), count, replace(money, always=True))
        return (Placeholder(self.name, self.label, "rows", columns=columns),)

    def compute(self, values: Values) -> Mapping[str, Value]:
        groups: dict[str, list[Row]] = {}
        for row in rows_of(values, self.rows):
            groups.setdefault(str(row.get(self.by, NOBODY)), []).append(row)
        table: tuple[Row, ...] = tuple(
            {self.by: value, "count": len(rows), self.column: sum_of(rows, self.column)}
            for value, rows in sorted(groups.items(), key=_alphabetically)
        )
        return {self.name: table}


class GstBill(_Derivation):
    """All that a bill computes: on each line `amount`, `tax` and `total`; `subtotal`, `tax_summary` (a row
    for each rate), `tax_total`, `round_off`, `total`, `total_in_words`, and `bill_title`, which is "Credit
    Note" below zero, "Bill of Supply" where no line is taxed (CGST Rules 2017, rule 49), else "Tax Invoice".
    See `core.kinds.gst` for the sums.
    """

    derive: Literal["gst_bill"]
    lines: FieldName
    quantity: FieldName
    rate: FieldName
    tax_percent: FieldName

    @property
    def widens(self) -> str:
        return self.lines

    def gives(self, known: Known) -> tuple[Placeholder, ...]:
        lines = find(known, self.lines, "rows")
        find_column(known, self.lines, self.quantity, "number")
        find_column(known, self.lines, self.rate, "money")
        find_column(known, self.lines, self.tax_percent, "number")
        if clash := {column.name for column in lines.columns} & {column.name for column in _LINE_SUMS}:
            raise ValueError(f"gst_bill itself computes {', '.join(sorted(clash))} of {self.lines}")
        return (replace(lines, columns=(*lines.columns, *_LINE_SUMS)), *_BILL_SUMS)

    def compute(self, values: Values) -> Mapping[str, Value]:
        rows = rows_of(values, self.lines)
        lines = self._lines(rows)
        bill = gst.add_up(lines)
        taxed = any(line.tax_percent for line in lines)
        return {
            self.lines: tuple(
                {**row, "amount": line.amount, "tax": line.tax, "total": line.amount + line.tax}
                for row, line in zip(rows, lines, strict=True)
            ),
            "subtotal": bill.subtotal,
            "tax_summary": tuple(map(_summary_row, bill.summary)),
            "tax_total": bill.tax,
            "round_off": bill.round_off,
            "total": bill.total,
            "total_in_words": money_in_words(bill.total),
            "bill_title": "Credit Note" if bill.total < 0 else "Tax Invoice" if taxed else "Bill of Supply",
        }

    def faults(self, values: Values, known: Known) -> Iterator[Fault]:
        """A line without one of its numbers (`missing`); a line, or a bill, past the range of money (`money_range`)."""
        table, rows = known[self.lines], rows_of(values, self.lines)
        columns = {column.name: column for column in table.columns}
        gaps = [(n, name) for n, row in enumerate(rows) for name in self._numbers if name not in row]
        for position, name in gaps:
            detail = f"{table.label}, row {position + 1}: {columns[name].label} is missing."
            yield Fault(pointer_to(self.lines, position, name), "missing", detail)
        if gaps:
            return
        lines = self._lines(rows)
        sizes = [abs(line.quantity * line.rate) * (1 + abs(line.tax_percent) / 100) + 1 for line in lines]
        if sum(sizes) < MONEY_LIMIT:  # true of nearly every bill, and cheaper than adding it up
            return
        too_large = [position for position, size in enumerate(sizes) if size > MONEY_LIMIT]
        for position in too_large:
            yield _past_the_limit(table, "its total", position)
        if not too_large and abs(gst.add_up(lines).total) > MONEY_LIMIT:
            yield _past_the_limit(table, "the total")

    @property
    def _numbers(self) -> tuple[str, str, str]:
        return self.quantity, self.rate, self.tax_percent

    def _lines(self, rows: tuple[Row, ...]) -> list[gst.Line]:
        return [gst.Line(*(_number(row, name) for name in self._numbers)) for row in rows]


Derivation: TypeAlias = Annotated[
    MoneyInWords | DurationText | FinancialYear | RowCount | Total | TotalsBy | GstBill,
    Option(discriminator="derive"),
]

_LINE_SUMS = (
    Placeholder("amount", "Amount", "money", "Quantity times rate, before tax"),
    Placeholder("tax", "Tax", "money"),
    Placeholder("total", "Total", "money", "The amount with its tax"),
)

_BILL_SUMS = (
    Placeholder("subtotal", "Subtotal", "money", "All amounts, before tax"),
    Placeholder(
        "tax_summary",
        "Tax summary",
        "rows",
        "A row for each rate of tax",
        columns=(
            Placeholder("tax_percent", "GST %", "number"),
            Placeholder("taxable", "Taxable value", "money"),
            Placeholder("cgst_percent", "CGST %", "number"),
            Placeholder("cgst", "CGST", "money"),
            Placeholder("sgst_percent", "SGST %", "number"),
            Placeholder("sgst", "SGST", "money"),
            Placeholder("tax", "Tax", "money"),
        ),
    ),
    Placeholder("tax_total", "Total tax", "money"),
    Placeholder("round_off", "Round-off", "money", "What rounding to the rupee adds or takes away"),
    Placeholder("total", "Total", "money", "With tax, rounded to the rupee"),
    Placeholder("total_in_words", "Total in words", "text"),
    Placeholder("bill_title", "Title", "text", "Tax Invoice, Bill of Supply or Credit Note"),
)


def find(known: Known, name: str, shows: Shown) -> Placeholder:
    """The known placeholder of that name. Raises ValueError when there is none, or it is of another type."""
    if name not in known:
        raise ValueError(f"there is no {name}")
    if known[name].shows != shows:
        raise ValueError(f"{name} is of the type {known[name].shows}, not {shows}")
    return known[name]


def find_column(known: Known, rows: str, column: str, shows: Shown) -> Placeholder:
    """The column of a known table. Raises ValueError when there is none, or it is of another type."""
    columns = {known_column.name: known_column for known_column in find(known, rows, "rows").columns}
    return find(columns, column, shows)


def _alphabetically(group: tuple[str, object]) -> tuple[bool, str]:
    return group[0] == NOBODY, group[0].casefold()


def _number(row: Row, name: str) -> Decimal:
    value = row[name]
    assert isinstance(value, Decimal), f"{name} is no number"
    return value


def _summary_row(row: gst.TaxedAtRate) -> Row:
    half = row.tax_percent / 2
    return {
        "tax_percent": row.tax_percent,
        "taxable": row.taxable,
        "cgst_percent": half,
        "cgst": row.cgst,
        "sgst_percent": half,
        "sgst": row.sgst,
        "tax": row.tax,
    }


def _past_the_limit(table: Placeholder, what: str, *position: int) -> Fault:
    where = f"{table.label}, row {position[0] + 1}" if position else table.label
    return Fault(pointer_to(table.name, *position), "money_range", f"{where}: {what} is past {MONEY_LIMIT}.")
