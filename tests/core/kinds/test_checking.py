import time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import BUILT_IN, Checked, Kind, Value, check_item, custom_kind
from core.kinds.checking import MAX_UNKNOWN_NAMED
from tests.core.kinds.samples import ITEMS

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def kind_of(*fields: object, **more: object) -> Kind:
    recipient = {"type": "text", "name": "name", "label": "Name", "required": True}
    return custom_kind({"label": "Thing", "recipient": "name", "fields": [recipient, *fields], **more})


def one(field_type: str, **options: object) -> Kind:
    return kind_of({"type": field_type, "name": "value", "label": "The value", **options})


def value_of(kind: Kind, raw: object) -> Value | None:
    result = check_item(kind, {"name": "Asha", "value": raw})
    assert isinstance(result, Checked), result
    return result.values.get("value")


def fault_of(kind: Kind, raw: object) -> str:
    result = check_item(kind, {"name": "Asha", "value": raw})
    assert isinstance(result, list), result.values
    (fault,) = result
    assert fault.pointer == "/value"
    assert fault.detail.startswith("The value ")
    assert fault.detail.endswith(".")
    return fault.code


def test_all_faults_of_an_item_are_named_at_once() -> None:
    item = {
        **ITEMS["invoice_spa_bill"],
        "bill_number": None,
        "bill_date": "2026-02-30",
        "payment_mode": "cash",
        "customer_nam": "x",
        "customer_name": "Asha\u202eRao",
        "lines": [
            {"service_name": "", "rate": "free", "tax_percent": 101},
            "a massage",
            {"service_name": "Facial", "rate": "1.005", "tax_percent": 5, "qty": 2},
        ],
    }
    result = check_item(BUILT_IN["invoice_spa_bill"], item)
    assert isinstance(result, list)
    assert {(fault.pointer, fault.code) for fault in result} == {
        ("/bill_number", "missing"),
        ("/bill_date", "not_a_date"),
        ("/payment_mode", "not_a_choice"),
        ("/customer_nam", "unknown_field"),
        ("/customer_name", "bidi_override"),
        ("/lines/0/service_name", "missing"),
        ("/lines/0/rate", "not_money"),
        ("/lines/0/tax_percent", "number_range"),
        ("/lines/1", "not_an_object"),
        ("/lines/2/rate", "too_precise"),
        ("/lines/2/qty", "unknown_field"),
    }
    assert len(result) == 11


def test_details_are_sentences_with_the_label_and_where() -> None:
    item = {
        **ITEMS["invoice_spa_bill"],
        "bill_date": "yesterday",
        "payment_mode": "Csh",
        "lines": [{"rate": "x"}],
    }
    result = check_item(BUILT_IN["invoice_spa_bill"], item)
    assert isinstance(result, list)
    assert [fault.detail for fault in result] == [
        "Bill date is not a date; write it as YYYY-MM-DD, such as 2026-03-31.",
        "Payment mode is not one of its choices (did you mean Cash?).",
        "Lines, row 1: Service is missing.",
        "Lines, row 1: Rate is not an amount in rupees; write it as 1234.50.",
    ]


def test_an_unknown_field_hints_at_the_one_that_was_meant() -> None:
    result = check_item(BUILT_IN["id_card"], {**ITEMS["id_card"], "contact number": "1", "hobby": "x"})
    assert isinstance(result, list)
    assert [fault.detail for fault in result] == [
        "There is no field of that name (did you mean contact_number?).",
        "There is no field of that name.",
    ]


def test_of_very_many_unknown_names_the_first_are_named() -> None:
    result = check_item(BUILT_IN["id_card"], {**ITEMS["id_card"], **{f"x{n}": 1 for n in range(100_000)}})
    assert isinstance(result, list)
    assert len(result) == MAX_UNKNOWN_NAMED + 1
    assert result[-1].detail == "And 99980 more names that are no field's."


def detail_of(kind: Kind, raw: object) -> str:
    result = check_item(kind, {"name": "Asha", "value": raw})
    assert isinstance(result, list)
    return result[0].detail


def test_one_is_one_and_two_are_two() -> None:
    column = {"type": "integer", "name": "n", "label": "N"}
    assert detail_of(one("text", max_length=1), "ab") == "The value is longer than 1 character."
    assert detail_of(one("number", decimals=1), "0.25") == "The value has more than 1 decimal."
    assert (
        detail_of(one("rows", columns=[column], min_rows=1), []) == "The value needs at least 1 row, not 0."
    )
    assert (
        detail_of(one("rows", columns=[column], max_rows=2), [{}] * 3)
        == "The value takes at most 2 rows, not 3."
    )
    strangers = {f"x{n}": 1 for n in range(MAX_UNKNOWN_NAMED + 1)}
    result = check_item(BUILT_IN["id_card"], {**ITEMS["id_card"], **strangers})
    assert isinstance(result, list)
    assert result[-1].detail == "And 1 more name that is no field's."


def test_pointers_are_escaped() -> None:
    result = check_item(BUILT_IN["id_card"], {**ITEMS["id_card"], "a/b~c": 1})
    assert isinstance(result, list)
    assert result[0].pointer == "/a~1b~0c"


