"""What the database is asked, and how PostgreSQL goes about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement with its values."""

    statement: str
    values: Any


@contextmanager
def recorded(engine: Engine) -> Iterator[list[Asked]]:
    """All statements that the engine sends while the block runs."""
    asked: list[Asked] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append(Asked(statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a plan that was carried out. `rows` left it, `looked_at` were read for them; of a sort, what was sorted."""

    kind: str
    relation: str
    index: str
    rows: int
    looked_at: int

    @property
    def reads(self) -> bool:
        """Whether it reads a table or an index, and not what other steps have read."""
        return bool(self.relation or self.index)


@dataclass(frozen=True, slots=True)
class Plan:
    """How PostgreSQL went about a statement. `text` is for people."""

    steps: tuple[Step, ...]
    ms: float
    text: str


def carried_out(engine: Engine, asked: Asked) -> Plan:
    """Have it done again, and explained."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.statement}", asked.values)
        ((found,),) = cursor.fetchall()
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {asked.statement}", asked.values)
        text = "\n".join(line for (line,) in cursor.fetchall())
        connection.rollback()
    (explained,) = json.loads(found) if isinstance(found, str) else found
    return Plan(tuple(_steps(explained["Plan"])), explained["Execution Time"], text)


def _steps(node: dict[str, Any]) -> Iterator[Step]:
    children: list[dict[str, Any]] = node.get("Plans", [])
    loops = node["Actual Loops"]
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    sorted_rows = sum(child["Actual Rows"] * child["Actual Loops"] for child in children)
    rows = round(node["Actual Rows"] * loops)
    yield Step(
        kind=node["Node Type"],
        relation=node.get("Relation Name", ""),
        index=node.get("Index Name", ""),
        rows=rows,
        looked_at=round(sorted_rows) if "Sort" in node["Node Type"] else round(rows + removed * loops),
    )
    for child in children:
        yield from _steps(child)
