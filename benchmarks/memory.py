"""How much memory a process holds that draws thousands of documents of all built-in templates, and what holds it.

make bench-memory  [DOCUMENTS=10000]
"""

import argparse
import gc
import json
import os
import random
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from statistics import median

# What libraries load where a developer has it, and a worker has not: structlog this, redis that.
sys.modules |= dict.fromkeys(("rich", "opentelemetry"))  # type: ignore[arg-type]  # None: there is no such module

from benchmarks.builtin import NAMES, BuiltIns  # noqa: E402
from benchmarks.telling import tell  # noqa: E402
from core.heap import give_back, settle  # noqa: E402
from core.kept import Kept  # noqa: E402

_SETTLED_AFTER = 1000
_SEED = 11
_BETWEEN = 150  # documents, from one return of free memory to the next: what a process draws in ten seconds beside two others
_LOOKED_AT = 100  # documents whose median is told: one alone may have been a sheet of many pages, or a card


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=int(os.environ.get("DOCUMENTS", "10000")))
    documents = parser.parse_args().documents
    settled = min(_SETTLED_AFTER, documents)
    built_ins = BuiltIns()
    settle()
    order = random.Random(_SEED)
    lines = [
        f"{documents} documents of {len(NAMES)} templates, PDF + PNG at 150 dpi + thumbnail each",
        f"  {'documents':>10}{'resident':>12}{'CPU each':>12}",
        f"  {'none yet':>10}{resident_bytes() / 1e6:>9.1f} MB",
    ]
    resident: dict[int, float] = {}
    lately: deque[int] = deque(maxlen=_LOOKED_AT)
    started = time.process_time()
    for number in range(1, documents + 1):
        name = order.choice(NAMES)
        built_ins.render(name, order.choice(built_ins.rows[name]), number)
        if number % _BETWEEN == 0:
            give_back()
        lately.append(resident_bytes())
        if number in (settled, documents) or number % 1000 == 0:
            resident[number] = median(lately)
            each = (time.process_time() - started) * 1000 / number
            lines.append(f"  {number:>10}{resident[number] / 1e6:>9.1f} MB{each:>9.2f} ms")
            print(lines[-1], file=sys.stderr)
    lines.append("What is kept, by the cache that keeps it:")
    for where, entries, weight, budget in sorted(kept(), key=lambda each: -each[2]):
        lines.append(f"  {where:<44}{entries:>7} entries, {weight:>12,} of {budget:>12,}")
    first, last = resident[settled], resident[documents]
    found = {
        "settled_mb": round(first / 1e6, 1),
        "end_mb": round(last / 1e6, 1),
        "growth": round(last / first - 1, 4),
    }
    tell("make bench-memory", "\n".join([*lines, json.dumps(found)]))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kept() -> Iterator[tuple[str, int, int, int]]:
    """Every cache of the process, by the module and name that hold it: its entries, their weight, what it may weigh."""
    names = {
        id(value): f"{module_name}.{name}"
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("core.")
        for name, value in vars(module).items()
        if isinstance(value, Kept)
    }
    gc.unfreeze()  # what `settle` hid from it
    for each in gc.get_objects():
        if isinstance(each, Kept):
            yield names.get(id(each), "(of an object)"), len(each), each.weight, each.budget


if __name__ == "__main__":
    main()
