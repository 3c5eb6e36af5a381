from typing import Any

import pytest

from core.kinds import (
    BUILT_IN,
    Checked,
    ImageReference,
    Kind,
    check_item,
    custom_kind,
    derive,
    placeholders,
    present,
)
from core.kinds.presentation import PLAIN
from tests.core.kinds.samples import ITEMS


def checked(kind: Kind, item: dict[str, Any]) -> Any:
    result = check_item(kind, item)
    assert isinstance(result, Checked), result
    return result.values


def presented(name: str, *, date_format: str = "dd MMM yyyy", language: str = "en", **changes: Any) -> Any:
    kind = BUILT_IN[name]
    return present(
        kind, checked(kind, {**ITEMS[name], **changes}), date_format=date_format, language=language
    )


def test_a_certificate_is_written_out() -> None:
    assert presented("spa_therapist", candidate_signature=None) == {
        "candidate_name": "अनन्या शर्मा",
        "course_name": "Balinese Massage, Level II",
        "start_date": "05\u00a0Jan 2026",
        "end_date": "31\u00a0Mar 2026",
        "passport_size_photo": ImageReference("ab" * 32),
        "duration": "2\u00a0months and 27\u00a0days",
    }


def test_dates_are_in_the_template_s_format_and_language() -> None:
    shown = presented("id_card", date_format="d MMMM yyyy", language="hi", date_of_joining="2025-09-02")
    assert shown["date_of_joining"] == "2\u00a0सितंबर 2025"


def test_a_typed_signature_is_text_and_a_drawn_one_a_picture() -> None:
    assert presented("offer_letter")["manager_signature"] == "R. Menon"
    assert presented("offer_letter", manager_signature="ab" * 32)["manager_signature"] == ImageReference(
        "ab" * 32
    )


def test_a_bill_is_written_out() -> None:
    shown = presented("invoice_spa_bill")
    assert shown["lines"][0] == {
        "service_name": "Swedish massage, 60 minutes",
        "hsn_code": "999723",
        "quantity": "1",
        "quantity.value": "1.000",
        "rate": "₹3,400.00",
        "rate.value": "3400.00",
        "tax_percent": "5",
        "tax_percent.value": "5.00",
        "amount": "₹3,400.00",
        "amount.value": "3400.00",
        "tax": "₹170.00",
        "tax.value": "170.00",
        "total": "₹3,570.00",
        "total.value": "3570.00",
    }
    assert {name: text for name, text in shown["tax_summary"][0].items() if not name.endswith(PLAIN)} == {
        "tax_percent": "5",
        "taxable": "₹5,250.00",
        "cgst_percent": "2.5",
        "cgst": "₹131.25",
        "sgst_percent": "2.5",
        "sgst": "₹131.25",
        "tax": "₹262.50",
    }
    assert (shown["subtotal"], shown["round_off"], shown["total"]) == ("₹7,209.98", "−₹0.28", "₹7,825.00")


def test_a_cell_that_a_row_does_not_give_is_missing_from_it() -> None:
    shown = presented("daily_sheet")["rows"]
    assert shown[0]["time_in"] == "09:00"
    assert "time_in" not in shown[1]
    assert shown[3]["amount"] == "−₹400.00"


def test_a_table_without_rows_is_there() -> None:
    assert presented("daily_sheet", rows=[])["rows"] == ()


def test_identity_numbers_are_never_shown_whole() -> None:
    kind = custom_kind(
        {
            "label": "Pass",
            "recipient": "holder",
            "fields": [
                {"type": "text", "name": "holder", "label": "Holder", "required": True},
                {"type": "text", "name": "aadhaar", "label": "Aadhaar", "format": "aadhaar"},
                {"type": "text", "name": "pan", "label": "PAN", "format": "pan"},
                {"type": "text", "name": "licence", "label": "Licence", "masked": True},
                {"type": "bool", "name": "paid", "label": "Paid"},
                {"type": "integer", "name": "visits", "label": "Visits"},
                {
                    "type": "rows",
                    "name": "papers",
                    "label": "Papers",
                    "columns": [{"type": "text", "name": "pan", "label": "PAN", "format": "pan"}],
                },
            ],
        }
    )
    item = {
        "holder": "Asha",
        "aadhaar": "234567890124",
        "pan": "ABCDE1234F",
        "licence": "KA-01-2020-0012345",
        "paid": True,
        "visits": 123456,
        "papers": [{"pan": "ABCDE1234F"}],
    }
    assert present(kind, checked(kind, item)) == {
        "holder": "Asha",
        "aadhaar": "XXXX XXXX 0124",
        "pan": "XXXXXX234F",
        "licence": "XX-XX-XXXX-XXX2345",
        "paid": "Yes",
        "visits": "1,23,456",
        "papers": ({"pan": "XXXXXX234F"},),
    }


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_all_that_is_shown_is_announced_and_all_that_is_always_there_is_shown(name: str) -> None:
    known = {placeholder.name: placeholder for placeholder in placeholders(BUILT_IN[name])}
    shown = presented(name)
    assert shown.keys() <= known.keys()
    assert {placeholder.name for placeholder in known.values() if placeholder.always} <= shown.keys()
    for table in (value for value in known.values() if value.shows == "rows"):
        columns = {column.name for column in table.columns}
        assert all({cell.removesuffix(PLAIN) for cell in row} <= columns for row in shown[table.name])


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_an_item_with_only_what_is_required_shows_all_that_is_always_there(name: str) -> None:
    kind = BUILT_IN[name]
    required = {field.name for field in kind.fields if field.required}
    values = checked(kind, {field: value for field, value in ITEMS[name].items() if field in required})
    assert {placeholder.name for placeholder in placeholders(kind) if placeholder.always} == present(
        kind, values
    ).keys()


def test_placeholders_say_what_they_are() -> None:
    known = {placeholder.name: placeholder for placeholder in placeholders(BUILT_IN["invoice_spa_bill"])}
    assert known["bill_date"].shows == "date"
    assert known["card_number"].always is False
    assert known["total"].shows == "money"
    assert known["total"].label == "Total"
    assert [column.name for column in known["lines"].columns] == [
        "service_name",
        "hsn_code",
        "quantity",
        "rate",
        "tax_percent",
        "amount",
        "tax",
        "total",
    ]
    assert BUILT_IN["offer_letter"].placeholders["manager_signature"].shows == "signature"


def test_deriving_changes_nothing_that_was_checked() -> None:
    kind = BUILT_IN["invoice_spa_bill"]
    values = checked(kind, ITEMS["invoice_spa_bill"])
    before = repr(values)
    derive(kind, values)
    present(kind, values)
    assert repr(values) == before
