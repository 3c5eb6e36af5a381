"""`make demo`: the main job once, on the sample rows of every built-in template, over HTTP as a web client does it."""

import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pypdfium2
from PIL import Image

from embedded.client import Client
from embedded.contact_sheet import contact_sheet
from embedded.errors import EmbeddedError
from embedded.samples import Samples
from embedded.system import ROOT, RunningSystem, system

_BAR = 40
_READERS = 4
_PATIENCE = 600.0
"""Seconds without any progress after which the demo gives up."""


@dataclass(slots=True)
class _Kind:
    """What the demo counts for one kind. `first` and `last` are moments of time.monotonic()."""

    certificates: int = 0
    failed: int = 0
    first: float = 0.0
    last: float = 0.0
    sizes: Counter[str] = field(default_factory=Counter)


def main(root: Path = ROOT) -> int:
    """0 only if every certificate was issued, is listed, and every file opens and is what its name says."""
    print("Starting servers, web, workers, beat and Flower under ./var …", flush=True)
    try:
        with system(root / "var", root=root) as running:
            return _demonstrate(running, root)
    except EmbeddedError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


def _demonstrate(running: RunningSystem, root: Path) -> int:
    kinds: dict[str, _Kind] = defaultdict(_Kind)
    with Client(running.base_url, running.admin_key) as client:
        samples = list(Samples(root / "templates", client).requests())
        total = sum(len(request.body["items"]) for request in samples)
        print(f"Submitting {total} items of {len({r.kind for r in samples})} kinds in {len(samples)} jobs.\n")
        started = time.monotonic()
        jobs = {}
        for request in samples:
            accepted = client.post("/certificates/generate", request.body).json
            jobs[accepted["id"]] = request.kind
            kinds[request.kind].first = kinds[request.kind].first or time.monotonic()
        finished = _poll(client, jobs, kinds, total)
        seconds = time.monotonic() - started
        since = min(job["created_at"] for job in finished)
        listed = [e for e in _listing(client, "/certificates", since=since) if e["job_id"] in jobs]
        user = client.get("/me").json["user_id"]
        mine = {entry["id"] for entry in _listing(client, f"/certificates/user/{user}", since=since)}
        public = {entry["id"] for entry in _listing(client, "/certificates/generated/public", since=since)}
    for job in finished:
        kinds[job["kind"]].failed += job["failed"]
    broken, examples = _fetch(running, listed, kinds)
    sheet = root / "var" / "demo-contact-sheet.png"
    contact_sheet(
        {label.replace("_", " ").capitalize(): data for label, data in sorted(examples.items())}, sheet
    )
    issued = len(listed)
    _report(kinds, issued, seconds, sheet, running)
    expected = {entry["id"] for entry in listed if entry["is_public"]}
    broken += [f"{each} is not in its user's listing" for each in {entry["id"] for entry in listed} - mine]
    broken += [f"{each} is not in the public listing" for each in expected - public]
    print(f"  listed for everybody {len(listed)}, for their user {len(mine)}, publicly {len(public)}\n")
    for complaint in broken[:10]:
        print(f"BROKEN  {complaint}", file=sys.stderr)
    failed = total - issued
    print(
        json.dumps(
            {
                "certificates": issued,
                "failed": failed,
                "seconds": round(seconds, 2),
                "per_second": round(issued / seconds, 1),
                "media": _folder_of(running.media),
            }
        )
    )
    return 0 if failed == 0 and not broken and issued == total else 1


def _poll(client: Client, jobs: dict[str, str], kinds: dict[str, _Kind], total: int) -> list[dict[str, Any]]:
    """Poll each job until it is completed, with its ETag, as a polite client does; show how far they are."""
    waiting = dict.fromkeys(jobs, "")
    answers: dict[str, dict[str, Any]] = {}
    done, moved = 0, time.monotonic()
    while waiting and time.monotonic() - moved < _PATIENCE:
        for job, etag in list(waiting.items()):
            answer = client.get(f"/jobs/{job}", **({"If_None_Match": etag} if etag else {}))
            if answer.status == 200:
                answers[job] = answer.json
                waiting[job] = answer.headers.get("ETag", "")
                if answers[job]["state"] == "completed":
                    kinds[jobs[job]].last = time.monotonic()
                    del waiting[job]
        shown, done = done, sum(answer["issued"] + answer["failed"] for answer in answers.values())
        if done != shown:
            _show(done, total)
            moved = time.monotonic()
        if waiting:
            time.sleep(0.25)
    return list(answers.values())


