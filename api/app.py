"""The web process: `create_app` joins the rooms of the API to the parts that they work with."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from flask.cli import ScriptInfo

from api import answers, bodies, commands, errors, journal
from api.assets import assets
from api.certificates import certificates
from api.console import console
from api.contract import Application
from api.files import files
from api.front import Front
from api.headers import Guarded
from api.jobs import jobs
from api.operations import operations
from api.people import people
from api.runtime import hold
from api.sessions import sessions
from api.spas import spas
from api.statistics import statistics
from api.templates import templates
from api.verification import verification
from api.webhooks import webhooks
from core import figures, traces
from core.logs import set_up_logging
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings, read_settings
from sending import sender

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VERSION = "0.1.0"

ROOMS = (
    console,
    templates,
    certificates,
    files,
    jobs,
    spas,
    assets,
    verification,
    statistics,
    webhooks,
    people,
    sessions,
    operations,
)


def create_app(runtime: Parts | None = None) -> Application:
    """The application on these parts, or on those that the environment describes. Build it after the fork."""
    if runtime is None:
        settings = read_settings()
        set_up_logging(settings.log_level)
        _join(settings)
        runtime = build_runtime(settings, send=sender(settings.broker_url))
    app = Application("api", version=VERSION, template_folder="pages")
    app.config["MAX_CONTENT_LENGTH"] = bodies.MAX_BYTES + 1
    # An address has one spelling: a redirect would take no POST's body with it.
    app.url_map.merge_slashes = False
    hold(app, runtime)
    # What runs after a request runs in the reverse of this order: the log line is written last.
    for part in (journal, answers, errors):
        part.register(app)
    guarded = Guarded(Front(app.wsgi_app, runtime.answers, runtime.clock), runtime.settings)
    app.wsgi_app = _traced(guarded) if traces.are_taken() else guarded  # type: ignore[assignment,method-assign]
    app.before_request(bodies.refuse_compressed)
    app.add(ROOMS)
    commands.register(app)
    return app


def _join(settings: Settings) -> None:
    """Be one of this machine's processes: a web process beside the one that started it, or a command of an operator's."""
    context = click.get_current_context(silent=True)
    program = "web" if context is None or context.find_object(ScriptInfo) is None else "command"
    figures.join(settings.metrics_path, program)
    traces.begin(settings.otel_exporter_otlp_endpoint, program)
    if program == "web":
        figures.tell_of(settings.metrics_path, os.getppid(), "web main")


def _traced(application: WSGIApplication) -> WSGIApplication:
    """A span around each request, in the client's trace if it has one."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with traces.span(environ["REQUEST_METHOD"], parent=environ.get("HTTP_TRACEPARENT")):
            return application(environ, start_response)

    return answer
