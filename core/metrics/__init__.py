"""Is this deployment able to work, and how is it doing?

Two sorts of metrics, told together. *Rows* are the deployment's: read from PostgreSQL and the broker when somebody asks, and
the same from every process, so of several machines the greatest is right and a sum would count twice. *Figures* are a
machine's: what its processes counted and timed themselves (core/figures), which is summed over machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import structlog
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from core.figures import registry_of
from core.metrics.broker import read_broker
from core.metrics.readiness import DISPENSABLE, STORAGE_ANSWERS_WITHIN, check_readiness
from core.metrics.rows import read_rows
from core.parts import Parts

__all__ = ["DISPENSABLE", "STORAGE_ANSWERS_WITHIN", "check_readiness", "scrape"]

_log = structlog.get_logger(__name__)

_SOURCES: Final[dict[str, Callable[[Parts], Iterator[Metric]]]] = {
    "database": read_rows,
    "broker": read_broker,
}


class _Deployment:
    """What can be read of the deployment now; of what cannot, only that."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        answers = GaugeMetricFamily(
            "certmill_answers", "Whether a server answers whoever was asked for metrics.", labels=["server"]
        )
        for server, read in _SOURCES.items():
            try:
                found = list(read(self._parts))
            except (SQLAlchemyError, RedisError) as error:
                _log.warning("metrics without a server", server=server, error=type(error).__name__)
                answers.add_metric([server], 0)
            else:
                answers.add_metric([server], 1)
                yield from found
        yield answers


def scrape(parts: Parts) -> bytes:
    """The metrics in Prometheus's text format."""
    parts.storage_use.hand_over()
    registry = registry_of(parts.settings.metrics_path)
    registry.register(_Deployment(parts))
    return generate_latest(registry)
