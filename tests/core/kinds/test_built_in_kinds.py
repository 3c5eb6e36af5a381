from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.kinds import (
    BUILT_IN,
    Checked,
    ImageReference,
    TypedName,
    check_item,
    derive,
    kind_to_json,
    parse_kind,
    recipient_name,
)
from core.kinds.values import rows_of
from tests.core.kinds.samples import ITEMS, PHOTO

# KINDS.md: fields in their order, a star after what is required.
FIELDS = {
    "spa_therapist": "candidate_name* course_name* start_date* end_date* passport_size_photo candidate_signature",
    "manager_salary": "manager_name* position* joining_date* monthly_salary* salary_breakdown",
    "offer_letter": "employee_name* position* start_date* salary* manager_signature",
    "experience_letter": "candidate_name* position* joining_date* end_date* salary",
    "appointment_letter": "employee_name* position* start_date* salary* manager_signature* probation hours leave notice",
    "invoice_spa_bill": "bill_number* bill_date* payment_mode* card_number customer_name* customer_address lines*",
    "id_card": "candidate_name* designation* date_of_joining* contact_number* candidate_photo issue_date",
    "daily_sheet": "sheet_date* rows",
}
COLUMNS = {
    ("manager_salary", "salary_breakdown"): "month salary",
    ("invoice_spa_bill", "lines"): "service_name hsn_code quantity rate tax_percent",
    ("daily_sheet", "rows"): "client service therapist room time_in time_out amount payment_mode",
}


def checked(name: str, **changes: object) -> dict[str, Any]:
    result = check_item(BUILT_IN[name], {**ITEMS[name], **changes})
    assert isinstance(result, Checked), result
    return result.values


def faults(name: str, **changes: object) -> list[tuple[str, str]]:
    result = check_item(BUILT_IN[name], {**ITEMS[name], **changes})
    assert isinstance(result, list), result
    return [(fault.pointer, fault.code) for fault in result]


def test_there_are_eight_with_the_fields_that_were_agreed() -> None:
    found = {
        name: " ".join(field.name + "*" * field.required for field in kind.fields)
        for name, kind in BUILT_IN.items()
    }
    assert found == FIELDS


def test_their_tables_have_the_columns_that_were_agreed() -> None:
    found = {
        (kind.name, field.name): " ".join(column.name for column in field.columns)
        for kind in BUILT_IN.values()
        for field in kind.fields
        if field.type == "rows"
    }
    assert found == COLUMNS


def test_each_has_a_prefix_of_its_own_for_its_numbers() -> None:
    assert {name: kind.number_prefix for name, kind in BUILT_IN.items()} == {
        "spa_therapist": "THR",
        "manager_salary": "SAL",
        "offer_letter": "OFR",
        "experience_letter": "EXP",
        "appointment_letter": "APT",
        "invoice_spa_bill": "INV",
        "id_card": "IDC",
        "daily_sheet": "DSR",
    }


def test_only_certificates_and_offers_may_do_without_a_spa() -> None:
    assert {name for name, kind in BUILT_IN.items() if not kind.spa_required} == {
        "spa_therapist",
        "offer_letter",
    }


@pytest.mark.parametrize("name", FIELDS)
def test_an_item_of_each_is_taken(name: str) -> None:
    assert checked(name)


@pytest.mark.parametrize("name", FIELDS)
def test_an_empty_item_lacks_exactly_what_is_required_and_has_no_default(name: str) -> None:
    result = check_item(BUILT_IN[name], {})
    assert isinstance(result, list)
    wanted = [f"/{field[:-1]}" for field in FIELDS[name].split() if field.endswith("*")]
    if name == "manager_salary":
        wanted.remove("/position")
    assert [fault.pointer for fault in result] == wanted
    assert {fault.code for fault in result} == {"missing"}


@pytest.mark.parametrize("name", FIELDS)
def test_a_kind_is_data_that_survives_a_column(name: str) -> None:
    kind = BUILT_IN[name]
    assert parse_kind(kind_to_json(kind)) == kind


def test_a_therapist_certificate_holds_typed_values() -> None:
    assert checked("spa_therapist") == {
        "candidate_name": "अनन्या शर्मा",
        "course_name": "Balinese Massage, Level II",
        "start_date": date(2026, 1, 5),
        "end_date": date(2026, 3, 31),
        "passport_size_photo": ImageReference("ab" * 32),
        "candidate_signature": ImageReference("cd" * 32),
    }


def test_a_manager_is_a_manager_unless_said_otherwise() -> None:
    assert checked("manager_salary")["position"] == "Manager"
    assert checked("manager_salary", position=" ")["position"] == "Manager"
    assert checked("manager_salary", position="Spa Manager")["position"] == "Spa Manager"


