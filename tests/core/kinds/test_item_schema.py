from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from core.kinds import BUILT_IN, item_json_schema
from tests.core.kinds.samples import ITEMS


def schema_of(name: str) -> dict[str, Any]:
    kind = BUILT_IN[name]
    return item_json_schema(kind.fields, kind.rules, kind.label)


def is_valid(name: str, **changes: object) -> bool:
    return bool(Draft202012Validator(schema_of(name)).is_valid({**ITEMS[name], **changes}))


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_it_is_a_schema_and_takes_what_the_checker_takes(name: str) -> None:
    Draft202012Validator.check_schema(schema_of(name))
    assert is_valid(name)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("id_card", {"candidate_name": ""}),
        ("id_card", {"hobby": "chess"}),
        ("id_card", {"contact_number": "call me"}),
        ("id_card", {"candidate_photo": "photo.jpg"}),
        ("offer_letter", {"salary": "a lot"}),
        ("offer_letter", {"salary": "1.005"}),
        ("offer_letter", {"salary": 0}),
        ("offer_letter", {"salary": 10**10}),
        ("offer_letter", {"manager_signature": {"name": "Asha"}}),
        ("invoice_spa_bill", {"payment_mode": "Bitcoin"}),
        ("invoice_spa_bill", {"bill_number": "SB 42"}),
        ("invoice_spa_bill", {"lines": []}),
        ("invoice_spa_bill", {"lines": [{"service_name": "Facial"}]}),
        ("invoice_spa_bill", {"lines": [{"service_name": "Facial", "rate": 1, "qty": 2}]}),
        ("daily_sheet", {"rows": [ITEMS["daily_sheet"]["rows"][0]] * 501}),
    ],
)
def test_it_refuses_what_the_checker_refuses(name: str, changes: dict[str, Any]) -> None:
    assert not is_valid(name, **changes)


def test_it_takes_pictures_by_id_and_inline() -> None:
    assert is_valid("id_card", candidate_photo="ab" * 32)
    assert is_valid("id_card", candidate_photo="data:image/jpeg;base64,/9j/4AAQ")
    assert not is_valid("id_card", candidate_photo="data:text/html;base64,AAAA")


def test_what_has_a_default_need_not_be_given() -> None:
    schema = schema_of("manager_salary")
    assert schema["required"] == ["manager_name", "joining_date", "monthly_salary"]
    assert schema["properties"]["position"]["default"] == "Manager"
    columns = schema_of("invoice_spa_bill")["properties"]["lines"]["items"]
    assert columns["required"] == ["service_name", "rate"]
    assert columns["properties"]["quantity"]["default"] == "1"


def test_it_tells_a_form_what_to_show() -> None:
    schema = schema_of("appointment_letter")
    assert schema["title"] == "Appointment letter"
    shown = {
        name: (part["title"], part["x-certmill-type"], part["x-certmill-widget"], part["x-certmill-order"])
        for name, part in schema["properties"].items()
    }
    assert shown == {
        "employee_name": ("Employee name", "text", "text", 1),
        "position": ("Position", "text", "text", 2),
        "start_date": ("Start date", "date", "date", 3),
        "salary": ("Salary", "money", "money", 4),
        "manager_signature": ("Manager's signature", "image", "signature", 5),
        "probation": ("Probation", "text", "textarea", 6),
        "hours": ("Hours of work", "text", "textarea", 7),
        "leave": ("Leave", "text", "textarea", 8),
        "notice": ("Notice", "text", "textarea", 9),
    }
    assert schema["properties"]["manager_signature"]["description"] == "A picture or a typed name"


def test_it_tells_a_form_which_rules_hold_between_fields() -> None:
    assert schema_of("spa_therapist")["x-certmill-rules"] == [
        {"rule": "date_order", "earlier": "start_date", "later": "end_date"}
    ]
    assert "x-certmill-rules" not in schema_of("offer_letter")
