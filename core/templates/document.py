"""A template document: all that a template version says, as a designer writes it in YAML or JSON.

docs/templates.md explains the language; `template_json_schema` publishes it for editors that check while one types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Final

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import Fault, InvalidRequest
from core.kinds import BUILT_IN, InvalidKind, Kind, custom_kind, image_reference, kind_to_json
from core.kinds.faults import pointer_to
from core.kinds.formatting import DEFAULT_DATE_FORMAT, check_date_format
from core.kinds.parsing import closest
from core.kinds.text import Refused, clean_text
from core.rendering.layout import Layout

ID_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
ASSET_PATTERN: Final = r"^sha256:[0-9a-f]{64}$"


def _parse_kind(raw: object) -> object:
    if isinstance(raw, str):
        if raw in BUILT_IN:
            return BUILT_IN[raw]
        near = closest(raw, tuple(BUILT_IN))
        question = f"; did you mean {near}?" if near else ""
        known = {"known": ", ".join(BUILT_IN), "question": question}
        raise PydanticCustomError("unknown_kind", "There is no such built-in kind ({known}){question}", known)
    if isinstance(raw, Kind):
        return raw
    try:
        return custom_kind(raw)
    except InvalidKind as invalid:
        raise _FaultyKind(invalid.faults) from invalid


class _FaultyKind(ValueError):
    """Carries the faults of a kind through pydantic, which knows one fault for a field."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("the kind cannot be")
        self.faults = faults


def _write_kind(kind: Kind) -> str | dict[str, Any]:
    return kind.name if BUILT_IN.get(kind.name) is kind else kind_to_json(kind)


def _text(max_length: int, *, multi_line: bool = False) -> AfterValidator:
    def check(text: str) -> str:
        try:
            return clean_text(text, max_length=max_length, multi_line=multi_line)
        except Refused as refused:
            raise PydanticCustomError(
                refused.code, "{reason}", {"reason": f"This {refused.reason}"}
            ) from refused

    return AfterValidator(check)


AnyKind = Annotated[Kind, BeforeValidator(_parse_kind), PlainSerializer(_write_kind)]
AssetName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
AssetId = Annotated[str, StringConstraints(pattern=ASSET_PATTERN)]
Language = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", max_length=12)
]


def pictures_in(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A JSON pointer and a digest for each picture of the template's own and of its sample. `document` is its JSON."""
    for group in ("assets", "sample"):
        for name, value in document.get(group, {}).items():
            if isinstance(value, str) and (reference := image_reference(value)):
                yield f"/{group}/{name}", reference.digest


class TemplateDocument(BaseModel):
    """What a template version says. Frozen: a published one never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), _text(120)] = Field(
        description="What people read in the catalogue."
    )
    description: Annotated[str, _text(500, multi_line=True)] = ""
    kind: AnyKind = Field(
        description="The name of a built-in kind, or a kind of your own: label, recipient, fields."
    )
    language: Language = Field(
        "en", description="BCP 47, of the document: months' names, the PDF's language."
    )
    date_format: Annotated[str, StringConstraints(max_length=60), AfterValidator(check_date_format)] = Field(
        DEFAULT_DATE_FORMAT, description="How dates print: an LDML pattern (Unicode TR 35)."
    )
    title: Annotated[str, StringConstraints(min_length=1, max_length=300)] = Field(
        "{number}", description="The PDF's title; may use placeholders."
    )
    assets: Annotated[Mapping[AssetName, AssetId], Field(max_length=50)] = Field(
        default_factory=dict,
        description="Pictures of the template's own: the name that the layout uses → asset id.",
    )
    public_listing: bool = Field(
        False, description="Whether its certificates may be listed publicly, where their job says so too."
    )
    sample: Mapping[str, Any] = Field(
        default_factory=dict, description="An item's values that previews show where none are given."
    )
    dpi: Annotated[int, Field(ge=72, le=300)] = Field(
        150, description="Resolution of images, where the job asks for none. Small pages want 300."
    )
    layout: Layout

    def to_json(self) -> dict[str, Any]:
        """The document as a designer would write it: what stands at its default is left out."""
        document: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return document


def digest_of(document: TemplateDocument) -> str:
    """The SHA-256 of the document's canonical JSON: equal documents, however written, have equal digests."""
    return sha256(orjson.dumps(document.to_json(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def parse_document(raw: object, *, prefix: str = "") -> TemplateDocument:
    """The document that JSON data declare. Raises `InvalidRequest` with every fault; pointers begin with `prefix`."""
    try:
        return TemplateDocument.model_validate(raw)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
    faults = [fault for problem in problems for fault in _faults(problem, raw, prefix)]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    raise InvalidRequest(
        f"The template is faulty at {faults[0].pointer or 'its root'}{more}.",
        code="invalid_template",
        faults=faults,
    )


def template_json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a template document."""
    schema = TemplateDocument.model_json_schema(mode="validation")
    # A kind of one's own needs no name: the label gives one.
    declared = schema["$defs"]["Kind"]
    declared["required"] = [name for name in declared["required"] if name != "name"]
    described = schema["properties"]["kind"]["description"]
    built_in = {"enum": list(BUILT_IN), "title": "A built-in kind"}
    schema["properties"]["kind"] = {"anyOf": [built_in, {"$ref": "#/$defs/Kind"}], "description": described}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:certmill:template",
        **schema,
        "title": "A template of Certmill",
    }


# Our stable names for what pydantic finds; the rest keep pydantic's own, which are stable too.
_CODES: Final = {
    "extra_forbidden": "unknown_field",
    "literal_error": "not_a_choice",
    "union_tag_invalid": "not_a_choice",
    "union_tag_not_found": "missing",
    "string_pattern_mismatch": "bad_pattern",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "value_error": "invalid",
    "model_type": "not_an_object",
}


def _faults(problem: ErrorDetails, raw: object, prefix: str) -> Iterator[Fault]:
    here = prefix + pointer_to(*_path(problem["loc"], raw))
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, _FaultyKind):
        yield from (Fault(here + fault.pointer, fault.code, fault.detail) for fault in cause.faults)
        return
    detail = str(problem["msg"]).removeprefix("Value error, ")
    match problem["type"]:
        case "missing":
            detail = "This is required"
        case "model_type":
            detail = "This must be an object"
        case "extra_forbidden":
            detail = "There is no such field here"
        case "union_tag_not_found":
            here, detail = f"{here}/type", "This is required"
        case "union_tag_invalid":
            here, detail = f"{here}/type", f"This is not one of {problem['ctx']['expected_tags']}"
    yield Fault(here, _CODES.get(problem["type"], problem["type"]), f"{detail.rstrip('.')}.")


def _path(location: tuple[int | str, ...], raw: Any) -> tuple[str | int, ...]:
    """pydantic's location in what was sent: without the `type` that it names behind each choice of elements."""
    path: list[str | int] = []
    tag: object = None
    for step in location:
        if tag is not None and step == tag:
            tag = None
            continue
        path.append(step)
        match raw, step:
            case Mapping(), str():
                raw = raw.get(step)
            case [*items], int() if step < len(items):
                raw = items[step]
            case _:
                raw = None
        tag = raw.get("type") if isinstance(raw, Mapping) else None
    return tuple(path)