def test_a_salary_is_told_in_words_and_summed() -> None:
    kind = BUILT_IN["manager_salary"]
    assert derive(kind, checked("manager_salary")) == {
        "monthly_salary_in_words": "Rupees Ninety-Two Thousand Only",
        "salary_total": Decimal("184000.50"),
        "salary_total_in_words": "Rupees One Lakh Eighty-Four Thousand and Fifty Paise Only",
    }


def test_a_signature_is_a_picture_or_a_typed_name() -> None:
    assert checked("offer_letter")["manager_signature"] == TypedName("R. Menon")
    assert checked("offer_letter", manager_signature=PHOTO)["manager_signature"] == ImageReference("ab" * 32)
    assert checked("appointment_letter")["manager_signature"] == TypedName("Asha Rao")
    assert "manager_signature" not in checked("offer_letter", manager_signature=None)


def test_an_experience_counts_both_its_ends() -> None:
    kind = BUILT_IN["experience_letter"]
    assert (
        derive(kind, checked("experience_letter"))["duration"]
        == "4\u00a0years, 9\u00a0months and 18\u00a0days"
    )


def test_what_is_derived_from_an_absent_value_is_absent() -> None:
    kind = BUILT_IN["experience_letter"]
    assert "salary_in_words" not in derive(kind, checked("experience_letter", salary=None))


@pytest.mark.parametrize(("name", "first", "last"), [
    ("spa_therapist", "start_date", "end_date"), ("experience_letter", "joining_date", "end_date"),
])  # fmt: skip
def test_nothing_ends_before_it_begins(name: str, first: str, last: str) -> None:
    assert faults(name, **{first: "2026-04-01", last: "2026-03-31"}) == [(f"/{last}", "date_order")]
    assert checked(name, **{first: "2026-03-31", last: "2026-03-31"})


def test_clauses_keep_their_lines() -> None:
    assert checked("appointment_letter")["probation"] == "Six months.\nIt may be extended once."


def test_a_line_without_a_rate_has_the_one_of_the_bill_s_date() -> None:
    rates = [line["tax_percent"] for line in checked("invoice_spa_bill")["lines"]]
    assert rates == [5, 5, 18]
    before = checked("invoice_spa_bill", bill_date="2025-09-21")["lines"]
    assert [line["tax_percent"] for line in before] == [18, 5, 18]


def test_a_line_whose_code_has_no_usual_rate_must_name_it() -> None:
    lines = [
        {"service_name": "Cream", "hsn_code": "33049910", "rate": "100"},
        {"service_name": "Tea", "rate": 20},
    ]
    result = check_item(BUILT_IN["invoice_spa_bill"], {**ITEMS["invoice_spa_bill"], "lines": lines})
    assert isinstance(result, list)
    assert [(fault.pointer, fault.code) for fault in result] == [
        ("/lines/0/tax_percent", "missing"),
        ("/lines/1/tax_percent", "missing"),
    ]
    assert result[1].detail == "Lines, row 2: GST % is missing; its code has no usual rate."


def test_a_bill_adds_up() -> None:
    derived = derive(BUILT_IN["invoice_spa_bill"], checked("invoice_spa_bill"))
    assert derived["subtotal"] == Decimal("7209.98")
    assert derived["tax_total"] == Decimal("615.30")
    assert derived["round_off"] == Decimal("-0.28")
    assert derived["total"] == Decimal("7825.00")
    assert derived["total_in_words"] == "Rupees Seven Thousand Eight Hundred Twenty-Five Only"
    assert derived["bill_title"] == "Tax Invoice"
    assert derived["financial_year"] == "2026-27"
    assert [(line["amount"], line["tax"], line["total"]) for line in rows_of(derived, "lines")] == [
        (Decimal("3400.00"), Decimal("170.00"), Decimal("3570.00")),
        (Decimal("1850.00"), Decimal("92.50"), Decimal("1942.50")),
        (Decimal("1959.98"), Decimal("352.80"), Decimal("2312.78")),
    ]
    assert [
        (row["cgst_percent"], row["cgst"], row["sgst_percent"], row["sgst"])
        for row in rows_of(derived, "tax_summary")
    ] == [
        (Decimal("2.5"), Decimal("131.25"), Decimal("2.5"), Decimal("131.25")),
        (Decimal(9), Decimal("176.40"), Decimal(9), Decimal("176.40")),
    ]


def test_amounts_below_zero_make_a_credit_note() -> None:
    lines = [
        {
            "service_name": "Facial, cancelled",
            "hsn_code": "999722",
            "quantity": -1,
            "rate": "3200.50",
            "tax_percent": 5,
        }
    ]
    derived = derive(BUILT_IN["invoice_spa_bill"], checked("invoice_spa_bill", lines=lines))
    assert derived["bill_title"] == "Credit Note"
    assert (derived["total"], derived["round_off"]) == (Decimal("-3361.00"), Decimal("-0.47"))
    assert derived["total_in_words"] == "Minus Rupees Three Thousand Three Hundred Sixty-One Only"


