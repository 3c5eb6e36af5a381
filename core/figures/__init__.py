"""Figures: what every process counts and times of its own work, told to Prometheus for a machine as a whole.

What PostgreSQL knows is not counted here: core/metrics reads it there.
"""

from core.figures import instruments
from core.figures.counting import count_after_commit, settle_counts
from core.figures.machine import Process, join, living, program, registry_of, tell_of
from core.figures.stopwatch import Stopwatch

__all__ = [
    "Process",
    "Stopwatch",
    "count_after_commit",
    "instruments",
    "join",
    "living",
    "program",
    "registry_of",
    "settle_counts",
    "tell_of",
]
