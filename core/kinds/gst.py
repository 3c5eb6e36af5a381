"""What a bill comes to under the Goods and Services Tax.

The rate of tax is each line's own. Rates change by notification, so the one table here is dated, is only what
a line falls back on when it names no rate, and is the place to add the next notification.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_PAISA = Decimal("0.01")
_RUPEE = Decimal(1)
_HUNDRED = Decimal(100)
_NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class DatedRate:
    """The percentage of tax on what a code (HSN or SAC) begins with `prefix`, from a day on."""

    prefix: str
    since: date
    percent: Decimal
    source: str


# The latest of a prefix first.
DEFAULT_RATES: Final = (
    DatedRate(
        "99972",
        date(2025, 9, 22),
        Decimal(5),
        "Notification 15/2025-Central Tax (Rate): 2.5 + 2.5, no credit",
    ),
    DatedRate(
        "99972", date(2017, 7, 1), Decimal(18), "Notification 11/2017-Central Tax (Rate), entry 35: 9 + 9"
    ),
)


def default_rate(code: str, on: date) -> Decimal | None:
    """The percentage for beauty and physical well-being services (SAC 99972x) on a day; None for all other codes."""
    for rate in DEFAULT_RATES:
        if code.startswith(rate.prefix) and rate.since <= on:
            return rate.percent
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of a bill sells: how much, for how much each, taxed at how many percent."""

    quantity: Decimal
    rate: Decimal
    tax_percent: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity times rate, in whole paise (half up)."""
        return (self.quantity * self.rate).quantize(_PAISA, ROUND_HALF_UP)

    @property
    def tax(self) -> Decimal:
        """The tax on the amount, in whole paise (half up)."""
        return (self.amount * self.tax_percent / _HUNDRED).quantize(_PAISA, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class TaxedAtRate:
    """One row of the tax summary: the lines of one rate. `cgst + sgst` is `tax`, to the paisa."""

    tax_percent: Decimal
    taxable: Decimal
    cgst: Decimal
    sgst: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill's sums, all in rupees and paise. `total` is `subtotal + tax + round_off` and a whole number of rupees."""

    subtotal: Decimal
    summary: tuple[TaxedAtRate, ...]
    tax: Decimal
    round_off: Decimal
    total: Decimal


def add_up(lines: Iterable[Line]) -> Bill:
    """The sums of a bill, or of a credit note, whose amounts are negative.

    Tax is rounded line by line, half up (away from zero, so that a credit note mirrors its bill). Each rate's
    tax is halved into CGST and SGST (CGST Act 2017, section 9, and the states' acts); of an odd paisa CGST
    has the larger half. The total is rounded to the rupee, fifty paise up (CGST Act, section 170).
    """
    taxable: dict[Decimal, Decimal] = {}
    taxes: dict[Decimal, Decimal] = {}
    for line in lines:
        taxable[line.tax_percent] = taxable.get(line.tax_percent, _NOTHING) + line.amount
        taxes[line.tax_percent] = taxes.get(line.tax_percent, _NOTHING) + line.tax
    summary = tuple(_row(rate, taxable[rate], taxes[rate]) for rate in sorted(taxable))
    subtotal = sum(taxable.values(), _NOTHING)
    tax = sum(taxes.values(), _NOTHING)
    exact = subtotal + tax
    total = exact.quantize(_RUPEE, ROUND_HALF_UP).quantize(_PAISA)
    return Bill(subtotal, summary, tax, total - exact, total)


def _row(rate: Decimal, taxable: Decimal, tax: Decimal) -> TaxedAtRate:
    cgst = (tax / 2).quantize(_PAISA, ROUND_HALF_UP)
    return TaxedAtRate(rate, taxable, cgst, tax - cgst, tax)