def test_a_bill_without_tax_is_a_bill_of_supply() -> None:
    lines = [{"service_name": "Gift card", "rate": "500", "tax_percent": 0}]
    assert (
        derive(BUILT_IN["invoice_spa_bill"], checked("invoice_spa_bill", lines=lines))["bill_title"]
        == "Bill of Supply"
    )


def test_a_card_number_goes_with_a_payment_that_has_one() -> None:
    assert faults("invoice_spa_bill", payment_mode="Cash") == [("/card_number", "not_expected")]
    assert checked("invoice_spa_bill", payment_mode="UPI", card_number="UPI 429918273645")
    assert checked("invoice_spa_bill", card_number=None)
    assert faults("invoice_spa_bill", card_number="4111111111111111") == [
        ("/card_number", "full_card_number")
    ]


@pytest.mark.parametrize("number", ["SB 42", "SB_42", "ABCDEFGHIJKLMNOPQ", "बिल-42"])
def test_a_bill_number_is_what_the_law_allows(number: Decimal | int) -> None:
    ((pointer, code),) = faults("invoice_spa_bill", bill_number=number)
    assert pointer == "/bill_number"
    assert code in ("bad_bill_number", "too_long")


def test_a_bill_has_lines() -> None:
    assert faults("invoice_spa_bill", lines=[]) == [("/lines", "too_few_rows")]
    assert faults("invoice_spa_bill", lines=None) == [("/lines", "missing")]


def test_a_bill_past_the_range_of_money_is_refused() -> None:
    dear = {"service_name": "Island", "rate": "9999999999.99", "tax_percent": 18}
    half = {**dear, "rate": "5000000000"}
    assert faults("invoice_spa_bill", lines=[dear]) == [("/lines/0", "money_range")]
    assert faults("invoice_spa_bill", lines=[half, {**dear, "quantity": "-99999"}]) == [
        ("/lines/1", "money_range")
    ]
    assert faults("invoice_spa_bill", lines=[half, half]) == [("/lines", "money_range")]
    assert checked("invoice_spa_bill", lines=[half, half, {**half, "quantity": -1}])
    assert checked("invoice_spa_bill", lines=[{**dear, "rate": "8000000000"}])


def test_a_day_is_totalled_by_mode_and_by_therapist() -> None:
    derived = derive(BUILT_IN["daily_sheet"], checked("daily_sheet"))
    assert derived["totals_by_mode"] == (
        {"payment_mode": "Cash", "count": 2, "amount": Decimal("300.00")},
        {"payment_mode": "UPI", "count": 2, "amount": Decimal("2380.00")},
    )
    assert derived["totals_by_therapist"] == (
        {"therapist": "anthony Raj", "count": 1, "amount": Decimal("700.00")},
        {"therapist": "Priya Rai", "count": 2, "amount": Decimal("1000.00")},
        {"therapist": "—", "count": 1, "amount": Decimal("980.00")},
    )
    assert derived["day_total"] == Decimal("2680.00")
    assert derived["service_count"] == 4


def test_a_day_may_have_no_service_and_at_most_five_hundred() -> None:
    row = ITEMS["daily_sheet"]["rows"][0]
    empty = checked("daily_sheet", rows=None)
    assert empty["rows"] == ()
    assert derive(BUILT_IN["daily_sheet"], empty)["day_total"] == 0
    assert len(checked("daily_sheet", rows=[row] * 500)["rows"]) == 500
    assert faults("daily_sheet", rows=[row] * 501) == [("/rows", "too_many_rows")]


def test_a_day_past_the_range_of_money_is_refused() -> None:
    row = {**ITEMS["daily_sheet"]["rows"][0], "amount": "9999999999.99"}
    assert faults("daily_sheet", rows=[row, row]) == [("/rows", "money_range")]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("spa_therapist", "अनन्या शर्मा"),
        ("manager_salary", "ಸುಮಾ ಹೆಗಡೆ"),
        ("offer_letter", "Rukhsana Merchant"),
        ("experience_letter", "ঋত্বিকা সেন"),
        ("appointment_letter", "محمد عرفان"),
        ("invoice_spa_bill", "ಶ್ರುತಿ ರಾವ್"),
        ("id_card", "கவிதா சுப்பிரமணியம்"),
        ("daily_sheet", "Sukoon Spa, 14 Nov 2026"),
    ],
)
def test_a_listing_shows_who_a_document_is_for(name: str, shown: str) -> None:
    assert recipient_name(BUILT_IN[name], checked(name), spa_name="Sukoon Spa") == shown
