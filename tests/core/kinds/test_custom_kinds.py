import json
import time
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from core.kinds import (
    BUILT_IN,
    Checked,
    InvalidKind,
    check_item,
    custom_kind,
    derive,
    kind_json_schema,
    kind_to_json,
    parse_kind,
    recipient_name,
    unique_claims,
)

GUEST = {"type": "text", "name": "guest", "label": "Guest", "required": True}
VOUCHER = {
    "label": "Gift voucher",
    "description": "Worth a treatment",
    "number_prefix": "GFT",
    "recipient": "guest",
    "fields": [
        GUEST,
        {"type": "money", "name": "worth", "label": "Worth", "required": True, "minimum": "500"},
        {"type": "date", "name": "from_day", "label": "From", "required": True},
        {"type": "date", "name": "to_day", "label": "To", "required": True},
        {
            "type": "choice",
            "name": "delivery",
            "label": "Delivery",
            "choices": ["Post", "Mail"],
            "default": "Mail",
        },
        {"type": "text", "name": "address", "label": "Address", "multi_line": True},
        {"type": "text", "name": "mail", "label": "E-mail", "format": "email"},
        {"type": "text", "name": "serial", "label": "Serial", "pattern": "GV-[0-9]{4}", "required": True},
        {
            "type": "rows",
            "name": "services",
            "label": "Services",
            "columns": [
                {"type": "text", "name": "service", "label": "Service", "required": True},
                {"type": "money", "name": "price", "label": "Price", "required": True},
            ],
        },
    ],
    "derived": [
        {"derive": "total", "name": "sum", "label": "Sum", "rows": "services", "column": "price"},
        {"derive": "money_in_words", "name": "sum_in_words", "label": "Sum in words", "of": "sum"},
        {
            "derive": "duration",
            "name": "valid_for",
            "label": "Valid for",
            "first": "from_day",
            "last": "to_day",
        },
    ],
    "rules": [
        {"rule": "date_order", "earlier": "from_day", "later": "to_day"},
        {"rule": "required_when", "field": "address", "when": "delivery", "is_one_of": ["Post"]},
        {"rule": "only_when", "field": "mail", "when": "delivery", "is_one_of": ["Mail"]},
    ],
    "unique": [{"field": "serial"}],
}
ITEM = {
    "guest": "Asha",
    "worth": 1500,
    "from_day": "2026-01-01",
    "to_day": "2026-12-31",
    "serial": "GV-0042",
    "services": [{"service": "Facial", "price": "999.50"}],
}


def faults_of(declaration: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidKind) as invalid:
        custom_kind(declaration)
    assert invalid.value.code == "invalid_kind"
    return [(fault.pointer, fault.code) for fault in invalid.value.faults]


def with_fields(*fields: object, **more: object) -> dict[str, Any]:
    return {"label": "Thing", "recipient": "guest", "fields": [GUEST, *fields], **more}


def test_a_user_brings_a_kind_and_it_works_like_any_other() -> None:
    kind = custom_kind(VOUCHER)
    assert (kind.name, kind.label, kind.number_prefix) == ("gift_voucher", "Gift voucher", "GFT")
    result = check_item(kind, ITEM)
    assert isinstance(result, Checked)
    assert result.values["delivery"] == "Mail"
    assert recipient_name(kind, result.values, spa_name=None) == "Asha"
    assert (
        derive(kind, result.values)["sum_in_words"] == "Rupees Nine Hundred Ninety-Nine and Fifty Paise Only"
    )
    assert derive(kind, result.values)["valid_for"] == "1\u00a0year"
    assert [(claim.scope, claim.value) for claim in unique_claims(kind, result.values, None)] == [
        ("gift_voucher.serial", "GV-0042")
    ]


def test_its_rules_hold() -> None:
    result = check_item(
        custom_kind(VOUCHER), {**ITEM, "delivery": "Post", "mail": "a@b.in", "to_day": "2025-12-31"}
    )
    assert isinstance(result, list)
    assert [(fault.pointer, fault.code, fault.detail) for fault in result] == [
        ("/to_day", "date_order", "To is before From."),
        ("/address", "missing", "Address is missing; Delivery is Post."),
        ("/mail", "not_expected", "E-mail is given, but Delivery is not Mail."),
    ]


def test_a_kind_survives_a_column() -> None:
    kind = custom_kind(VOUCHER)
    assert parse_kind(json.loads(json.dumps(kind_to_json(kind)))) == kind


def test_a_name_may_be_given_where_the_label_is_in_another_script() -> None:
    assert custom_kind(with_fields(label="उपहार", name="gift")).name == "gift"
    assert custom_kind(with_fields(label="Café crème Nº 2")).name == "cafe_creme_no_2"
    assert faults_of(with_fields(label="उपहार")) == [("/name", "missing")]


