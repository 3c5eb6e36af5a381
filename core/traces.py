"""Traces, where somebody takes them: spans of requests, chunks, statements, storage and drawing, sent to an OpenTelemetry
collector. Without an endpoint nothing of OpenTelemetry is imported, and a span is an empty block."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final

from core.settings import SettingsError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanContext, Tracer

Attribute = str | int | float | bool

_NOTHING: Final = nullcontext()
_tracer: Tracer | None = None
_provider: TracerProvider | None = None


def begin(endpoint: str, program: str) -> None:
    """Send this process's spans to a collector that speaks OTLP over HTTP. To be called after the fork. The SDK reads its other
    variables itself (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES). Raises `SettingsError`
    where it is not installed."""
    global _tracer, _provider  # noqa: PLW0603, one for one process
    if not endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as missing:
        reason = "traces need what requirements-otel.txt names"
        raise SettingsError(f"OTEL_EXPORTER_OTLP_ENDPOINT: {reason} ({missing})") from None
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.namespace": "certmill", "service.name": f"certmill-{program}"})
    _provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("certmill")


def end() -> None:
    """Send what was not sent yet, and make no more: what a process ends with."""
    global _tracer, _provider  # noqa: PLW0603, one for one process
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def are_taken() -> bool:
    """Whether anybody takes traces."""
    return _tracer is not None


def span(
    name: str, /, *, parent: str | None = None, cause: str | None = None, **attributes: Attribute
) -> AbstractContextManager[object]:
    """A span around a block. `parent` and `cause` are what `carried` answered elsewhere: the span goes on with the first's
    trace, and is a trace of its own that points to the second's."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry import context
    from opentelemetry.trace import Link

    links = [Link(there) for there in [_read(cause)] if there is not None]
    around: Context | None = None
    if parent is not None:
        around = _around(parent)
    elif links:
        around = context.Context()
    return _tracer.start_as_current_span(name, context=around, links=links, attributes=attributes)


def note(name: str, seconds: float, attributes: Mapping[str, Attribute]) -> None:
    """A span that has just ended, within the one that we are in; without one it is nobody's and not told."""
    if _tracer is None:
        return
    if _current().is_recording():
        now = time.time_ns()
        _tracer.start_span(name, start_time=now - round(seconds * 1e9), attributes=attributes).end(now)


def describe(name: str, attributes: Mapping[str, Attribute]) -> None:
    """Say what the span that we are in turned out to be."""
    if _tracer is not None:
        current = _current()
        current.update_name(name)
        current.set_attributes(attributes)


def carried() -> str | None:
    """The place of the span that we are in, as a `traceparent` (W3C Trace Context), for who goes on elsewhere."""
    if _tracer is None:
        return None
    place = _current().get_span_context()
    if not place.is_valid:
        return None
    return f"00-{place.trace_id:032x}-{place.span_id:016x}-{place.trace_flags:02x}"


def _current() -> Span:
    from opentelemetry.trace import get_current_span

    return get_current_span()


def _around(traceparent: str) -> Context:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent})


def _read(traceparent: str | None) -> SpanContext | None:
    if traceparent is None:
        return None
    from opentelemetry.trace import get_current_span

    place = get_current_span(_around(traceparent)).get_span_context()
    return place if place.is_valid else None
