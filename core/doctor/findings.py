"""What the doctor says."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` names what does not hold. `job_id` and `position` say of what; `key` is a file's; `detail` is for people."""

    check: str
    detail: str
    job_id: UUID | None = None
    position: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        place = [f"job {self.job_id}"] if self.job_id else []
        place += [f"item {self.position}"] if self.position is not None else []
        place += [self.key] if self.key else []
        return f"{self.check}: {', '.join(place)}: {self.detail}"
