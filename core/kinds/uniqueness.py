"""Which values may not come twice, and within what: a bill's number within its spa and financial year.

{field: bill_number, within: [spa, {financial_year: bill_date}]}
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field as Option

from core.errors import Fault
from core.kinds.faults import pointer_to
from core.kinds.fields import Declaration, FieldName
from core.kinds.formatting import financial_year
from core.kinds.rules import FieldsByName, find_field
from core.kinds.values import Values


class FinancialYearOf(Declaration):
    """The financial year that a date field falls in."""

    financial_year: FieldName


class Unique(Declaration):
    """A text that comes once within a spa, a financial year, or both; once at all where `within` is empty."""

    field: FieldName
    within: Annotated[tuple[Literal["spa"] | FinancialYearOf, ...], Option(max_length=2)] = ()

    def check(self, fields: FieldsByName) -> None:
        """Raises ValueError when it names a field that is not there or is of another type."""
        find_field(fields, self.field, "text")
        for bound in self.within:
            if isinstance(bound, FinancialYearOf):
                find_field(fields, bound.financial_year, "date")


@dataclass(frozen=True, slots=True)
class UniqueClaim:
    """That `value` comes once in `scope`: two texts for two columns. Capitals and small letters are one."""

    scope: str
    value: str
    field: str
    label: str

    def taken(self) -> Fault:
        """The fault of an item whose claim another document, or another item, has made."""
        return Fault(pointer_to(self.field), "not_unique", f"{self.label} is on another document already.")


def claim(
    unique: Unique, kind_name: str, label: str, values: Values, spa_id: UUID | str | None
) -> UniqueClaim | None:
    """What an item claims by one declaration; nothing when it does not give the field."""
    value = values.get(unique.field)
    if value is None:
        return None
    bounds = (_bound(bound, values, spa_id) for bound in unique.within)
    scope = ":".join((f"{kind_name}.{unique.field}", *bounds))
    return UniqueClaim(scope, str(value).upper(), unique.field, label)


def _bound(bound: Literal["spa"] | FinancialYearOf, values: Values, spa_id: UUID | str | None) -> str:
    if isinstance(bound, FinancialYearOf):
        day = values.get(bound.financial_year)
        return financial_year(day) if isinstance(day, date) else "-"
    return "-" if spa_id is None else str(spa_id)
