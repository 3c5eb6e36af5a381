"""Reading what a client sent: strictly, within limits, and naming every fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, TypeVar

import orjson
from flask import g, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from api.errors import MalformedBody, UnsupportedBody
from core.errors import Fault, InvalidRequest, NotFound, TooLarge

MAX_BYTES: Final = 12 * 1024 * 1024
MAX_DEPTH: Final = 32

M = TypeVar("M", bound=BaseModel)


def refuse_compressed() -> None:
    """A compressed body could be a bomb, and nobody has needed one."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedBody("Compressed bodies are not read here.", code="compressed_body")


def parse_path(model: type[M], parts: Mapping[str, object]) -> M:
    """An address whose parts make no sense is an address where there is nothing."""
    try:
        return model.model_validate(parts)
    except ValidationError:
        raise NotFound("There is nothing at this address.") from None


def parse_query(model: type[M]) -> M:
    """The query's parameters; pointers are `?name`."""
    given = _only(request.args, "?")
    query = _parse(model, given, prefix="?")
    _refuse_null(given, "?")
    return query


def parse_form(model: type[M]) -> M:
    """A form of fields and files; pointers are `/name`."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedBody("Send multipart/form-data.")
    return _parse(model, _only(request.form, "/") | _only(request.files, "/"), prefix="/")


def parse_headers(model: type[M]) -> M:
    """The headers that the model names; pointers are `Name:`."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    try:
        return model.model_validate(
            {name: request.headers[name] for name in names if name in request.headers}
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    pointer = f"{first['loc'][0]}:"
    raise InvalidRequest(
        f"The header {pointer[:-1]} is faulty.", faults=[Fault(pointer, _code(first), _sentence(first))]
    )


def parse_body(model: type[M]) -> M:
    """The JSON body; pointers are JSON pointers (RFC 6901)."""
    return _parse(model, read_json(), prefix="/")


def parse(model: type[M], members: object) -> M:
    """Part of a body that was read already; pointers are JSON pointers (RFC 6901)."""
    return _parse(model, members, prefix="/")


def read_json() -> object:
    """The request's JSON, fractions as `Decimal`. Raises `MalformedBody` and `UnsupportedBody`."""
    if request.mimetype != "application/json":
        raise UnsupportedBody("Send application/json.")
    return parse_json(read_bytes())


def read_bytes() -> bytes:
    """The request's body; raises `TooLarge`. What an idempotency key stands for is remembered."""
    data = request.get_data(cache=False)
    # A body that tells its length is refused before it is read; one that comes in chunks is cut off behind the limit.
    if len(data) > MAX_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BYTES >> 20} MiB.")
    if "Idempotency-Key" in request.headers:
        g.body_digest = sha256(data).digest()
    return data


def parse_json(data: bytes) -> object:
    """JSON as RFC 8259 and nothing beyond: no NaN, no name twice in an object, no half of a surrogate pair,
    no U+0000, at most 32 levels deep. Raises `MalformedBody`."""
    if not data.strip():
        raise MalformedBody("The body is empty.", code="empty_body")
    try:
        # orjson is the strict reader, of bytes, numbers and surrogates …
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(
            f"Line {error.lineno}, column {error.colno}: {error.msg}.", code="malformed_json"
        ) from None
    _check_depth(document)
    try:
        # … and json, which nests no deeper now, sees names that come twice and keeps every digit of a number.
        document = json.loads(data, object_pairs_hook=_object, parse_float=_number)
    except _RepeatedNameError as error:
        raise MalformedBody(
            f"The name {error.args[0]!r} comes twice in one object.", code="repeated_name"
        ) from None
    except ValueError:
        raise MalformedBody("A number has too many digits.", code="malformed_json") from None
    # The six characters \u0000 may also be a backslash and text: look closer only where they occur.
    if b"\\u0000" in data and _has_null(document):
        raise MalformedBody("The character U+0000 is not text.", code="null_character")
    return document


class _RepeatedNameError(Exception):
    """Two members of one object have the same name."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedNameError(next(name for name in names if names.count(name) > 1)[:80])
    return members


def _number(written: str) -> Decimal:
    number = Decimal(written)
    # Fifteen bytes such as 1e-99999999 would print as a hundred million digits.
    if number.adjusted() < -400:
        raise ValueError(written)
    return number


def _check_depth(document: object) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level if isinstance(parent, dict | list) for child in _children(parent)]
        if not level:
            return
    raise MalformedBody(f"The body nests deeper than {MAX_DEPTH} levels.", code="too_deep")


def _children(parent: dict[str, Any] | list[Any]) -> list[Any]:
    children = parent.values() if isinstance(parent, dict) else parent
    return [child for child in children if isinstance(child, dict | list)]


def _has_null(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name for name in value) or any(map(_has_null, value.values()))
    return isinstance(value, list) and any(map(_has_null, value))


def _only(values: MultiDict[str, Any], prefix: str) -> dict[str, Any]:
    """One value for each name."""
    repeated = [name for name, several in values.lists() if len(several) > 1]
    if repeated:
        raise InvalidRequest(
            "Some names come twice.",
            faults=[Fault(f"{prefix}{name}", "repeated", "Give this once.") for name in repeated],
        )
    return values.to_dict()


def _refuse_null(given: Mapping[str, Any], prefix: str) -> None:
    """No text of ours holds U+0000, and PostgreSQL has no place for it."""
    faulty = [name for name, value in given.items() if _has_null(value) or "\0" in name]
    if faulty:
        detail = "The character U+0000 is not text."
        faults = [Fault(f"{prefix}{name}".replace("\0", ""), "null_character", detail) for name in faulty]
        raise InvalidRequest(detail, faults=faults)


def _parse(model: type[M], document: object, *, prefix: str) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        faults = [
            _fault(each, document, prefix) for each in error.errors(include_url=False, include_input=False)
        ]
    places = faults[0].pointer or "the body"
    others = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
    raise InvalidRequest(f"The request is faulty at {places}{others}.", faults=faults)


# Our stable names for what pydantic finds most; the rest keep pydantic's own, which are stable too.
_CODES: Final = {
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "greater_than_equal": "too_small",
    "greater_than": "too_small",
    "less_than_equal": "too_large",
    "less_than": "too_large",
    "literal_error": "not_a_choice",
    "enum": "not_a_choice",
    "union_tag_invalid": "not_a_choice",
    "union_tag_not_found": "missing",
    "string_pattern_mismatch": "bad_pattern",
}


def _fault(error: ErrorDetails, document: object, prefix: str) -> Fault:
    kind = error["type"]
    detail = {
        "missing": "This is required.",
        "extra_forbidden": "There is no such field here.",
    }.get(kind, _sentence(error))
    return Fault(_pointer(error["loc"], document, prefix), _code(error), detail)


def _sentence(error: ErrorDetails) -> str:
    return f"{error['msg'].removeprefix('Value error, ').rstrip('.')}."


def _code(error: ErrorDetails) -> str:
    return _CODES.get(error["type"], error["type"])


def _pointer(location: Sequence[int | str], document: object, prefix: str) -> str:
    """Where in what the client sent: pydantic's location without the types that it tried on the way."""
    steps: list[str] = []
    for index, step in enumerate(location):
        match document:
            case dict() if step in document:
                document = document[step]
            case list() if isinstance(step, int) and step < len(document):
                document = document[step]
            case dict() if index == len(location) - 1:
                pass  # what is missing there
            case _:
                continue
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return prefix + "/".join(steps) if steps else ""
