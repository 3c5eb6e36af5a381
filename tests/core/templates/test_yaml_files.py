from __future__ import annotations

import pytest

from core.templates.yaml_files import MalformedYaml, read_yaml


def test_plain_words_mean_what_they_mean_in_json() -> None:
    read = read_yaml(b"""
        a: [1, -2, 1.5, true, null, ~, ]
        b: [2026-01-31, 09:30, yes, no, 0x1F, 1_000, 012, .inf, "\xe2\x82\xb9"]
        c: {text: "{name}"}
    """)

    assert read == {
        "a": [1, -2, 1.5, True, None, None],
        "b": ["2026-01-31", "09:30", "yes", "no", "0x1F", "1_000", "012", ".inf", "₹"],
        "c": {"text": "{name}"},
    }


def test_anchors_and_merges_save_writing() -> None:
    read = read_yaml(b"base: &base {face: sans, size: 9}\nsmall: {<<: *base, size: 7}\nsame: *base")

    assert read == {
        "base": {"face": "sans", "size": 9},
        "small": {"face": "sans", "size": 7},
        "same": {"face": "sans", "size": 9},
    }


LAUGHS = b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 10)) for name in b"bcdefgh"
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a: 1\na: 2", "line 2, column 1: the name 'a' comes twice"),
        (b"1: x", "line 1, column 1: this is no name; put it in quotes"),
        (b"[a]: x", "no name"),
        (b"a: !!python/object/apply:os.system [id]", "line 1, column 4: could not determine a constructor"),
        (b"a: !!set {x}", "tags"),
        (b"a: !!binary aGVsbG8=", "tags"),
        (b"a: b: c", "line 1, column 5"),
        (b"a: 1\n---\nb: 2", "another document"),
        (b"a: &a [*a]", "nests deeper"),
        (b"[" * 40 + b"]" * 40, "nests deeper"),
        (b"- " * 5000, "nests deeper"),
        (LAUGHS, "too many parts"),
        (b"a: " + b"9" * 5000, "no YAML"),
        (b"a: 1e400", "too large"),
        (b'a: "\\0"', "not text"),
        (b'a: "\\ud800"', "invalid Unicode"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a: \x07", "no YAML"),
        (b"a: [\n", "line 2"),
        (b"x" * (3 << 20), "up to 2 MiB"),
    ],
)
def test_what_is_odd_is_refused_with_its_place(data: bytes, says: str) -> None:
    with pytest.raises(MalformedYaml) as refused:
        read_yaml(data)

    assert says in str(refused.value)