@pytest.mark.parametrize("declaration", [None, [], "kind", 5])
def test_a_declaration_is_an_object(declaration: object) -> None:
    assert faults_of(declaration) == [("", "not_an_object")]


def test_no_kind_passes_for_one_of_the_house_s_own() -> None:
    assert faults_of(with_fields(label=" therapist Certificate ")) == [("/label", "label_taken")]
    assert faults_of(with_fields(label="Badge", number_prefix="THR")) == [("/number_prefix", "prefix_taken")]


def test_a_built_in_name_is_taken() -> None:
    assert faults_of(with_fields(label="Offer letter")) == [("/name", "name_taken")]
    assert parse_kind(kind_to_json(BUILT_IN["offer_letter"])) == BUILT_IN["offer_letter"]


@pytest.mark.parametrize(
    ("field", "pointer", "code"),
    [
        ({"name": "x", "label": "X"}, "/fields/1/type", "missing"),
        ({"type": "colour", "name": "x", "label": "X"}, "/fields/1/type", "unknown_type"),
        ({"type": "text", "label": "X"}, "/fields/1/name", "missing"),
        ({"type": "text", "name": "Full Name", "label": "X"}, "/fields/1/name", "invalid"),
        ({"type": "text", "name": "_x", "label": "X"}, "/fields/1/name", "invalid"),
        ({"type": "text", "name": "x" * 41, "label": "X"}, "/fields/1/name", "invalid"),
        ({"type": "text", "name": "x\n", "label": "X"}, "/fields/1/name", "invalid"),
        ({"type": "text", "name": "__class__", "label": "X"}, "/fields/1/name", "invalid"),
        ({"type": "text", "name": "x", "label": " "}, "/fields/1/label", "invalid"),
        ({"type": "text", "name": "x", "label": "X\u202e"}, "/fields/1/label", "invalid"),
        ({"type": "text", "name": "x", "label": "X" * 81}, "/fields/1/label", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "text": 1}, "/fields/1/text", "unknown_option"),
        ({"type": "text", "name": "x", "label": "X", "max_length": 0}, "/fields/1/max_length", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "max_length": 10**9}, "/fields/1/max_length", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "format": "iban"}, "/fields/1/format", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "pattern": "(a"}, "/fields/1/pattern", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "pattern": "a)|(?:b"}, "/fields/1/pattern", "invalid"),
        ({"type": "text", "name": "x", "label": "X", "pattern": "(?=a)b"}, "/fields/1/pattern", "invalid"),
        (
            {"type": "text", "name": "x", "label": "X", "pattern": r"(\w{90}){90}"},
            "/fields/1/pattern",
            "invalid",
        ),
        ({"type": "text", "name": "x", "label": "X", "default": "a\nb"}, "/fields/1", "invalid"),
        ({"type": "money", "name": "x", "label": "X", "minimum": "1.005"}, "/fields/1/minimum", "invalid"),
        ({"type": "money", "name": "x", "label": "X", "minimum": "NaN"}, "/fields/1/minimum", "invalid"),
        ({"type": "money", "name": "x", "label": "X", "minimum": 5, "maximum": 4}, "/fields/1", "invalid"),
        ({"type": "number", "name": "x", "label": "X", "decimals": 7}, "/fields/1/decimals", "invalid"),
        ({"type": "integer", "name": "x", "label": "X", "maximum": 3, "default": 4}, "/fields/1", "invalid"),
        ({"type": "date", "name": "x", "label": "X", "earliest": "soon"}, "/fields/1/earliest", "invalid"),
        ({"type": "choice", "name": "x", "label": "X"}, "/fields/1/choices", "missing"),
        ({"type": "choice", "name": "x", "label": "X", "choices": []}, "/fields/1/choices", "invalid"),
        ({"type": "choice", "name": "x", "label": "X", "choices": ["a", "a"]}, "/fields/1", "invalid"),
        (
            {"type": "choice", "name": "x", "label": "X", "choices": ["a"], "default": "b"},
            "/fields/1",
            "invalid",
        ),
        ({"type": "image", "name": "x", "label": "X", "default": "a"}, "/fields/1/default", "unknown_option"),
        ({"type": "rows", "name": "x", "label": "X", "columns": []}, "/fields/1/columns", "invalid"),
        (
            {
                "type": "rows",
                "name": "x",
                "label": "X",
                "columns": [{"type": "image", "name": "y", "label": "Y"}],
            },
            "/fields/1/columns/0/type",
            "unknown_type",
        ),
        (
            {"type": "rows", "name": "x", "label": "X", "columns": [{"type": "text", "name": "y"}]},
            "/fields/1/columns/0/label",
            "missing",
        ),
        ({"type": "rows", "name": "x", "label": "X", "columns": [GUEST, GUEST]}, "/fields/1", "invalid"),
        (
            {"type": "rows", "name": "x", "label": "X", "columns": [{**GUEST, "name": "row"}]},
            "/fields/1",
            "invalid",
        ),
        (
            {"type": "rows", "name": "x", "label": "X", "columns": [GUEST], "min_rows": 9, "max_rows": 8},
            "/fields/1",
            "invalid",
        ),
        (
            {"type": "rows", "name": "x", "label": "X", "columns": [GUEST], "max_rows": 1001},
            "/fields/1/max_rows",
            "invalid",
        ),
        ("text", "/fields/1", "invalid"),
        ({"type": "text", "name": "guest", "label": "X"}, "/fields/1/name", "name_taken"),
        ({"type": "text", "name": "number", "label": "X"}, "/fields/1/name", "name_taken"),
        ({"type": "text", "name": "spa", "label": "X"}, "/fields/1/name", "name_taken"),
    ],
)
def test_a_field_that_cannot_be_is_refused_where_it_stands(field: object, pointer: str, code: str) -> None:
    assert (pointer, code) in faults_of(with_fields(field))


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"recipient": "nobody"}, "/recipient", "inconsistent"),
        ({"recipient": "optional"}, "/recipient", "inconsistent"),
        ({"recipient": "day"}, "/recipient", "inconsistent"),
        ({"recipient": {"spa_and_date": "guest"}}, "/recipient", "inconsistent"),
        ({"recipient": {"spa": "day"}}, "/recipient/spa", "unknown_option"),
        ({"recipient": None}, "/recipient", "invalid"),
        ({"number_prefix": "lower"}, "/number_prefix", "invalid"),
        ({"label": ""}, "/label", "invalid"),
        ({"name": "Gift Voucher"}, "/name", "invalid"),
        ({"feilds": []}, "/feilds", "unknown_option"),
        ({"fields": []}, "/fields", "invalid"),
        ({"fields": "guest"}, "/fields", "invalid"),
        ({"fields": [{**GUEST, "name": f"guest{n}"} for n in range(61)]}, "/fields", "invalid"),
        ({"derived": [{"derive": "magic", "name": "x", "label": "X"}]}, "/derived/0/derive", "unknown_type"),
        (
            {"derived": [{"derive": "money_in_words", "name": "x", "label": "X", "of": "guest"}]},
            "/derived/0",
            "inconsistent",
        ),
        (
            {"derived": [{"derive": "count", "name": "guest", "label": "X", "rows": "table"}]},
            "/derived/0",
            "inconsistent",
        ),
        (
            {"derived": [{"derive": "count", "name": "page", "label": "X", "rows": "table"}]},
            "/derived/0",
            "inconsistent",
        ),
        (
            {"derived": 2 * [{"derive": "count", "name": "c", "label": "X", "rows": "table"}]},
            "/derived/1",
            "inconsistent",
        ),
        (
            {"derived": [{"derive": "total", "name": "x", "label": "X", "rows": "table", "column": "guest"}]},
            "/derived/0",
            "inconsistent",
        ),
        (
            {
                "derived": [
                    {"derive": "gst_bill", "lines": "table", "quantity": "n", "rate": "n", "tax_percent": "n"}
                ]
            },
            "/derived/0",
            "inconsistent",
        ),
        ({"rules": [{"rule": "date_order", "earlier": "day", "later": "guest"}]}, "/rules/0", "inconsistent"),
        ({"rules": [{"rule": "date_order", "earlier": "day"}]}, "/rules/0/later", "missing"),
        (
            {"rules": [{"rule": "only_when", "field": "day", "when": "way", "is_one_of": ["up", "down"]}]},
            "/rules/0",
            "inconsistent",
        ),
        (
            {"rules": [{"rule": "required_when", "field": "?", "when": "way", "is_one_of": ["up"]}]},
            "/rules/0/field",
            "invalid",
        ),
        ({"unique": [{"field": "day"}]}, "/unique/0", "inconsistent"),
        (
            {"unique": [{"field": "guest", "within": [{"financial_year": "guest"}]}]},
            "/unique/0",
            "inconsistent",
        ),
    ],
)
def test_a_kind_whose_parts_do_not_fit_is_refused_where_it_stands(
    more: dict[str, Any], pointer: str, code: str
) -> None:
    fields = (
        {"type": "text", "name": "optional", "label": "Optional"},
        {"type": "date", "name": "day", "label": "Day"},
        {"type": "choice", "name": "way", "label": "Way", "choices": ["up"]},
        {"type": "rows", "name": "table", "label": "Table", "columns": [GUEST]},
    )
    assert custom_kind(with_fields(*fields)).name == "thing"
    assert (pointer, code) in faults_of({**with_fields(*fields), **more})


