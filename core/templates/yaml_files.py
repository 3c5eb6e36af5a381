"""YAML as people write template files: what JSON can say, with comments, anchors and merges. Bounded and strict.

Words mean what they mean in YAML 1.2: `yes` and `09:30` are texts, and so is a date.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import yaml

MAX_BYTES: Final = 2 << 20
MAX_DEPTH: Final = 32
MAX_NODES: Final = 200_000
"""Counted with what anchors repeat: nine lines of anchors can stand for a billion nodes."""


class MalformedYaml(ValueError):
    """The message says what is wrong, and where."""


def read_yaml(data: bytes) -> Any:
    """The data of one YAML document. Raises `MalformedYaml`."""
    if len(data) > MAX_BYTES:
        raise MalformedYaml(f"YAML is read up to {MAX_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8")
        _check_nesting(text)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  derived from the safe loader
    except MalformedYaml:
        raise
    except UnicodeDecodeError:
        raise MalformedYaml("this is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise MalformedYaml(f"{place}{error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise MalformedYaml(f"this is no YAML: {str(error).splitlines()[0]}") from None
    _check_parts(document)
    return document


class _Loader(yaml.CSafeLoader):
    """Safe YAML whose plain words are read as JSON reads them, and in which no name comes twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag not in _NAMES:
                raise _fault("this is no name; put it in quotes", key)
            if key.value in seen and key.tag != _MERGE:
                raise _fault(f"the name {key.value!r} comes twice", key)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {}
_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_NAMES: Final = (f"{_TAG}str", _MERGE)
for _name, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def _fault(problem: str, node: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _check_nesting(text: str) -> None:
    """Refuse by the events, before a tree is built: building one recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise MalformedYaml(f"it nests deeper than {MAX_DEPTH} levels")


def _check_parts(document: object) -> None:
    level = [document]
    nodes = 0
    for _ in range(MAX_DEPTH + 1):
        nodes += len(level)
        if nodes > MAX_NODES:
            raise MalformedYaml("it has too many parts")
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise MalformedYaml(f"it nests deeper than {MAX_DEPTH} levels")  # a value inside itself


def _children(part: object) -> list[object]:
    match part:
        case dict():
            return [*part.keys(), *part.values()]
        case list():
            return list(part)
        case str():
            if "\0" in part or any("\ud800" <= character <= "\udfff" for character in part):
                raise MalformedYaml("U+0000 and halves of surrogate pairs are not text")
        case float():
            if not math.isfinite(part):
                raise MalformedYaml("a number is too large")
        case None | int():
            pass
        case _:
            raise MalformedYaml("tags of YAML's own are not read here")
    return []
