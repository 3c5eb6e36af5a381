"""Routes that document themselves: who may call them, what they read, what they answer.

flask-openapi3 writes the document from a view's annotations (`path`, `query`, `header`, `body`, `form`) and its
`responses`. The reading is ours (api/bodies.py): admission before parsing, strict JSON, and every fault named with
its place. A view that is not marked with who may call it cannot be added.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from http import HTTPMethod
from typing import Any, Final, cast

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.info import Info
from flask_openapi3.models.tag import Tag
from flask_openapi3.openapi import OpenAPI
from flask_openapi3.scaffold import APIScaffold
from flask_openapi3.types import ParametersTuple, ResponseDict
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api import auth, bodies
from api.errors import PROBLEM_TYPE
from api.schemas.problems import Problem

_REF: Final = "#/components/schemas/{model}"
_KEY: Final = "key"
_SESSION: Final = "session"

SECURITY_SCHEMES: Final[dict[str, Any]] = {
    _KEY: {"type": "http", "scheme": "bearer", "description": "An API key: `Authorization: Bearer cm_…`."},
    _SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "certmill_session",
        "description": "The console's session. Unsafe methods also need its token in `X-CSRF-Token`.",
    },
}

Described = tuple[type[BaseModel], JsonSchemaMode]


def problem(description: str) -> dict[str, Any]:
    """A documented way to fail."""
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}},
    }


class _Contract(APIScaffold):
    """What our application and our blueprints do differently from flask-openapi3's."""

    described: set[Described]

    def _collect_openapi_info(
        self,
        rule: str,
        func: Callable[..., Any],
        *,
        method: str = HTTPMethod.GET,
        summary: str | None = None,
        description: str | None = None,
        responses: ResponseDict | None = None,
        operation_id: str | None = None,
        security: list[dict[str, list[Any]]] | None = None,
        **rest: Any,
    ) -> ParametersTuple:
        access = auth.access_of(func)
        answers = cast(dict[Any, Any], responses or {})
        first_line, _, rest_of_it = inspect.cleandoc(func.__doc__ or "").partition("\n\n")
        parameters = super()._collect_openapi_info(
            rule,
            func,
            method=method,
            responses=_ways_to_fail(access, func, method) | answers,
            security=security or ([] if access.role is None else [{_KEY: []}, {_SESSION: []}]),
            summary=summary or first_line,
            description=description or rest_of_it or first_line,
            operation_id=operation_id or f"{getattr(self, 'name', 'certmill')}.{func.__name__}",
            **rest,
        )
        self.described |= {(model, "serialization") for model in answers.values() if isinstance(model, type)}
        self.described |= {
            (model, "validation")
            for model in parameters
            if model is not None and issubclass(model, BaseModel)
        }
        return parameters

    @staticmethod
    def create_view_func(
        func: Callable[..., Response], *models: Any, **_options: Any
    ) -> Callable[..., Response]:
        """The view as Flask calls it: admission, then reading what its annotations name, then the view itself."""
        header, _cookie, path, query, form, body, raw = models
        access = auth.access_of(func)
        readers: list[tuple[str, Callable[[], BaseModel]]] = [
            (name, _reader(read, model))
            for name, read, model in (
                ("header", bodies.parse_headers, header),
                ("query", bodies.parse_query, query),
                ("form", bodies.parse_form, form),
                ("body", bodies.parse_body, body),
            )
            if model is not None
        ]

        @wraps(func)
        def view(**parts: object) -> Response:
            auth.admit(access)
            arguments: dict[str, BaseModel] = {}
            if path is not None:
                arguments["path"] = bodies.parse_path(path, parts)
            for name, read in readers:
                arguments[name] = read()
            if raw is not None:  # a body of several media types, which the view reads by api/bodies.py itself
                return func(raw=request, **arguments)
            return func(**arguments)

        return view


def _reader(read: Callable[[type[BaseModel]], BaseModel], model: type[BaseModel]) -> Callable[[], BaseModel]:
    return lambda: read(model)


def _ways_to_fail(access: auth.Access, func: Callable[..., Any], method: str) -> dict[str, Any]:
    reads = func.__annotations__
    ways: dict[str, Any] = {"default": problem("Any other problem.")}
    if method == "GET":
        ways["304"] = {"description": "Not changed: `If-None-Match` names its `ETag`."}
    if access.role is not None:
        ways["401"] = problem("No key, or not one that is known and valid.")
        ways["403"] = problem("The role or the key's scope is too small.")
    if "path" in reads:
        ways["404"] = problem("Not there, or not the caller's.")
    if reads.keys() & {"body", "form", "raw"}:
        ways["400"] = problem("The body is not well formed.")
        ways["413"] = problem("The body is too large.")
        ways["415"] = problem("The body has another media type than this address reads.")
    if reads.keys() & {"body", "form", "raw", "query", "header"}:
        ways["422"] = problem("Some of it is faulty; `errors` names every place.")
    return ways


class Blueprint(_Contract, APIBlueprint):
    """A room of the API: `name` of its endpoints, `prefix` of its addresses, `tag` of its part of the document."""

    def __init__(self, name: str, prefix: str, *, tag: str) -> None:
        self.described = set()
        super().__init__(name, __name__, url_prefix=prefix or None, abp_tags=[Tag(name=tag)])


class Application(_Contract, OpenAPI):
    """The Flask application, and the document that says what it does."""

    def __init__(self, import_name: str, *, version: str, **options: Any) -> None:
        self.described = {(Problem, "serialization")}
        super().__init__(
            import_name,
            info=Info(
                title="Certmill",
                version=version,
                description="Certificates and HR documents by the thousand.",
            ),
            security_schemes=SECURITY_SCHEMES,
            validation_error_status="default",
            validation_error_model=Problem,
            doc_ui=False,
            **options,
        )

    @staticmethod
    def ensure_sync(func: Callable[..., Any]) -> Callable[..., Any]:
        """No view of ours is a coroutine; Flask would look at each function again in every request."""
        return func

    def add(self, blueprints: Iterable[Blueprint]) -> None:
        for blueprint in blueprints:
            self.described |= blueprint.described
            self.register_api(blueprint)

    def generate_spec_json(self) -> None:
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        # flask-openapi3's own model of a schema drops what it has no field for; pydantic's says it all.
        self.spec_json["components"]["schemas"] = _schemas(self.described)


def _schemas(described: set[Described]) -> dict[str, Any]:
    # What is both read and answered is described as it is read: less promised, nothing false.
    modes: tuple[JsonSchemaMode, ...] = ("serialization", "validation")
    schemas: dict[str, Any] = {}
    for mode in modes:
        models = sorted((each for each in described if each[1] == mode), key=lambda each: each[0].__name__)
        schemas |= models_json_schema(models, ref_template=_REF)[1].get("$defs", {})
    return schemas
