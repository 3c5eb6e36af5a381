import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kinds import (
    BUILT_IN,
    Checked,
    ImageReference,
    check_item,
    custom_kind,
    from_json,
    image_references,
    to_json,
)
from tests.core.kinds.samples import ITEMS, PHOTO, SIGNATURE

ALL_TYPES = custom_kind(
    {
        "label": "All types",
        "recipient": "a_text",
        "fields": [
            {
                "type": "text",
                "name": "a_text",
                "label": "Text",
                "required": True,
                "multi_line": True,
                "max_length": 500,
            },
            {"type": "money", "name": "a_money", "label": "Money", "minimum": "-9999999999.99"},
            {"type": "number", "name": "a_number", "label": "Number", "decimals": 6},
            {"type": "integer", "name": "an_integer", "label": "Integer"},
            {"type": "date", "name": "a_date", "label": "Date"},
            {"type": "choice", "name": "a_choice", "label": "Choice", "choices": ["a", "b"]},
            {"type": "bool", "name": "a_bool", "label": "Bool"},
            {"type": "image", "name": "an_image", "label": "Image"},
            {"type": "image", "name": "a_signature", "label": "Signature", "signature": True},
            {
                "type": "rows",
                "name": "a_table",
                "label": "Table",
                "columns": [
                    {"type": "text", "name": "text", "label": "Text"},
                    {"type": "money", "name": "money", "label": "Money"},
                    {"type": "date", "name": "date", "label": "Date"},
                    {"type": "bool", "name": "bool", "label": "Bool"},
                ],
            },
        ],
    }
)

money = st.decimals("0", "9999999999.99", places=2).map(str)
dates = st.dates().map(str)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
rows = st.lists(
    st.fixed_dictionaries(
        {}, optional={"text": st.text(max_size=9), "money": money, "date": dates, "bool": st.booleans()}
    ),
    max_size=4,
)
items = st.fixed_dictionaries(
    {"a_text": st.text(min_size=1, max_size=20)},
    optional={
        "a_money": money,
        "a_number": st.decimals(-1000, 1000, places=6).map(str),
        "an_integer": st.integers(-(10**12), 10**12),
        "a_date": dates,
        "a_choice": st.sampled_from("ab"),
        "a_bool": st.booleans(),
        "an_image": digests,
        "a_signature": digests | st.text(max_size=20),
        "a_table": rows,
    },
)


@given(items)
def test_what_was_checked_comes_back_from_a_column_as_it_was(item: dict[str, Any]) -> None:
    result = check_item(ALL_TYPES, item)
    if isinstance(result, Checked):
        stored = orjson.loads(orjson.dumps(to_json(result.values)))
        back = from_json(ALL_TYPES.fields, stored)
        assert back == result.values
        assert to_json(back) == stored
        assert {name: type(value) for name, value in back.items()} == {
            name: type(value) for name, value in result.values.items()
        }


@given(items)
def test_what_was_stored_would_pass_again_as_it_is(item: dict[str, Any]) -> None:
    result = check_item(ALL_TYPES, item)
    if isinstance(result, Checked):
        assert check_item(ALL_TYPES, to_json(result.values)) == result


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_items_of_the_built_in_kinds_come_back(name: str) -> None:
    kind = BUILT_IN[name]
    result = check_item(kind, ITEMS[name])
    assert isinstance(result, Checked)
    assert kind.from_json(json.loads(json.dumps(to_json(result.values)))) == result.values


def test_the_stored_form_is_plain_and_says_what_it_is() -> None:
    result = check_item(BUILT_IN["offer_letter"], ITEMS["offer_letter"])
    assert isinstance(result, Checked)
    assert to_json(result.values) == {
        "employee_name": "Rukhsana Merchant",
        "position": "Therapist",
        "start_date": "2026-12-01",
        "salary": "45000.00",
        "manager_signature": {"text": "R. Menon"},
    }


def test_a_typed_name_that_looks_like_a_digest_stays_a_name() -> None:
    result = check_item(
        BUILT_IN["offer_letter"], {**ITEMS["offer_letter"], "manager_signature": {"text": SIGNATURE}}
    )
    assert isinstance(result, Checked)
    assert image_references(result.values) == ()
    assert BUILT_IN["offer_letter"].from_json(to_json(result.values)) == result.values


def test_pictures_are_listed_once_each() -> None:
    item = {**ITEMS["spa_therapist"], "candidate_signature": PHOTO}
    same = check_item(BUILT_IN["spa_therapist"], item)
    two = check_item(BUILT_IN["spa_therapist"], ITEMS["spa_therapist"])
    assert isinstance(same, Checked)
    assert isinstance(two, Checked)
    assert image_references(same.values) == ("ab" * 32,)
    assert image_references(two.values) == ("ab" * 32, "cd" * 32)
    assert str(ImageReference("ab" * 32)) == PHOTO


def test_what_could_never_have_been_stored_is_not_read() -> None:
    with pytest.raises(ValueError, match="neither a picture"):
        from_json(BUILT_IN["offer_letter"].fields, {"manager_signature": "R. Menon"})
