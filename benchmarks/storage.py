"""What putting and reading documents costs: a folder and a bucket of a local S3 server by turns, in one run.

make bench-storage  [ROUNDS=15]

A chunk is 32 certificates of three files, as large as those of the built-in templates are. Wall clock, for storage is
waiting, and CPU of this process: what a worker spends on it beside rendering. The server's own CPU is told at the end.
"""

import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final
from uuid import uuid4

from benchmarks.cpu import cpu_seconds, risen
from benchmarks.telling import tell
from core.storage import DiskStorage, Storage, open_storage
from embedded.seaweedfs import SeaweedFS

ITEMS: Final = 32
FILES: Final = {"pdf": 60_000, "png": 330_000, "jpg": 15_000}
_MILLISECONDS: Final = 1000

Files = dict[str, bytes]
Measured = dict[str, list[tuple[float, float]]]


def main() -> None:
    rounds = int(os.environ.get("ROUNDS", "15"))
    noise = random.Random(0)
    with tempfile.TemporaryDirectory(prefix="certmill-bench-") as folder:
        server = SeaweedFS(Path(folder) / "s3", durable=False)
        server.start()
        try:
            server.wait_until_ready()
            storages: dict[str, Storage] = {
                "disk": DiskStorage(Path(folder) / "media"),
                "s3": open_storage(server.media_url("media"), server.credentials),
            }
            measured: dict[str, Measured] = {name: {} for name in storages}
            before = cpu_seconds()
            for number in range(rounds + 1):
                files = _chunk(noise)
                for name, storage in storages.items():
                    # The first round opens connections and makes folders.
                    _measure(storage, files, measured[name] if number else {})
            served = sum(risen(before).values()) * _MILLISECONDS
        finally:
            server.stop()
    _tell(measured, rounds, served / (rounds + 1))


def _chunk(noise: random.Random) -> Files:
    return {
        f"documents/{uuid4().hex}/{uuid4().hex}.{form}": noise.randbytes(size)
        for _ in range(ITEMS)
        for form, size in FILES.items()
    }


def _measure(storage: Storage, files: Files, into: Measured) -> None:
    pictures = [key for key in files if key.endswith(".png")]
    _time(into, "put a chunk of 96 files", lambda: storage.put(files))
    _time(into, "put it again", lambda: storage.put(files))
    for key in pictures:
        _time(into, "read a PNG whole", lambda key=key: _read(storage, key))  # type: ignore[misc]
    for key in pictures:
        _time(into, "read 1 kB of it", lambda key=key: _read(storage, key, 200_000, 1000))  # type: ignore[misc]
    for key in pictures:
        _time(into, "open and close it", lambda key=key: storage.open(key).close())  # type: ignore[misc]
    for key in pictures:
        _time(into, "delete it", lambda key=key: storage.delete(key))  # type: ignore[misc]


def _read(storage: Storage, key: str, start: int = 0, length: int = -1) -> bytes:
    with storage.open(key) as file:
        file.seek(start)
        return file.read(length)


def _time(into: Measured, what: str, do: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    into.setdefault(what, []).append((time.perf_counter() - wall, time.process_time() - cpu))


def _tell(measured: dict[str, Measured], rounds: int, served: float) -> None:
    lines = [
        f"A folder and a bucket of a local server by turns, {rounds} rounds; medians in ms",
        f"  {'':<26}{'folder':>9}{'CPU':>8}{'bucket':>9}{'CPU':>8}",
    ]
    found: dict[str, float] = {}
    for what in measured["disk"]:
        shown = []
        for name, taken in measured.items():
            wall, cpu = (median(column) * _MILLISECONDS for column in zip(*taken[what], strict=True))
            shown += [wall, cpu]
            found[f"{name}_{'_'.join(what.split()[:3])}_ms"] = round(wall, 3)
            found[f"{name}_{'_'.join(what.split()[:3])}_cpu_ms"] = round(cpu, 3)
        lines.append(f"  {what:<26}{shown[0]:>9.2f}{shown[1]:>8.2f}{shown[2]:>9.2f}{shown[3]:>8.2f}")
    lines.append(f"  the S3 server used {served:.0f} ms of CPU a round")
    tell("make bench-storage", "\n".join([*lines, json.dumps(found)]))


if __name__ == "__main__":
    main()
