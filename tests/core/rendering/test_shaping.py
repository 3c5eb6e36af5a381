from __future__ import annotations

import string

import pytest
import uharfbuzz as hb

from core.rendering.bidi import base_level, levels_of
from core.rendering.fonts import Face, Weight
from core.rendering.shaping import Capitals, MissingGlyphError, ShapedRun, ShapedWord, Shaper, shaper
from tests.core.rendering.layouts import fonts


def shaper_of(
    family: str = "serif", *, capitals: Capitals = "none", tracking: float = 0.0, tabular: bool = False
) -> Shaper:
    return shaper(fonts().chain(family), capitals, tracking, tabular, "en")


def shaped(text: str, family: str = "serif") -> ShapedWord:
    return shaper_of(family).word(text, levels_of(text, base_level(text)))


def glyph_count(run: ShapedRun) -> int:
    return len(run.word.glyphs)


@pytest.mark.parametrize(
    "text, glyphs, clusters",
    [
        ("क्षत्रिय", 4, ["क्ष", "त्रि", "य"]),  # क्ष is one glyph; the vowel of त्रि stands before its consonants
        ("श्री", 2, ["श्री"]),
        ("र्क", 2, ["र्क"]),  # the र becomes a mark above the क
        ("কি", 2, ["কি"]),
        ("கொ", 3, ["கொ"]),  # a vowel in two parts, around its consonant
        ("శ్రీ", 2, ["శ్రీ"]),
        ("ਸਿੰ", 3, ["ਸਿੰ"]),
    ],
)
def test_conjuncts_take_the_glyphs_of_their_script(text: str, glyphs: int, clusters: list[str]) -> None:
    [run] = shaped(text).runs
    assert glyph_count(run) == glyphs
    assert [cluster.text for cluster in run.word.clusters] == clusters


def test_a_conjunct_is_not_the_letters_side_by_side() -> None:
    [together] = shaped("क्ष").runs
    [apart] = shaped("कष").runs
    assert {glyph.id for glyph in together.word.glyphs}.isdisjoint({glyph.id for glyph in apart.word.glyphs})


def test_urdu_letters_join_and_run_from_right_to_left() -> None:
    [run] = shaped("محمد").runs
    assert run.level == 1
    assert [cluster.text for cluster in run.word.clusters] == ["م", "ح", "م", "د"]
    assert [cluster.first for cluster in run.word.clusters] == [3, 2, 1, 0]
    [alone] = shaped("م").runs
    assert alone.word.glyphs[0].id not in {glyph.id for glyph in run.word.glyphs}


@pytest.mark.parametrize(
    "text",
    [
        "Certificate",
        "क्षत्रिय",
        "প্রিয়াঙ্কা",
        "தமிழ்ச்செல்வி",
        "శ్రీనివాస్",
        "ಕೃಷ್ಣಮೂರ್ತಿ",
        "ശ്രീലക്ഷ്മി",
        "ક્ષત્રિય",
        "ਗੁਰਪ੍ਰੀਤ",
        "قریشی",
        "Aम۱لb",
    ],
)
def test_clusters_cover_text_and_glyphs_exactly_once(text: str) -> None:
    word = shaped(text)
    assert "".join(run.word.text for run in word.runs) == text
    for run in word.runs:
        assert "".join(cluster.text for cluster in run.word.clusters) == run.word.text
        covered = [index for cluster in run.word.clusters for index in range(cluster.first, cluster.last)]
        assert sorted(covered) == list(range(len(run.word.glyphs)))
        assert all(glyph.id != 0 for glyph in run.word.glyphs)


def test_letters_that_a_face_lacks_come_from_the_faces_of_its_kind() -> None:
    faces = {run.word.text: run.word.face for run in shaped("(राम)").runs}
    assert faces == {"(": "NotoSerif-Regular", "राम": "NotoSerifDevanagari-Regular", ")": "NotoSerif-Regular"}
    [run] = shaped("राम", "modern").runs
    assert run.word.face == "NotoSansDevanagari-Regular"


def test_a_letter_and_its_marks_come_from_one_face() -> None:
    [run] = shaped("S\u0323\u0301", "book").runs
    assert [cluster.text for cluster in run.word.clusters] == ["S\u0323\u0301"]


def test_letters_are_kerned_and_joined() -> None:
    assert shaped("AV").width < shaped("A").width + shaped("V").width
    [run] = shaped("office").runs
    assert "ffi" in [cluster.text for cluster in run.word.clusters]


def test_letters_stand_in_the_forms_that_their_neighbours_ask_for() -> None:
    [run] = shaped("3x4", "modern").runs  # between figures an x becomes a sign of multiplication
    assert run.word.glyphs[1].id != shaped("x", "modern").runs[0].word.glyphs[0].id


def test_small_capitals_are_kerned() -> None:
    small = shaper_of("book", capitals="small")
    assert small.word("AVa").width < small.word("A").width + small.word("V").width + small.word("a").width
    assert small.word("av").width != pytest.approx(shaper_of("book").word("av").width)


