"""What rendering costs beside what others need for the same page: CPU ms a document, bytes, peak memory.

Every approach draws in a process of its own, and they take turns: in each round each draws for about half a second, so that
most documents come one after another in a warm process, and one document at the least. CPU is that of all its threads and
processes; what is told is the median over its documents. What others drew is checked once a run: one page or the right
size, and its QR code reads.

    make bench-render  [DOCUMENTS=4000] [ROUNDS=8]     KEEP=folder keeps a document of each to look at
    INTO=docs/performance.md puts the table there (so do the other benchmarks)
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdfium2
import zxingcpp
from PIL import Image

from benchmarks.builtin import BATCH, NAMES, template_of
from benchmarks.telling import tell
from benchmarks.turns import PEERS, Document, Drawer
from benchmarks.workload import COMBINED, HEIGHT, WIDTH, recipient

_TURN_MS: Final = 500.0
_WARM_MS: Final = 1000.0  # of drawing before any counts, if that is not more than so many documents:
_WARM_MOST: Final = 200
_CHECKED: Final = 1  # one that warms up


@dataclass(frozen=True, slots=True)
class Approach:
    """A row of the table. `makes` is what its file is, where it is a certificate: `pdf`, or an image's dpi.

    It draws in turns of a multiple of `step` documents, and `warm` times that before any count.
    """

    key: str
    title: str
    module: str
    makes: str | int | None = None
    step: int = 1
    warm: int = 2

    @property
    def ours(self) -> bool:
        return self.module.startswith("benchmarks.ours")

    @property
    def command(self) -> list[str]:
        python = sys.executable if self.ours else str(PEERS)
        return [python, "-m", *self.module.split()]


PAGES: Final = (
    Approach("pdf", "Certmill", "benchmarks.ours pdf", "pdf"),
    Approach("pdf_typst", "Typst, warm", "benchmarks.peers.typst pdf", "pdf"),
    Approach("pdf_reportlab", "ReportLab, fonts once", "benchmarks.peers.reportlab", "pdf"),
    Approach("pdf_weasyprint", "WeasyPrint", "benchmarks.peers.weasyprint plain", "pdf"),
    Approach("pdf_weasyprint_kept", "WeasyPrint, all kept", "benchmarks.peers.weasyprint kept", "pdf"),
    Approach("pdf_fpdf2", "fpdf2, shaping", "benchmarks.peers.fpdf2", "pdf"),
    Approach("pdf_chromium", "Chromium, page reused", "benchmarks.peers.chromium pdf", "pdf"),
    Approach("png300", "Certmill", "benchmarks.ours png300", 300),
    Approach("png300_pillow", "Pillow", "benchmarks.peers.pillow png300", 300),
    Approach("png300_typst", "Typst, warm", "benchmarks.peers.typst png300", 300),
    Approach("png300_chromium", "Chromium, page reused", "benchmarks.peers.chromium png300", 300),
    Approach("png150", "Certmill", "benchmarks.ours png150", 150),
    Approach("png150_pillow", "Pillow", "benchmarks.peers.pillow png150", 150),
    Approach("jpeg300", "Certmill", "benchmarks.ours jpeg300", 300),
    Approach("jpeg300_pillow", "Pillow", "benchmarks.peers.pillow jpeg300", 300),
    Approach("poster300", "Certmill", "benchmarks.ours poster300"),
    Approach("poster300_pillow", "Pillow", "benchmarks.peers.pillow poster300"),
)
KINDS: Final = Approach(
    "kinds", "built-in templates", "benchmarks.ours kinds", step=BATCH * len(NAMES), warm=1
)
COMBINED_PDF: Final = Approach(
    "combined", f"{COMBINED} certificates C in one PDF", "benchmarks.ours combined"
)
SHEET: Final = Approach("sheet", "daily sheet of 500 rows", "benchmarks.ours sheet")

_GROUPS: Final = {
    "pdf": "Workload C, PDF",
    "png300": "Workload C, PNG at 300 dpi",
    "png150": "Workload C, PNG at 150 dpi",
    "jpeg300": "Workload C, JPEG at 300 dpi",
    "poster300": "A poster of which every pixel changes, PNG at 300 dpi",
}
RATIOS: Final = {
    "pdf_vs_typst": ("pdf_typst", "pdf"),
    "pdf_vs_weasyprint": ("pdf_weasyprint", "pdf"),
    "pdf_vs_weasyprint_kept": ("pdf_weasyprint_kept", "pdf"),
    "pdf_vs_reportlab": ("pdf_reportlab", "pdf"),
    "pdf_vs_fpdf2": ("pdf_fpdf2", "pdf"),
    "pdf_vs_chromium": ("pdf_chromium", "pdf"),
    "png300_vs_pillow": ("png300_pillow", "png300"),
    "png150_vs_pillow": ("png150_pillow", "png150"),
    "png300_vs_typst": ("png300_typst", "png300"),
    "png300_vs_chromium": ("png300_chromium", "png300"),
    "jpeg300_vs_pillow": ("jpeg300_pillow", "jpeg300"),
    "poster300_vs_pillow": ("poster300_pillow", "poster300"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=int(os.environ.get("DOCUMENTS", "4000")))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "8")))
    parser.add_argument("--keep", type=Path, default=os.environ.get("KEEP"))
    parser.add_argument("--ours-only", action="store_true", help="no peers")
    asked = parser.parse_args()
    approaches = [each for each in (*PAGES, COMBINED_PDF, KINDS, SHEET) if each.ours or not asked.ours_only]
    with ExitStack() as stack:
        folder = asked.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="certmill-bench-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        started = dict(_started(approaches, stack, folder))
        take_turns(started, documents=asked.documents, rounds=asked.rounds)
        peaks = {approach.key: drawer.peak_bytes() for approach, drawer in started.items()}
    drawn = {approach.key: drawer.drawn for approach, drawer in started.items()}
    tell("make bench-render", f"{table(drawn, peaks)}\n{json.dumps(figures(drawn))}")


def _started(
    approaches: Sequence[Approach], stack: ExitStack, folder: Path
) -> Iterator[tuple[Approach, Drawer]]:
    """Every approach that draws here, warm, its work checked. A peer that cannot be had is left out, said aloud."""
    for approach in approaches:
        drawer = stack.enter_context(Drawer(approach.key, approach.command))
        try:
            warm_up(approach, drawer)
        except RuntimeError as error:
            if approach.ours:
                raise
            print(f"Left out: {approach.title} ({approach.key}), as {str(error).strip().splitlines()[-1]}")
            continue
        if approach.makes is not None:
            file = folder / f"{approach.key}.{approach.key[:3]}"
            drawer.save(_CHECKED, file)
            if fault := fault_of(file, approach.makes):
                sys.exit(f"{approach.title} ({approach.key}): {fault}")
        yield approach, drawer


def warm_up(approach: Approach, drawer: Drawer) -> None:
    """The same for everybody: drawing for about a second. Fast approaches keep most and need most documents to be warm."""
    first = drawer.draw(range(approach.warm * approach.step), count=False)
    cost = first[-1].cpu_ms * approach.step
    drawer.next = min(_WARM_MOST, approach.warm + int(_WARM_MS / cost)) * approach.step
    drawer.draw(range(approach.warm * approach.step, drawer.next), count=False)


def fault_of(file: Path, makes: str | int) -> str | None:
    """What is wrong with a certificate as a file, as a machine sees it."""
    if makes == "pdf":
        with pypdfium2.PdfDocument(file) as document:
            if len(document) != 1:
                return f"{len(document)} pages"
            image = document[0].render(scale=150 / 72).to_pil()
        makes = 150
    else:
        image = Image.open(file)
    assert isinstance(makes, int)
    size = round(WIDTH * makes / 300), round(HEIGHT * makes / 300)
    if any(abs(got - wanted) > 1 for got, wanted in zip(image.size, size, strict=True)):
        return f"{image.size} pixels instead of {size}"
    codes = [code.text for code in zxingcpp.read_barcodes(image.convert("RGB"))]
    return None if codes == [recipient(_CHECKED).url] else f"its QR code says {codes}"


def take_turns(drawers: Mapping[Approach, Drawer], *, documents: int, rounds: int) -> None:
    """Rounds in which every drawer draws its next documents; none draws more than `documents` of a kind."""
    steps = dict.fromkeys(drawers, 1)
    for _ in range(rounds):
        for approach, drawer in drawers.items():
            done = len(drawer.drawn) // approach.step
            if count := min(steps[approach], documents - done):
                first, drawer.next = drawer.next, drawer.next + count * approach.step
                drawer.draw(range(first, drawer.next))
            cost = ms(drawer.drawn) * approach.step
            steps[approach] = max(1, min(int(_TURN_MS / cost), -(-documents // rounds)))


def ms(documents: Sequence[Document]) -> float:
    return statistics.median(document.cpu_ms for document in documents)


def by_template(documents: Sequence[Document]) -> dict[str, list[Document]]:
    """What was drawn of each built-in template: they took turns. Warming up ended with a turn of all."""
    found: dict[str, list[Document]] = {name: [] for name in NAMES}
    for number, document in enumerate(documents):
        found[template_of(number)].append(document)
    return found


def figures(drawn: Mapping[str, Sequence[Document]]) -> dict[str, float]:
    """What the last line says. A ratio is how many times less CPU ours needs; what was not measured is not there."""
    found: dict[str, float] = {}
    for name, (theirs, ours) in RATIOS.items():
        if theirs in drawn:
            found[name] = round(ms(drawn[theirs]) / ms(drawn[ours]), 1)
    kinds = {name: ms(each) for name, each in by_template(drawn["kinds"]).items() if each}
    found["kind_ms_max"] = round(max(kinds.values()), 2)
    found["combined_page_ms"] = round(ms(drawn["combined"]) / COMBINED, 3)
    found["sheet_ms"] = round(ms(drawn["sheet"]), 1)
    for key in _GROUPS:
        found[f"{key}_ms"] = round(ms(drawn[key]), 3)
    found["pdf_bytes"] = round(statistics.median(document.bytes for document in drawn["pdf"]))
    return found


def table(drawn: Mapping[str, Sequence[Document]], peaks: Mapping[str, int]) -> str:
    lines: list[str] = []

    def row(title: str, documents: Sequence[Document], peak: int | None, less: str = "") -> None:
        size = statistics.median(document.bytes for document in documents) / 1000
        memory = "" if peak is None else f"{peak / 1e6:>8.0f} MB"
        lines.append(
            f"  {title:<32}{ms(documents):>9.2f} ms{size:>9.0f} kB{memory:>11}{len(documents):>6}{less:>8}"
        )

    for group, title in _GROUPS.items():
        lines.append(f"\n{title:<34}{'CPU':>9}{'bytes':>15}{'memory':>13}{'n':>5}")
        for approach in PAGES:
            if approach.key in drawn and approach.key.partition("_")[0] == group:
                less = "" if approach.ours else f"{ms(drawn[approach.key]) / ms(drawn[group]):.1f} x"
                row(approach.title, drawn[approach.key], peaks[approach.key], less)
    lines.append(
        f"\nPDF, PNG at 150 dpi and thumbnail of the built-in samples, {peaks['kinds'] / 1e6:.0f} MB"
    )
    for name, documents in by_template(drawn["kinds"]).items():
        if documents:
            row(name, documents, None)
    for approach in (SHEET, COMBINED_PDF):
        row(approach.title, drawn[approach.key], peaks[approach.key])
    return "\n".join(lines).lstrip()


if __name__ == "__main__":
    main()
