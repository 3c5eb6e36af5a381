"""How many certificates were issued."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import Field

from api.schemas.base import Answer, Request
from api.schemas.certificates import EARLIEST, LATEST, SpaName
from core.certificates import CertificateState
from core.statistics import Step
from core.templates.catalogue import REFERENCE_PATTERN


class StatisticsQuery(Request):
    """A period, and what it is narrowed to. Days are the issuer's."""

    first: date | None = Field(
        default=None,
        alias="from",
        ge=EARLIEST,
        le=LATEST,
        description="The first day. Without it the period has 30 days.",
    )
    last: date | None = Field(
        default=None, alias="to", ge=EARLIEST, le=LATEST, description="The last day. Without it today."
    )
    by: Step = Field(default="day", description="What one entry of `series` stands for.")
    kind: str | None = Field(default=None, max_length=64)
    spa_id: UUID | None = None
    template: str | None = Field(
        default=None,
        pattern=REFERENCE_PATTERN,
        description="All versions of a template by its `id`, one by `id@version`.",
    )
    state: CertificateState | None = Field(default=None, description="As it is now, not as it was then.")
    user_id: UUID | None = Field(
        default=None, description="Of one user; for those who see everything. To others only their own are."
    )


class SeriesPoint(Answer):
    date: date
    count: int


class StateCounts(Answer):
    """Certificates by the state that they are in now."""

    valid: int
    revoked: int
    superseded: int
    erased: int


class KindCount(Answer):
    kind: str
    count: int


class SpaCount(Answer):
    spa: SpaName | None = Field(description="None for what no spa issued.")
    count: int


class Statistics(Answer):
    """Certificates by the day on which they were issued, `from` and `to` included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    timezone: str = Field(description="Whose days these are.")
    by: Step
    total: int
    states: StateCounts
    series: list[SeriesPoint] = Field(
        description="Every day or month of the period in its order, also those without any. Of a month the first day is told."
    )
    kinds: list[KindCount] = Field(description="Those that there are, most first.")
    spas: list[SpaCount] = Field(description="Those that there are, most first.")
