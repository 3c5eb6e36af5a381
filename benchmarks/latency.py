"""How long one document takes from POST to files: on an idle system, and while a batch of thousands is being drawn.

make bench-latency  [BATCH=5000] [SINGLES=30]
"""

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from embedded.client import Client, RefusedError
from embedded.system import system

_ITEM = {
    "candidate_name": "Asha Rao",
    "course_name": "Thai Massage",
    "start_date": "2026-01-05",
    "end_date": "2026-03-27",
}
_LARGEST = 10_000
"""Items of one request."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batch", type=int, default=int(os.environ.get("BATCH", "5000")))
    parser.add_argument("--singles", type=int, default=int(os.environ.get("SINGLES", "30")))
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="certmill-bench-") as folder,
        system(Path(folder) / "var") as running,
        Client(running.base_url, running.admin_key) as client,
    ):
        _single(client)  # templates prepared, connections made
        idle = [_single(client) for _ in range(asked.singles)]
        batches = [
            client.post("/certificates/generate", _body(min(_LARGEST, asked.batch - first))).json["id"]
            for first in range(0, asked.batch, _LARGEST)
        ]
        while client.get(f"/jobs/{batches[0]}").json["issued"] == 0:
            time.sleep(0.05)
        busy = [_single(client) for _ in range(asked.singles)]
        job = client.get(f"/jobs/{batches[-1]}").json
        for batch in batches:
            with contextlib.suppress(RefusedError):  # completed
                client.post(f"/jobs/{batch}/cancel", {})
    print(f"batch of {asked.batch}: its last job is {job['state']} when the last single one is ready")
    print(f"  {'idle':<6}{_line(idle)}\n  {'busy':<6}{_line(busy)}")
    print(
        json.dumps(
            {
                "idle_p50_s": round(statistics.median(idle), 3),
                "idle_p95_s": round(_percentile(idle, 95), 3),
                "busy_p50_s": round(statistics.median(busy), 3),
                "busy_p95_s": round(_percentile(busy, 95), 3),
                "busy_max_s": round(max(busy), 3),
                "batch_state": job["state"],
            }
        )
    )


def _single(client: Client) -> float:
    """Seconds until the answer to a request that waits says that its document is there."""
    started = time.perf_counter()
    answer = client.post("/certificates/generate", _body(1), Prefer="wait=30").json
    assert answer["state"] == "completed", answer
    return time.perf_counter() - started


def _body(items: int) -> dict[str, Any]:
    return {"template": "therapist-classic", "items": [_ITEM] * items}


def _line(seconds: list[float]) -> str:
    return (
        f"p50 {statistics.median(seconds) * 1000:>6.0f} ms   p95 {_percentile(seconds, 95) * 1000:>6.0f} ms"
        f"   max {max(seconds) * 1000:>6.0f} ms   ({len(seconds)} documents)"
    )


def _percentile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()