@pytest.mark.parametrize("raw", [None, [], "text", 7, [{}]])
def test_an_item_is_an_object(raw: object) -> None:
    result = check_item(BUILT_IN["id_card"], raw)
    assert isinstance(result, list)
    assert [(fault.pointer, fault.code) for fault in result] == [("", "not_an_object")]


def test_any_mapping_will_do() -> None:
    assert isinstance(check_item(BUILT_IN["id_card"], MappingProxyType(ITEMS["id_card"])), Checked)


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u3000"])
def test_null_and_blank_text_count_as_absent(nothing: object) -> None:
    for field_type in ("text", "money", "number", "date", "integer", "bool", "image"):
        assert value_of(one(field_type), nothing) is None
        assert fault_of(one(field_type, required=True), nothing) == "missing"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1234.50", "1234.50"),
        (" 7 ", "7.00"),
        ("0.1", "0.10"),
        ("1.500", "1.50"),
        (1234, "1234.00"),
        (1234.5, "1234.50"),
        (0.1, "0.10"),
        (9999999999.99, "9999999999.99"),
        (Decimal("12.5"), "12.50"),
        ("-0", "0.00"),
        (-0.0, "0.00"),
        ("0009", "9.00"),
    ],
)
def test_money_is_kept_to_the_paisa(raw: object, value: object) -> None:
    assert str(value_of(one("money"), raw)) == value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1234.505", "too_precise"),
        (0.125, "too_precise"),
        (0.1 + 0.2, "too_precise"),
        (1e-7, "too_precise"),
        ("-0.01", "money_range"),
        ("10000000000", "money_range"),
        (10**400, "money_range"),
        (1e22, "money_range"),
        (1e300, "money_range"),
        ("9" * 400, "money_range"),
        ("1,234.50", "not_money"),
        ("₹100", "not_money"),
        ("1e3", "not_money"),
        ("१२३", "not_money"),
        ("0x10", "not_money"),
        (".5", "not_money"),
        ("5.", "not_money"),
        ("--5", "not_money"),
        ("1_000", "not_money"),
        ("NaN", "not_money"),
        ("9" * 100_000, "not_money"),
        (float("nan"), "not_money"),
        (float("inf"), "not_money"),
        (Decimal("NaN"), "not_money"),
        (True, "not_money"),
        ([1], "not_money"),
        ({"amount": 1}, "not_money"),
    ],
)
def test_what_is_not_an_amount_is_refused(raw: object, code: str) -> None:
    assert fault_of(one("money"), raw) == code


def test_money_may_have_bounds_of_its_own() -> None:
    kind = one("money", minimum="-5.00", maximum=10)
    assert value_of(kind, "-5") == -5
    assert fault_of(kind, "-5.01") == "money_range"
    assert fault_of(kind, "10.01") == "money_range"


@pytest.mark.parametrize(
    ("raw", "value"), [("2.5", "2.500"), (2.5, "2.500"), (3, "3.000"), ("-0.125", "-0.125"), ("-0", "0.000")]
)
def test_a_number_is_kept_with_its_decimals(raw: object, value: object) -> None:
    assert str(value_of(one("number", decimals=3), raw)) == value


@pytest.mark.parametrize(
    ("raw", "code"),
    [("2.5555", "too_precise"), ("x", "not_a_number"), (10**13, "number_range"), (False, "not_a_number")],
)
def test_what_is_not_a_number_is_refused(raw: object, code: str) -> None:
    assert fault_of(one("number", decimals=3), raw) == code


@pytest.mark.parametrize(("raw", "value"), [(3, 3), ("3", 3), (" -3 ", -3), (3.0, 3), (0, 0)])
def test_a_whole_number_is_taken(raw: object, value: object) -> None:
    taken = value_of(one("integer"), raw)
    assert taken == value
    assert type(taken) is int


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (3.5, "not_an_integer"),
        ("3.0", "not_an_integer"),
        (True, "not_an_integer"),
        ("४", "not_an_integer"),
        (float("nan"), "not_an_integer"),
        (float("inf"), "not_an_integer"),
        ("9" * 5000, "not_an_integer"),
        (10**13, "integer_range"),
        (1e300, "integer_range"),
    ],
)
def test_what_is_no_whole_number_is_refused(raw: object, code: str) -> None:
    assert fault_of(one("integer"), raw) == code


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2026-02-30", "not_a_date"),
        ("2026-13-01", "not_a_date"),
        ("0000-01-01", "not_a_date"),
        ("2026-1-5", "not_a_date"),
        ("20260105", "not_a_date"),
        ("2026-W01-1", "not_a_date"),
        ("05/01/2026", "not_a_date"),
        ("2026-01-05T00:00:00", "not_a_date"),
        ("2026-01-05Z", "not_a_date"),
        ("२०२६-०१-०५", "not_a_date"),
        (20260105, "not_a_date"),
        (1767571200.0, "not_a_date"),
        ("0026-01-05", "date_range"),
        ("1899-12-31", "date_range"),
        ("2200-01-01", "date_range"),
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(raw: object, code: str) -> None:
    assert fault_of(one("date"), raw) == code


