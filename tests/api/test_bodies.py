from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.bodies import MAX_DEPTH, parse_json
from api.errors import MalformedBody

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text("abcé", max_size=4), children, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_what_json_can_say_is_read_as_it_was_said(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b" \n", "empty_body"),
        (b"{", "malformed_json"),
        (b"{'a': 1}", "malformed_json"),
        (b'{"a": 1,}', "malformed_json"),
        (b'{"a": NaN}', "malformed_json"),
        (b'{"a": Infinity}', "malformed_json"),
        (b'{"a": -Infinity}', "malformed_json"),
        (b'{"a": 1e999}', "malformed_json"),
        (b'{"a": 1e-99999999}', "malformed_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "malformed_json"),
        (b'{"a": 01}', "malformed_json"),
        (b'{"a": "\xff"}', "malformed_json"),
        (b'\xef\xbb\xbf{"a": 1}', "malformed_json"),
        ('{"a": 1}'.encode("utf-16"), "malformed_json"),
        (b'{"a": "\\ud800"}', "malformed_json"),
        (b'{"a": "line\nbreak"}', "malformed_json"),
        (b'{"a": 1} {"b": 2}', "malformed_json"),
        (b'{"a": 1, "a": 2}', "repeated_name"),
        (b'{"a": {"b": 1, "c": 2, "\\u0062": 3}}', "repeated_name"),
        (b'{"a": "x\\u0000y"}', "null_character"),
        (b'{"a\\u0000": 1}', "null_character"),
        (b'[{"a": ["\\u0000"]}]', "null_character"),
        (b"[" * 33 + b"]" * 33, "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too_deep"),
        (b"[" * 100_000, "malformed_json"),
        (b'{"a":' * 100_000, "malformed_json"),
    ],
)
def test_anything_else_is_refused_with_its_reason(body: bytes, code: str) -> None:
    with pytest.raises(MalformedBody) as refused:
        parse_json(body)

    assert refused.value.code == code


def test_as_deep_as_is_allowed_is_read() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_backslash_before_u0000_is_text() -> None:
    assert parse_json(b'{"a": "\\\\u0000"}') == {"a": "\\u0000"}


def test_money_keeps_every_digit() -> None:
    assert parse_json(b"[0.1, 12345678901234.56]") == [Decimal("0.1"), Decimal("12345678901234.56")]


def test_the_place_of_a_mistake_is_told() -> None:
    with pytest.raises(MalformedBody, match="Line 2, column 7"):
        parse_json(b'{"a": 1,\n "b": x}')
