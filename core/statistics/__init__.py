"""How many certificates there are: of a kind, a spa, a template, an owner, by day. Nothing here looks at a certificate."""

from core.statistics.counts import Count, Selection, count, count_up_to
from core.statistics.folding import fold_changes, recount
from core.statistics.summary import Point, Step, Summary, summarise

__all__ = [
    "Count",
    "Point",
    "Selection",
    "Step",
    "Summary",
    "count",
    "count_up_to",
    "fold_changes",
    "recount",
    "summarise",
]
