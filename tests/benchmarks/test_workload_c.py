"""Workload C as a layout of ours draws what the workload says, where it says it."""

from __future__ import annotations

import pytest

from benchmarks.certificate import certificate, fonts, picture, template, values
from benchmarks.workload import PEOPLE, POINT, Box, page, recipient
from core.rendering.compose import PreparedLayout, prepare
from core.rendering.fonts import FontLibrary
from core.rendering.scene import GlyphRun, Modules, Picture, Scene
from core.settings import ROOT
from core.templates.document import parse_document

LONG_NAME = 2  # on one line only when made smaller


@pytest.fixture(scope="module")
def prepared() -> PreparedLayout:
    return certificate()


@pytest.fixture(scope="module")
def scene(prepared: PreparedLayout) -> Scene:
    return prepared.compose(values(recipient(LONG_NAME)))


def test_every_text_stands_on_its_baseline_and_on_one_line_unless_it_wraps(scene: Scene) -> None:
    """One that must shrink keeps the top of its capitals instead, so its baseline rises by what they lose."""
    (drawn,) = scene.pages
    runs = iter([mark for mark in drawn.marks if isinstance(mark, GlyphRun)])
    for text in page().texts:
        left = recipient(LONG_NAME).texts[text.name].split()
        baseline = text.baseline * POINT
        while left:
            run = next(runs)
            face = fonts().face(run.face)
            assert face.path == page().fonts[text.font]
            risen = (text.size * POINT - run.size) * face.cap_height / face.units_per_em
            assert run.glyphs[0].y == pytest.approx(baseline - risen, abs=0.01)
            words = run.text.split()
            assert words == left[: len(words)]
            assert words == left or text.fit == "wrap"
            left = left[len(words) :]
            baseline += text.leading * POINT
    assert next(runs, None) is None


def test_every_picture_and_the_code_fill_their_boxes(scene: Scene) -> None:
    (drawn,) = scene.pages
    boxes = [
        Box(mark.x, mark.y, mark.width, mark.height) for mark in drawn.marks if isinstance(mark, Picture)
    ]
    wanted = [Box(0, 0, 3508, 2480), page().photo, page().signature]
    assert [(box.x, box.y, box.width, box.height) for box in boxes] == [
        pytest.approx((box.x * POINT, box.y * POINT, box.width * POINT, box.height * POINT), abs=0.1)
        for box in wanted
    ]
    assert sum(isinstance(mark, Modules) for mark in drawn.marks) == 1


def test_every_recipient_can_be_drawn(prepared: PreparedLayout) -> None:
    for number in range(PEOPLE):
        assert len(prepared.compose(values(recipient(number))).pages) == 1


def test_recipients_beyond_the_files_are_others() -> None:
    several = [recipient(number) for number in range(5 * PEOPLE)]
    assert len({who.serial for who in several}) == len({who.url for who in several}) == len(several)
    assert all(who.serial in who.url for who in several)


def test_the_template_that_the_system_draws_says_the_same_in_the_same_faces(scene: Scene) -> None:
    look = page()
    sources = {"background": picture(look.background), "signature": picture(look.signature_file)}
    document = parse_document(
        {
            **{name: part for name, part in template().items() if name != "id"},
            "assets": {name: f"sha256:{source.digest}" for name, source in sources.items()},
        }
    )
    library = FontLibrary.open(ROOT / "fonts")
    prepared = prepare(document.layout, fonts=library, assets=sources)
    given = {**values(recipient(LONG_NAME)), "verify_url": recipient(LONG_NAME).url}

    def written(scene: Scene, library: FontLibrary) -> str:
        """All words, each line behind its font file."""
        runs = [mark for mark in scene.pages[0].marks if isinstance(mark, GlyphRun)]
        return " ".join(
            f"{library.face(run.face).path.stem[:10]}: {' '.join(run.text.split())}" for run in runs
        )

    assert written(prepared.compose(given), library) == written(scene, fonts())
