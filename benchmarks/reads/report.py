"""What a run of `make bench-reads` says at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.reads.costs import Approach, ratio
from benchmarks.reads.staleness import Notes
from benchmarks.reads.stampede import CLIENTS, Stampede
from benchmarks.telling import tell


def report(
    made: Mapping[str, Approach],
    miss_ratio: float,
    storms: Sequence[Stampede],
    notes: Notes,
    rows: int,
    rounds: int,
) -> None:
    """Tell it. `miss_ratio`: how many times longer a miss takes at so many rows than at few."""
    hello = made["hello"]
    lines = [
        f"{rows:,} certificates, medians of {rounds} rounds; CPU ms a request: web + PostgreSQL + cache",
        f"  {'':<36}{'CPU':>8}{'web':>9}{'database':>10}{'cache':>7}{'waited':>9}{'of hello':>10}",
    ]
    for approach in made.values():
        cost = approach.cost
        lines.append(
            f"  {approach.name:<36}{cost.cpu:>8.3f}{cost.web:>9.3f}{cost.database:>10.3f}{cost.cache:>7.3f}"
            f"{cost.wall:>9.2f}{ratio(approach, hello):>10.2f}   {approach.mostly}"
        )
    said = ", ".join(f"{name} {count:,}" for name, count in notes.said.most_common())
    queries = [storm.queries for storm in storms]
    lines += [
        f"{CLIENTS} clients on an expired page, {len(storms)} times: {median(queries):g} queries, {max(queries)} at most; "
        f"the last had its answer after {median(storm.ms for storm in storms):.0f} ms",
        f"{notes.reads:,} reads while {notes.jobs:,} jobs completed and the cache was killed {notes.interruptions} times: "
        f"{notes.stale} stale ({said})",
    ]
    found = {
        "hit_vs_hello": round(ratio(made["hit"], hello), 2),
        "not_modified_vs_hello": round(ratio(made["not_modified"], hello), 2),
        "poll_vs_hello": round(ratio(made["poll"], hello), 2),
        "page1_vs_old": round(ratio(made["old_1"], made["hit"]), 1),
        "page20_vs_old": round(ratio(made["old_20"], made["page_20"]), 1),
        "page1_vs_old_parallel": round(ratio(made["parallel_1"], made["hit"]), 1),
        "miss1_vs_old": round(ratio(made["old_1"], made["miss"]), 1),
        "miss20_vs_old": round(ratio(made["old_20"], made["miss_20"]), 1),
        "page1000_vs_page1": round(ratio(made["deep"], made["miss"]), 2),
        "miss_1m_vs_10k": round(miss_ratio, 2),
        "stampede_queries": max(queries),
        "stale_reads": notes.stale,
    }
    tell("make bench-reads", "\n".join([*lines, json.dumps(found)]))
