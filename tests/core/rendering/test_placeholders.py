from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rendering.placeholders import MalformedTemplateError, parse_template


@pytest.mark.parametrize(
    "template, values, text",
    [
        ("Certificate", {}, "Certificate"),
        ("{name}", {"name": "Asha"}, "Asha"),
        ("{spa.name}, {spa.city}", {"spa.name": "Lotus", "spa.city": "Goa"}, "Lotus, Goa"),
        ("{{name}} is {name}", {"name": "Asha"}, "{name} is Asha"),
        ("{{{name}}}", {"name": "Asha"}, "{Asha}"),
        ("Dear {title} {name},", {"name": "Asha"}, "Dear Asha,"),
        ("{title} {name}", {"name": "Asha"}, "Asha"),
        ("{name} {title}", {"name": "Asha", "title": ""}, "Asha"),
        ("{name}", {}, None),
        ("Dear {name}", {}, None),
        ("", {}, ""),
        ("{a}\nTel. {b}\n{c}", {"a": "1", "c": "3"}, "1\n3"),
        ("Heading\nTel. {b}", {}, None),
        ("Heading\nTel. {b}\n{c}", {"c": "3"}, "Heading\n3"),
        ("two  spaces {name}", {"name": "stay  as they are"}, "two  spaces stay  as they are"),
    ],
)
def test_values_are_put_in(template: str, values: dict[str, str], text: str | None) -> None:
    assert parse_template(template).filled(values) == text


@pytest.mark.parametrize(
    "template",
    [
        "{0.__class__}",
        "{name!r}",
        "{name:>10}",
        "{Name}",
        "{a.b.c}",
        "{}",
        "{ name }",
        "{",
        "}",
        "a } b",
        "{{name}",
        "{na\nme}",
    ],
)
def test_braces_outside_the_grammar_are_refused(template: str) -> None:
    with pytest.raises(MalformedTemplateError, match=r"line [12]: a placeholder is written"):
        parse_template(template)


HOSTILE = [
    "{0.__class__}",
    "{name}",
    "{{",
    "}}",
    "{spa.name}",
    "%s",
    "${7*7}",
    "<img src=x>",
    "{{7*7}}",
    "\\{name\\}",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert parse_template("– {name} –").filled({"name": value, "spa.name": "secret"}) == f"– {value} –"


@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_the_values_they_stand_where_they_belong(first: str, second: str) -> None:
    assert parse_template("{a}|{b}").filled({"a": first, "b": second}) == f"{first}|{second}"


def test_names_are_told_once_in_the_order_they_come() -> None:
    assert parse_template("{b} {a}\n{b} {spa.name}").names == ("b", "a", "spa.name")
