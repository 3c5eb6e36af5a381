"""What one process asked of storage joins what all did."""

from __future__ import annotations

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from core.models import StorageUse
from core.storage import Use, Uses

_log = structlog.get_logger(__name__)


def keep_storage_use(sessions: sessionmaker[Session], uses: Uses) -> bool:
    """Add what one process asked of storage to what all did; whether the database took it."""
    rows = [
        {"operation": operation, "outcome": outcome, **use._asdict()}
        # In one order everywhere, so that two processes cannot deadlock.
        for (operation, outcome), use in sorted(uses.items())
    ]
    new = insert(StorageUse)
    sums = {name: StorageUse.__table__.c[name] + new.excluded[name] for name in Use._fields}
    try:
        with sessions.begin() as session:
            # Figures only: what a crash of the database takes of them is no loss worth waiting for.
            session.execute(text("SET LOCAL synchronous_commit = off"))
            session.execute(
                new.on_conflict_do_update(index_elements=["operation", "outcome"], set_=sums), rows
            )
    except SQLAlchemyError as error:
        _log.warning("use of storage not kept yet", error=type(error).__name__)
        return False
    return True