@pytest.mark.parametrize("family", fonts().families)
@pytest.mark.parametrize("weight", ["regular", "medium", "bold"])
def test_no_face_kerns_with_a_space_by_more_than_the_eye_forgives(family: str, weight: Weight) -> None:
    # Words are shaped without the spaces between them; what faces would do across those is lost.
    for italic in (False, True):
        face = fonts().chain(family, weight, italic).primary
        space = advance_of(face, " ")
        for letter in string.ascii_letters + string.digits + ".,;:!?-–()‘’“”&":
            apart = advance_of(face, letter) + space
            assert advance_of(face, f"{letter} ") == pytest.approx(apart, abs=0.0501)
            assert advance_of(face, f" {letter}") == pytest.approx(apart, abs=0.0501)


def advance_of(face: Face, text: str) -> float:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    hb.shape(face.hb_font, buffer)
    return float(sum(position.x_advance for position in buffer.glyph_positions) / face.units_per_em)


@pytest.mark.parametrize("text", ["₹1,23,456.50", "−2.5", "D’Cruz", "Zoë", "Łódź", "Zoe\u0308"])
@pytest.mark.parametrize("family", ["serif", "sans"])
def test_letters_and_signs_are_shaped_as_one_word(text: str, family: str) -> None:
    [run] = shaped(text, family).runs
    face = fonts().face(run.word.face)
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction, buffer.script, buffer.language = "ltr", "Latn", "en"
    hb.shape(face.hb_font, buffer)
    assert [glyph.id for glyph in run.word.glyphs] == [info.codepoint for info in buffer.glyph_infos]
    assert run.width == pytest.approx(advance_of(face, text) * run.scale)


def test_tracked_text_has_no_ligatures_and_a_space_after_each_letter() -> None:
    tracked, plain = shaper_of(tracking=0.1).word("fin"), shaper_of().word("fin")
    [run] = tracked.runs
    assert [cluster.text for cluster in run.word.clusters] == ["f", "i", "n"]
    assert tracked.width == pytest.approx(sum(shaped(letter).width for letter in "fin") + 0.3, abs=0.02)
    assert tracked.width > plain.width


@pytest.mark.parametrize("text", ["محمد", "कमल", "কমল"])
def test_letters_that_hang_together_are_not_torn_by_tracking(text: str) -> None:
    levels = levels_of(text, base_level(text))
    assert shaper_of(tracking=0.1).word(text, levels).width == pytest.approx(
        shaper_of().word(text, levels).width
    )


def test_small_capitals_are_the_fonts_own_or_capitals_made_small() -> None:
    [own] = shaper_of("book", capitals="small").word("Asha").runs
    assert own.scale == 1.0
    first, rest = shaper_of("modern", capitals="small").word("Asha").runs
    assert (first.word.text, rest.word.text) == ("A", "sha")
    assert first.scale > rest.scale
    assert [cluster.text for cluster in rest.word.clusters] == ["s", "h", "a"]  # copied as written
    capital = shaper_of("modern").word("S").runs[0].word.glyphs[0].id
    assert rest.word.glyphs[0].id == capital


def test_a_face_whose_lower_case_is_small_capitals_is_left_as_it_is() -> None:
    [run] = shaper_of("display", capitals="small").word("Asha").runs
    assert repr(run) == repr(shaper_of("display").word("Asha").runs[0])


def test_figures_of_one_width_stand_below_each_other() -> None:
    tabular = shaper_of("book", tabular=True)
    assert len({round(tabular.word(digit).width, 6) for digit in "0123456789"}) == 1
    assert len({round(shaper_of("modern").word(digit).width, 6) for digit in "0123456789"}) > 1


@pytest.mark.parametrize("text, missing", [("a😀b", "😀"), ("中", "中"), ("Anan\U000e0041ya", "\U000e0041")])
def test_a_character_that_no_face_has_is_named(text: str, missing: str) -> None:
    with pytest.raises(MissingGlyphError) as fault:
        shaped(text)
    assert fault.value.character == missing


def test_joiners_are_invisible_and_not_missing() -> None:
    joined, apart = shaped("क्\u200dष"), shaped("क्ष")
    assert [glyph.id for glyph in joined.runs[0].word.glyphs] != [
        glyph.id for glyph in apart.runs[0].word.glyphs
    ]
    assert "".join(cluster.text for cluster in joined.runs[0].word.clusters) == "क्\u200dष"


def test_the_space_after_a_symbol_is_that_of_the_first_face() -> None:
    [symbol] = shaped("✓").runs
    space = shaper_of().spaces(1, 0, symbol.word.face)
    assert (symbol.word.face, space.word.face) == ("NotoSansSymbols2-Regular", "NotoSerif-Regular")


def test_words_are_remembered_when_they_come_again() -> None:
    shaped("remembered")
    assert shaped("remembered") is shaped("remembered")
