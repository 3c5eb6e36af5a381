"""What storage was asked by all processes of the deployment, since its beginning."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base


class StorageUse(Base):
    """Sums for one operation and outcome (core/storage/measured.py)."""

    __tablename__ = "storage_use"

    operation: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    files: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]
