"""The built-in templates without a database, as the benchmarks draw them."""

from __future__ import annotations

from benchmarks.builtin import NAMES, BuiltIns


def test_every_template_has_its_samples_and_the_longest_sheet_has_five_hundred_rows() -> None:
    built_ins = BuiltIns()
    assert all(len(built_ins.rows[name]) >= 25 for name in NAMES)
    _, sheet = built_ins.longest_sheet
    assert len(sheet.values["rows"]) == 500  # type: ignore[arg-type]

    pdf, png, thumbnail = built_ins.render("id-card-modern", built_ins.rows["id-card-modern"][0], 7)
    assert (pdf[:5], png[:4], thumbnail[:3]) == (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff")
