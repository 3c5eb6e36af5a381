"""What operators and their programs ask: is it alive, is it able to work, what does it offer."""

from __future__ import annotations

from importlib import resources
from typing import Final, cast

from flask import Response, current_app, render_template
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api import answers
from api.auth import everybody
from api.contract import Application, Blueprint
from api.errors import EXPLANATIONS
from api.runtime import runtime
from api.schemas.base import Request
from api.schemas.operations import Alive, Readiness
from core import metrics
from core.errors import NotFound

operations = Blueprint("operations", "", tag="Operations")

_SWAGGER: Final = resources.files("flask_openapi3_swagger") / "templates" / "swagger"
_DOCS_FILES: Final = {
    "swagger-ui.css": ("css/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("js/swagger-ui-bundle.js", "text/javascript"),
}
# Swagger UI sets style attributes and draws its icons from data: addresses; scripts come from here alone.
_DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocsFilePath(Request):
    docs_file: str


@operations.get("/healthz", responses={200: Alive})
@everybody
def alive() -> Response:
    """Is this process alive?"""
    return answers.json(Alive(status="alive"), headers={"Cache-Control": "no-store"})


@operations.get("/readyz", responses={200: Readiness, 503: Readiness})
@everybody
def ready() -> Response:
    """Is it able to work?

    Looks at all that work needs: database, broker, cache, storage, fonts. 503 names what is missing. Without broker or cache
    it is `degraded` and answers all the same: jobs are taken and wait, listings come from the database.
    """
    checks = metrics.check_readiness(runtime())
    failing = {name for name, outcome in checks.items() if outcome != "ok"}
    able = failing <= metrics.DISPENSABLE
    status = Readiness(status="not ready" if not able else "degraded" if failing else "ready", checks=checks)
    return answers.json(status, 200 if able else 503, {"Cache-Control": "no-store"})


@operations.get("/metrics", responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
@everybody
def scrape() -> Response:
    """Metrics for Prometheus: those of the deployment, and those of all processes of the machine that answers"""
    response = Response(metrics.scrape(runtime()), content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response.headers["Cache-Control"] = "no-store"
    return response


@operations.get(
    "/openapi.json", responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
)
@everybody
def contract() -> Response:
    """This contract, as OpenAPI 3.1"""
    return answers.json(cast(Application, current_app).api_doc)


@operations.get("/docs", responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}})
@everybody
def docs() -> Response:
    """The contract to read and to try"""
    response = Response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = _DOCS_POLICY
    return response


@operations.get("/docs/<docs_file>", doc_ui=False)
@everybody
def docs_file(path: DocsFilePath) -> Response:
    """What the page at /docs is made of; nothing of it comes from anywhere else."""
    if path.docs_file not in _DOCS_FILES:
        raise NotFound("There is nothing at this address.")
    file, media_type = _DOCS_FILES[path.docs_file]
    response = Response((_SWAGGER / file).read_bytes(), content_type=f"{media_type}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@operations.get("/problems", responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}})
@everybody
def problems() -> Response:
    """What the `type` of a problem means"""
    return Response(render_template("problems.html", explanations=EXPLANATIONS))
