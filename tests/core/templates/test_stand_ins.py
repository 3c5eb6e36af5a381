from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.kinds import BUILT_IN, present
from core.templates.stand_ins import PICTURE, complete

TODAY = date(2026, 1, 5)


def completed(kind: str, raw: dict[str, Any], **options: Any) -> dict[str, Any]:
    values = complete(BUILT_IN[kind], raw, today=TODAY, **options)
    assert isinstance(values, dict), values
    return values


@pytest.mark.parametrize("kind", BUILT_IN)
def test_nothing_at_all_makes_a_document_of_every_kind(kind: str) -> None:
    required, everything = completed(kind, {}), completed(kind, {}, optional=True)

    assert required.keys() <= everything.keys() == {field.name for field in BUILT_IN[kind].fields}
    for values in (required, everything):
        assert present(BUILT_IN[kind], values)


def test_what_is_given_stays_and_what_is_missing_says_what_it_is() -> None:
    values = completed("spa_therapist", {"candidate_name": "Asha"})

    assert (values["candidate_name"], values["course_name"]) == ("Asha", "Course name")
    assert "passport_size_photo" not in values
    assert completed("spa_therapist", {}, optional=True)["passport_size_photo"] == PICTURE


def test_a_date_that_stands_in_does_not_contradict_one_that_is_given() -> None:
    past = completed("spa_therapist", {"end_date": "2020-02-01"})
    future = completed("spa_therapist", {"start_date": "2030-02-01"})

    assert past["start_date"] <= past["end_date"] == date(2020, 2, 1)
    assert date(2030, 2, 1) == future["start_date"] <= future["end_date"]


def test_rows_that_are_begun_are_filled_up() -> None:
    lines = [{"service_name": "Massage", "rate": "1000"}, {"hsn_code": "999723"}]

    bill = completed("invoice_spa_bill", {"bill_date": "2026-01-04", "lines": lines})

    assert [row["service_name"] for row in bill["lines"]] == ["Massage", "Service"]
    assert [row["tax_percent"] for row in bill["lines"]] == [Decimal(0), Decimal(5)]
    assert present(BUILT_IN["invoice_spa_bill"], bill)["subtotal"] == "₹1,000.00"


def test_what_is_given_wrong_is_told() -> None:
    faults = complete(BUILT_IN["spa_therapist"], {"start_date": "soon", "shoe_size": 42}, today=TODAY)

    assert isinstance(faults, list)
    assert {(fault.pointer, fault.code) for fault in faults} == {
        ("/start_date", "not_a_date"),
        ("/shoe_size", "unknown_field"),
    }
