from uuid import UUID

import pytest

from core.kinds import BUILT_IN, Checked, UniqueClaim, check_item, custom_kind, unique_claims
from tests.core.kinds.samples import ITEMS

SPA = UUID("018f2c5e-0000-7000-8000-000000000001")


def claims_of(spa_id: UUID | str | None = SPA, **changes: object) -> tuple[UniqueClaim, ...]:
    kind = BUILT_IN["invoice_spa_bill"]
    result = check_item(kind, {**ITEMS["invoice_spa_bill"], **changes})
    assert isinstance(result, Checked), result
    return unique_claims(kind, result.values, spa_id)


def test_a_bill_claims_its_number_in_its_spa_and_financial_year() -> None:
    assert claims_of() == (
        UniqueClaim(f"invoice_spa_bill.bill_number:{SPA}:2026-27", "SB/0042", "bill_number", "Bill number"),
    )


def test_the_same_number_may_come_again_in_another_spa_or_year() -> None:
    scopes = {
        claims_of()[0].scope,
        claims_of("another")[0].scope,
        claims_of(None)[0].scope,
        claims_of(bill_date="2027-04-01")[0].scope,
    }
    assert len(scopes) == 4
    assert claims_of(bill_date="2027-03-31")[0].scope == claims_of(bill_date="2026-04-01")[0].scope


def test_capitals_and_small_letters_are_one_number() -> None:
    assert claims_of(bill_number="sb/0042") == claims_of(bill_number="SB/0042")


def test_a_claim_that_is_taken_is_a_fault_of_its_field() -> None:
    fault = claims_of()[0].taken()
    assert (fault.pointer, fault.code) == ("/bill_number", "not_unique")
    assert fault.detail == "Bill number is on another document already."


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - {"invoice_spa_bill"}))
def test_the_other_kinds_claim_nothing(name: str) -> None:
    result = check_item(BUILT_IN[name], ITEMS[name])
    assert isinstance(result, Checked)
    assert unique_claims(BUILT_IN[name], result.values, SPA) == ()


def test_what_is_not_given_is_not_claimed() -> None:
    kind = custom_kind(
        {
            "label": "Pass",
            "recipient": "holder",
            "fields": [
                {"type": "text", "name": "holder", "label": "Holder", "required": True},
                {"type": "text", "name": "serial", "label": "Serial"},
            ],
            "unique": [{"field": "serial", "within": ["spa"]}],
        }
    )
    result = check_item(kind, {"holder": "Asha"})
    assert isinstance(result, Checked)
    assert unique_claims(kind, result.values, SPA) == ()