def _show(done: int, total: int) -> None:
    filled = _BAR * done // total
    line = f"  {'█' * filled}{'░' * (_BAR - filled)}  {done:>5} of {total} documents"
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if done == total else "", flush=True)
    else:
        print(line, flush=True)


def _listing(client: Client, path: str, *, since: str) -> Iterator[dict[str, Any]]:
    """The entries of a listing that were issued since a moment, newest first."""
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(f"{path}?limit=200" + (f"&cursor={cursor}" if cursor else "")).json
        for entry in page["items"]:
            if entry["issued_at"] < since:
                return
            yield entry
        cursor = page["next"]


def _fetch(
    running: RunningSystem, listed: list[dict[str, Any]], kinds: dict[str, _Kind]
) -> tuple[list[str], dict[str, bytes]]:
    """Download every file; what is wrong with any, and a picture of the first document of each kind."""
    broken: list[str] = []
    examples: dict[str, bytes] = {}

    def read(entries: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any], bytes]]:
        with Client(running.base_url, running.admin_key) as client:
            return [
                (entry, file, client.get(file["url"]).body) for entry in entries for file in entry["files"]
            ]

    with ThreadPoolExecutor(_READERS) as pool:
        for got in pool.map(read, _steps(listed, 10)):
            for entry, file, data in got:
                if complaint := _wrong(file, data):
                    broken.append(f"{entry['number']} {file['rendition']}: {complaint}")
                kinds[entry["kind"]].sizes[file["rendition"]] += len(data)
                if file["rendition"] == "png":
                    examples[entry["kind"]] = data
    for entry in listed:
        kinds[entry["kind"]].certificates += 1
    return broken, examples


def _wrong(file: dict[str, Any], data: bytes) -> str | None:
    """What is wrong with a file, by its own digest and by somebody else's reader."""
    if hashlib.sha256(data).hexdigest() != file["digest"] or file["digest"] not in file["url"]:
        return "its SHA-256 is not its name's"
    try:
        if file["rendition"] == "pdf":
            pages = len(pypdfium2.PdfDocument(data))
            return None if pages == file["pages"] else f"page count {pages} instead of {file['pages']}"
        with Image.open(BytesIO(data)) as picture:
            picture.load()
    except (OSError, pypdfium2.PdfiumError) as error:
        return f"does not open: {error}"
    return None


def _report(
    kinds: dict[str, _Kind], issued: int, seconds: float, sheet: Path, running: RunningSystem
) -> None:
    print(
        f"\n  {'kind':<22}{'documents':>10}{'failed':>8}{'seconds':>9}{'PDF kB each':>13}{'PNG kB each':>13}"
    )
    print(f"  {'─' * 75}")
    for name, kind in sorted(kinds.items()):
        each = max(kind.certificates, 1)
        print(
            f"  {name:<22}{kind.certificates:>10}{kind.failed:>8}{kind.last - kind.first:>9.1f}"
            f"{kind.sizes['pdf'] / each / 1000:>13.1f}{kind.sizes['png'] / each / 1000:>13.1f}"
        )
    sizes = sum((kind.sizes for kind in kinds.values()), Counter[str]())
    print(
        f"\n  {issued} certificates in {seconds:.1f} s: {issued / seconds:.1f} a second, each as PDF, PNG and thumbnail"
    )
    print(
        f"  {sum(sizes.values()) / 1e6:.1f} MB: PDF {sizes['pdf'] / 1e6:.1f}, PNG {sizes['png'] / 1e6:.1f}\n"
    )
    print(f"  documents      {_folder_of(running.media)}/documents/")
    print(f"  contact sheet  {sheet}")
    print(f"  logs           {sheet.parent / 'log'}/\n")


def _folder_of(media_url: str) -> str:
    parts = urlsplit(media_url)
    return unquote(parts.path) if parts.scheme == "file" else media_url.partition("?")[0].rstrip("/")


def _steps(entries: list[dict[str, Any]], size: int) -> Iterable[list[dict[str, Any]]]:
    return (entries[first : first + size] for first in range(0, len(entries), size))


if __name__ == "__main__":
    sys.exit(main())
