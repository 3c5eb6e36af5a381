"""What happens with a transaction is counted with its commit: what was rolled back did not happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Counter

if TYPE_CHECKING:  # beat and the exporter, which ask no database, do without it
    from sqlalchemy.orm import Session, sessionmaker

_COUNTS: Final = "certmill.counts"


def count_after_commit(session: Session, counter: Counter, *labels: str, by: float = 1) -> None:
    """Add to a counter once this session's transaction is committed."""
    if by:
        session.info.setdefault(_COUNTS, []).append((counter, labels, by))


def settle_counts(sessions: sessionmaker[Session]) -> None:
    """Let these sessions count what was asked of `count_after_commit`."""
    from sqlalchemy import event

    event.listen(sessions, "after_commit", _count)
    event.listen(sessions, "after_soft_rollback", _forget)


def _count(session: Session) -> None:
    for counter, labels, by in session.info.pop(_COUNTS, ()):
        counter.labels(*labels).inc(by)


def _forget(session: Session, _previous: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_COUNTS, None)
