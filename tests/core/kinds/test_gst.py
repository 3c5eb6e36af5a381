from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds.gst import Bill, Line, TaxedAtRate, add_up, default_rate

rates = st.sampled_from([Decimal(rate) for rate in ("0", "0.25", "3", "5", "12", "18", "28", "40")])
lines = st.builds(
    Line,
    quantity=st.decimals("-99", "99", places=3),
    rate=st.decimals("-99999", "99999", places=2),
    tax_percent=rates,
)
bills = st.lists(lines, min_size=1, max_size=12)


def test_a_bill_of_services_and_creams() -> None:
    bill = add_up(
        [
            Line(Decimal(1), Decimal("3400.00"), Decimal(5)),
            Line(Decimal(1), Decimal("1850.00"), Decimal(5)),
            Line(Decimal(2), Decimal("979.99"), Decimal(18)),
        ]
    )
    assert bill == Bill(
        subtotal=Decimal("7209.98"),
        summary=(
            TaxedAtRate(
                Decimal(5), Decimal("5250.00"), Decimal("131.25"), Decimal("131.25"), Decimal("262.50")
            ),
            TaxedAtRate(
                Decimal(18), Decimal("1959.98"), Decimal("176.40"), Decimal("176.40"), Decimal("352.80")
            ),
        ),
        tax=Decimal("615.30"),
        round_off=Decimal("-0.28"),
        total=Decimal("7825.00"),
    )


def test_tax_is_rounded_line_by_line_and_half_up() -> None:
    line = Line(Decimal(1), Decimal("0.10"), Decimal(5))  # half a paisa of tax
    assert line.tax == Decimal("0.01")
    assert add_up([line] * 3).tax == Decimal("0.03")  # 0.015, had it been rounded once


def test_an_amount_is_rounded_half_up_to_the_paisa() -> None:
    assert Line(Decimal("1.5"), Decimal("0.03"), Decimal(0)).amount == Decimal("0.05")
    assert Line(Decimal("-1.5"), Decimal("0.03"), Decimal(0)).amount == Decimal("-0.05")


def test_of_an_odd_paisa_cgst_has_the_larger_half() -> None:
    (row,) = add_up([Line(Decimal(1), Decimal("0.20"), Decimal(5))]).summary
    assert (row.tax, row.cgst, row.sgst) == (Decimal("0.01"), Decimal("0.01"), Decimal("0.00"))


def test_fifty_paise_round_up_to_the_rupee() -> None:
    assert add_up([Line(Decimal(1), Decimal("10.50"), Decimal(0))]).total == Decimal("11.00")
    assert add_up([Line(Decimal(1), Decimal("10.49"), Decimal(0))]).round_off == Decimal("-0.49")


def test_rates_that_are_equal_share_a_row_however_they_are_written() -> None:
    bill = add_up(
        [
            Line(Decimal(1), Decimal(100), Decimal("18")),
            Line(Decimal(1), Decimal(100), Decimal("18.00")),
            Line(Decimal(1), Decimal(100), Decimal("5")),
        ]
    )
    assert [(row.tax_percent, row.taxable) for row in bill.summary] == [
        (Decimal(5), Decimal(100)),
        (Decimal(18), Decimal(200)),
    ]


@given(bills)
def test_the_sums_agree_to_the_paisa(bill_lines: list[Line]) -> None:
    bill = add_up(bill_lines)
    assert (
        bill.subtotal == sum(line.amount for line in bill_lines) == sum(row.taxable for row in bill.summary)
    )
    assert bill.tax == sum(line.tax for line in bill_lines) == sum(row.tax for row in bill.summary)
    assert all(row.cgst + row.sgst == row.tax for row in bill.summary)
    assert all(abs(row.cgst - row.sgst) <= Decimal("0.01") for row in bill.summary)
    assert bill.subtotal + bill.tax + bill.round_off == bill.total
    assert bill.total == bill.total.to_integral_value()
    assert abs(bill.round_off) <= Decimal("0.50")


@given(bills)
def test_a_credit_note_mirrors_its_bill(bill_lines: list[Line]) -> None:
    bill = add_up(bill_lines)
    credit = add_up([Line(-line.quantity, line.rate, line.tax_percent) for line in bill_lines])
    assert (credit.subtotal, credit.tax, credit.round_off, credit.total) == (
        -bill.subtotal,
        -bill.tax,
        -bill.round_off,
        -bill.total,
    )


@given(bills)
def test_the_order_of_lines_changes_no_sum(bill_lines: list[Line]) -> None:
    assert add_up(bill_lines) == add_up(reversed(bill_lines))


@pytest.mark.parametrize(
    ("code", "day", "percent"),
    [
        ("999722", date(2025, 9, 21), Decimal(18)),
        ("999722", date(2025, 9, 22), Decimal(5)),
        ("999721", date(2017, 7, 1), Decimal(18)),
        ("999729", date(2030, 1, 1), Decimal(5)),
        ("999722", date(2017, 6, 30), None),
        ("9997", date(2026, 1, 1), None),  # washing and dyeing too begin so
        ("999711", date(2026, 1, 1), None),
        ("33049910", date(2026, 1, 1), None),
        ("", date(2026, 1, 1), None),
    ],
)
def test_the_usual_rate_depends_on_code_and_date(code: str, day: date, percent: Decimal | None) -> None:
    assert default_rate(code, day) == percent
