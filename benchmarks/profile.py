"""Where the time of an approach of ours goes, by the innermost function of `core` that is at work.

    python -m benchmarks.profile pdf|png300|png150|jpeg300|poster300|kinds|sheet  [DOCUMENTS=300]

A sample is taken for each millisecond of CPU, and weighs the CPU since the last one: a long call into C counts whole.
"""

import os
import signal
import sys
import time
from collections import defaultdict
from types import FrameType

from benchmarks.ours import APPROACHES
from benchmarks.telling import tell
from benchmarks.turns import ROOT

_CORE = str(ROOT / "core")
_EVERY = 0.001
_SHOWN = 14


def main() -> None:
    name = sys.argv[1]
    documents = int(os.environ.get("DOCUMENTS", "300"))
    draw = APPROACHES[name]()
    warm = documents // 10
    for number in range(warm):
        draw(number)

    spent: defaultdict[str, float] = defaultdict(float)
    last = time.process_time()

    def sample(_: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.process_time()
        spent[_place(frame)] += now - last
        last = now

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    for number in range(warm, documents):
        draw(number)
    signal.setitimer(signal.ITIMER_PROF, 0)

    total = sum(spent.values())
    each = total * 1000 / (documents - warm)
    lines = [f"{name}: {each:.2f} ms a document, of which"]
    longest = sorted(spent, key=lambda place: -spent[place])[:_SHOWN]
    lines += [f"  {spent[place] * 100 / total:>5.1f} %  {place}" for place in longest]
    tell(f"profile {name}", "\n".join(lines))


def _place(frame: FrameType | None) -> str:
    while frame is not None and not frame.f_code.co_filename.startswith(_CORE):
        frame = frame.f_back
    if frame is None:
        return "(the benchmark itself)"
    module = frame.f_code.co_filename.removeprefix(f"{ROOT}/")
    return f"{module} {frame.f_code.co_qualname}"


if __name__ == "__main__":
    main()
