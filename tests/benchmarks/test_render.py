"""What `make bench-render` says of what was drawn, and that a drawer draws what it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.builtin import NAMES, template_of
from benchmarks.render import (
    COMBINED_PDF,
    KINDS,
    PAGES,
    SHEET,
    Approach,
    fault_of,
    figures,
    table,
    take_turns,
    warm_up,
)
from benchmarks.telling import replaced
from benchmarks.turns import Document, Drawer

PROMISED = {
    *("pdf_vs_typst", "pdf_vs_weasyprint", "pdf_vs_reportlab", "jpeg300_vs_pillow"),
    *("png300_vs_pillow", "png150_vs_pillow", "png300_vs_typst", "kind_ms_max", "sheet_ms"),
    "combined_page_ms",
}


def drawn(*, peers: bool = True) -> dict[str, list[Document]]:
    """Ours takes 2 ms for everything, a peer 30 and once 500, the second template 7."""
    ours, peer = [Document(2, 1000)] * 3, [Document(30, 900), Document(30, 900), Document(500, 900)]
    pages = {each.key: ours if each.ours else peer for each in PAGES if each.ours or peers}
    numbers = range(3 * KINDS.step)
    kinds = [Document(7 if template_of(number) == NAMES[1] else 2, 1000) for number in numbers]
    return {**pages, KINDS.key: kinds, SHEET.key: ours, COMBINED_PDF.key: ours}


def test_a_ratio_is_how_many_times_less_ours_needs_at_the_median() -> None:
    found = figures(drawn())
    assert found.keys() >= PROMISED
    assert {value for name, value in found.items() if "_vs_" in name} == {15.0}
    assert found["kind_ms_max"] == 7
    assert found["sheet_ms"] == 2
    assert found["combined_page_ms"] == 0.002


def test_what_was_not_measured_has_no_figure() -> None:
    found = figures(drawn(peers=False))
    assert not [name for name in found if "_vs_" in name]
    assert found["pdf_ms"] == 2


def test_the_table_has_a_line_for_each_approach_and_template() -> None:
    everything = drawn()
    lines = table(everything, dict.fromkeys(everything, 100_000_000)).splitlines()
    named = [line.strip().partition("  ")[0] for line in lines]
    assert named.count("Certmill") == sum(each.ours for each in PAGES)
    assert set(NAMES) <= set(named)


def test_a_drawer_draws_the_certificates_that_it_is_told_to_and_says_what_they_cost(tmp_path: Path) -> None:
    approach = Approach("pdf", "Certmill", "benchmarks.ours pdf", "pdf")
    with Drawer("pdf", approach.command) as drawer:
        warm_up(approach, drawer)
        take_turns({approach: drawer}, documents=4, rounds=2)
        drawer.save(1, tmp_path / "1.pdf")
        drawer.save(2, tmp_path / "2.pdf")
        peak = drawer.peak_bytes()

    assert len(drawer.drawn) in (3, 4)  # one, then as many as fit a turn
    assert all(document.cpu_ms > 0 and document.bytes > 700_000 for document in drawer.drawn)
    assert peak > 30_000_000
    assert fault_of(tmp_path / "1.pdf", "pdf") is None
    assert "QR" in str(fault_of(tmp_path / "2.pdf", "pdf"))  # it looks for the first one's


def test_a_drawer_that_ends_says_why() -> None:
    with (
        Drawer("none", Approach("none", "", "benchmarks.ours nothing").command) as drawer,
        pytest.raises(RuntimeError, match="nothing"),
    ):
        drawer.draw([0])


def test_a_run_takes_the_place_of_the_one_before_it() -> None:
    page = "# Figures\n\n<!-- make one -->\n```text\nold\n```\n\n<!-- make two -->\n```text\nkept\n```\n"
    assert replaced(page, "make one", "a\nb\n") == page.replace("old", "a\nb")
    with pytest.raises(ValueError, match="make three"):
        replaced(page, "make three", "")