def test_every_fault_of_a_declaration_is_named_at_once() -> None:
    fields = [{"type": "text"}, {"type": "money", "name": "A", "label": "A", "max": 1}]
    assert set(faults_of({"recipient": "guest", "fields": fields, "colour": "red"})) == {
        ("/name", "missing"),
        ("/label", "missing"),
        ("/colour", "unknown_option"),
        ("/fields/0/name", "missing"),
        ("/fields/0/label", "missing"),
        ("/fields/1/name", "invalid"),
        ("/fields/1/max", "unknown_option"),
    }


def test_details_say_where_and_what() -> None:
    with pytest.raises(InvalidKind) as invalid:
        custom_kind(with_fields({"type": "text", "name": "x"}, feilds=[]))
    assert [fault.detail for fault in invalid.value.faults] == [
        "fields[2].label is missing.",
        "feilds is no option here (did you mean fields?).",
    ]
    assert invalid.value.detail.endswith("fields[2].label is missing. It has 1 other fault.")


def test_a_bill_of_one_s_own_needs_no_default_rate() -> None:
    columns = [
        {"type": "number", "name": "hours", "label": "Hours"},
        {"type": "money", "name": "per_hour", "label": "Per hour", "required": True},
        {"type": "number", "name": "gst", "label": "GST"},
    ]
    kind = custom_kind(
        with_fields(
            {"type": "rows", "name": "work", "label": "Work", "columns": columns},
            derived=[
                {
                    "derive": "gst_bill",
                    "lines": "work",
                    "quantity": "hours",
                    "rate": "per_hour",
                    "tax_percent": "gst",
                }
            ],
        )
    )
    result = check_item(
        kind, {"guest": "Asha", "work": [{"hours": 2, "per_hour": 100, "gst": 18}, {"per_hour": 100}]}
    )
    assert isinstance(result, list)
    assert [(fault.pointer, fault.code) for fault in result] == [
        ("/work/1/hours", "missing"),
        ("/work/1/gst", "missing"),
    ]
    result = check_item(kind, {"guest": "Asha", "work": [{"hours": 2, "per_hour": 100, "gst": 18}]})
    assert isinstance(result, Checked)
    assert derive(kind, result.values)["total"] == 236


