"""What a combined PDF of 10,000 certificates costs: CPU and bytes a page, and the memory of the process on the way.

make bench-combined  [PAGES=10000]
"""

import json
import os
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.certificate import certificate, fonts, metadata, picture, values
from benchmarks.memory import resident_bytes
from benchmarks.ours import know_photos
from benchmarks.telling import tell
from benchmarks.workload import PEOPLE, page, recipient
from core.rendering.imposition import Document
from core.rendering.painters import bound

_SETTLED_AFTER: Final = 1000


def main() -> None:
    pages = int(os.environ.get("PAGES", "10000"))
    settled = min(_SETTLED_AFTER, pages)
    know_photos()
    photos = sum(len(picture(recipient(number).photo).data) for number in range(PEOPLE))
    lines = [f"{pages} certificates C in one PDF", f"  {'pages':>10}{'resident':>12}{'CPU a page':>13}"]
    resident: dict[int, int] = {}
    prepared = certificate()
    started = time.process_time()

    def documents() -> Iterator[Document]:
        for number in range(pages):
            if number in (1, settled) or number % 1000 == 0:
                note(number)
            who = recipient(number)
            own = {**values(who), "name": f"{who.texts['name']} {number}", "url": f"{who.url}{number}"}
            yield Document(f"{number:06d} {who.texts['name']}", prepared.compose(own))

    def note(number: int) -> None:
        if number:
            resident[number] = resident_bytes()
            cpu = (time.process_time() - started) * 1000 / number
            lines.append(f"  {number:>10}{resident[number] / 1e6:>9.1f} MB{cpu:>10.3f} ms")

    size = sum(map(len, bound(documents(), fonts=fonts(), metadata=metadata(recipient(0)))))
    note(pages)
    cpu = time.process_time() - started
    look = page()
    shared = photos + len(look.background.read_bytes()) + len(look.signature_file.read_bytes())
    found = {
        "page_ms": round(cpu * 1000 / pages, 3),
        "page_bytes": round((size - shared) / pages),  # without pictures, each of which is there once
        "settled_mb": round(resident[settled] / 1e6, 1),
        "end_mb": round(resident[pages] / 1e6, 1),
        "growth": round(resident[pages] / resident[settled] - 1, 4),
    }
    tell("make bench-combined", "\n".join([*lines, json.dumps(found)]))


if __name__ == "__main__":
    main()