def test_a_date_of_a_spreadsheet_is_a_date_but_a_moment_is_not() -> None:
    from datetime import UTC, date, datetime

    assert value_of(one("date"), date(2026, 1, 5)) == date(2026, 1, 5)
    assert fault_of(one("date"), datetime(2026, 1, 5, tzinfo=UTC)) == "not_a_date"


@pytest.mark.parametrize(
    ("raw", "value"),
    [(True, True), (False, False), ("Yes", True), ("no", False), ("TRUE", True), (" false ", False)],
)
def test_truth_may_be_written_out(raw: object, value: object) -> None:
    assert value_of(one("bool"), raw) is value


@pytest.mark.parametrize("raw", [1, 0, "1", "y", "maybe", []])
def test_what_is_neither_true_nor_false_is_refused(raw: object) -> None:
    assert fault_of(one("bool"), raw) == "not_a_bool"


@pytest.mark.parametrize("raw", ["cash", "CASH", "Kash", "Bitcoin", 1, ["Cash"]])
def test_a_choice_is_written_exactly(raw: object) -> None:
    kind = one("choice", choices=["Cash", "Card"])
    assert fault_of(kind, raw) == "not_a_choice"
    assert value_of(kind, " Cash ") == "Cash"


@pytest.mark.parametrize(
    "raw",
    ["ab" * 31, "AB" * 32, "md5:" + "ab" * 32, "photo.jpg", "data:image/png;base64,AAAA", 5, {"text": "x"}],
)
def test_an_image_is_a_digest(raw: object) -> None:
    assert fault_of(one("image"), raw) == "not_an_image"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"text": "Asha", "x": 1}, "not_a_signature"),
        ({"text": 5}, "not_a_signature"),
        ({"text": " "}, "not_a_signature"),
        ({}, "not_a_signature"),
        (5, "not_a_signature"),
        ("Asha\x00", "control_character"),
        ({"text": "a" * 121}, "too_long"),
        ("data:image/png;base64," + "A" * 500, "too_long"),
    ],
)
def test_a_signature_is_a_picture_or_a_name(raw: object, code: str) -> None:
    assert fault_of(one("image", signature=True), raw) == code


@pytest.mark.parametrize("raw", [5, 5.5, True, ["Asha"], {"text": "Asha"}])
def test_text_is_text(raw: object) -> None:
    assert fault_of(one("text"), raw) == "not_text"


def test_a_pattern_must_match_the_whole_text() -> None:
    kind = one("text", pattern="[A-Z]{2}|[0-9]+")
    assert value_of(kind, "AB") == "AB"
    assert fault_of(kind, "ABC") == "pattern"
    assert fault_of(kind, "AB 1") == "pattern"
    assert fault_of(one("text", pattern="a", multi_line=True), "a\na") == "pattern"


def test_a_hostile_pattern_takes_no_time() -> None:
    kind = one("text", pattern="(x+x+)+y", max_length=5000)
    started = time.perf_counter()
    assert fault_of(kind, "x" * 5000) == "pattern"
    assert time.perf_counter() - started < 1


def test_rows_have_bounds_and_faults_of_their_own() -> None:
    column = {"type": "integer", "name": "n", "label": "N", "required": True}
    kind = one("rows", columns=[column], min_rows=2, max_rows=3)
    assert value_of(kind, [{"n": 1}, {"n": 2}]) == ({"n": 1}, {"n": 2})
    assert value_of(kind, ({"n": 1}, {"n": 2})) == ({"n": 1}, {"n": 2})
    assert fault_of(kind, [{"n": 1}]) == "too_few_rows"
    assert fault_of(kind, [{}] * 4) == "too_many_rows"
    assert fault_of(kind, None) == "missing"
    assert fault_of(kind, "n=1") == "not_rows"
    assert fault_of(kind, {"n": 1}) == "not_rows"


def test_an_absent_table_has_no_rows() -> None:
    assert value_of(one("rows", columns=[{"type": "integer", "name": "n", "label": "N"}]), None) == ()


@given(st.dictionaries(st.sampled_from(sorted(ITEMS["invoice_spa_bill"])) | st.text(max_size=8), json_values))
def test_no_json_does_anything_but_pass_or_be_refused(item: dict[str, Any]) -> None:
    for kind in BUILT_IN.values():
        result = check_item(kind, item)
        assert isinstance(result, Checked) or result


@given(st.sampled_from(sorted(BUILT_IN)), st.data())
def test_one_field_gone_wrong_never_hides_or_spoils_another(name: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(ITEMS[name])))
    result = check_item(BUILT_IN[name], {**ITEMS[name], field: object()})
    assert isinstance(result, list)
    assert {fault.pointer for fault in result} == {f"/{field}"}


def test_ten_thousand_items_are_checked_within_a_request() -> None:
    checker, item = BUILT_IN["spa_therapist"].checker, ITEMS["spa_therapist"]
    started = time.process_time()
    assert all(isinstance(checker.check(item), Checked) for _ in range(10_000))
    assert time.process_time() - started < 1.5  # 0.1 s where nothing else runs