def test_numbers_without_bounds_of_their_own_still_add_up_to_money_or_not_at_all() -> None:
    columns = [
        {"type": "number", "name": "n", "label": "N", "required": True, "decimals": 6},
        {"type": "money", "name": "each", "label": "Each", "required": True},
        {"type": "number", "name": "gst", "label": "GST", "required": True},
    ]
    bill = {"derive": "gst_bill", "lines": "work", "quantity": "n", "rate": "each", "tax_percent": "gst"}
    table = {"type": "rows", "name": "work", "label": "Work", "columns": columns}
    kind = custom_kind(with_fields(table, derived=[bill]))
    row = {"n": "999999999999.999999", "each": "9999999999.99", "gst": 10**12}
    for change in ({}, {"n": 1}, {"n": 1, "each": 1}, {"n": 1, "gst": -(10**12)}, {"gst": 0}):
        result = check_item(kind, {"guest": "Asha", "work": [row | change]})
        assert isinstance(result, list)
        assert [(fault.pointer, fault.code) for fault in result] == [("/work/0", "money_range")]


def test_the_language_has_a_schema_that_agrees() -> None:
    schema = kind_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(VOUCHER)
    assert all(validator.is_valid(kind_to_json(kind)) for kind in BUILT_IN.values())
    assert not validator.is_valid(with_fields({"type": "text", "name": "x"}))
    assert not validator.is_valid(with_fields({"type": "text", "name": "X", "label": "X"}))


def patterns(count: int) -> list[dict[str, Any]]:
    """Fields with patterns that are slow to build, no two alike."""
    return [
        {"type": "text", "name": f"x{n}", "label": "X", "pattern": rf"\w{{{n + 100}}}(a+)+b"}
        for n in range(count)
    ]


def test_a_kind_may_have_a_few_patterns_and_they_take_little_time() -> None:
    started = time.process_time()
    assert custom_kind(with_fields(*patterns(10))).name == "thing"
    assert time.process_time() - started < 5


def test_a_hostile_declaration_is_refused_before_its_patterns_are_built() -> None:
    started = time.process_time()
    assert faults_of(with_fields(*patterns(59))) == [("/fields", "too_many_patterns")]
    tables = [{"type": "rows", "name": "t", "label": "T", "columns": patterns(20)}] * 59
    assert faults_of(with_fields(*tables)) == [("/fields", "too_many_patterns")]
    assert time.process_time() - started < 1
