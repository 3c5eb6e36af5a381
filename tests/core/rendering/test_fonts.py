from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from core.rendering.fonts import FontLibrary, Weight
from core.settings import ROOT
from fonts.match import Match, matches, top_of
from tests.core.rendering.layouts import fonts

SCRIPTS = {
    "Latin": "Zoë Łukasz Ñandú ŚṢṬḌ",
    "Devanagari": "क्षत्रिय श्री ऑ ॥",
    "Bengali": "প্রিয়াঙ্কা ৎ ং",
    "Tamil": "தமிழ்ச்செல்வி ஸ்ரீ",
    "Telugu": "శ్రీనివాస్ క్ష",
    "Kannada": "ಕೃಷ್ಣಮೂರ್ತಿ ಕ್ಷ",
    "Malayalam": "ശ്രീലക്ഷ്മി ൻ",
    "Gujarati": "ક્ષત્રિય જ્ઞ",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Arabic and Urdu": "محمد قریشی ٹ ڈ ں ے ہ",
    "symbols": "₹ – — ’ “ ” • ✓ № × ÷ ° … € £",
}


@pytest.mark.parametrize("family", ["sans", "serif", "book", "modern", "display", "script", "hand"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_family_can_draw_every_script(family: str, script: str) -> None:
    chain = fonts().chain(family)
    for character in SCRIPTS[script].replace(" ", ""):
        assert any(scaled.face.covers(ord(character)) for scaled in chain.faces), character


def test_a_style_that_a_family_lacks_takes_the_nearest() -> None:
    assert fonts().chain("sans", "medium", True).primary.name == "NotoSans-MediumItalic"
    assert fonts().chain("display", "bold", True).primary.name == "Cinzel-Bold"
    assert fonts().chain("script", "bold").primary.name == "GreatVibes-Regular"


def test_what_stands_in_for_a_bold_face_is_bold_where_there_is_one() -> None:
    names = [scaled.face.name for scaled in fonts().chain("serif", "bold").faces]
    assert "NotoSerifDevanagari-Bold" in names
    assert "NotoSerifDevanagari-Regular" not in names


def test_no_face_is_asked_twice() -> None:
    for family in fonts().families:
        faces = [scaled.face for scaled in fonts().chain(family, "bold").faces]
        assert len(set(faces)) == len(faces)


def test_a_face_is_found_by_the_name_that_glyph_runs_use() -> None:
    face = fonts().face("NotoSerif-Bold")
    assert face.path.name == "NotoSerif-Bold.ttf"
    assert face.data[:4] == b"\0\1\0\0"
    assert face.units_per_em == 1000
    assert face.descender < 0 < face.cap_height < face.ascender


def test_opening_fails_when_a_listed_font_is_missing(tmp_path: Path) -> None:
    shutil.copy(ROOT / "fonts" / "fonts.yaml", tmp_path)
    with pytest.raises(FileNotFoundError, match="Cinzel-Bold"):
        FontLibrary.open(tmp_path)


def test_every_font_file_is_listed_and_has_a_licence_beside_it() -> None:
    listing = yaml.safe_load((ROOT / "fonts" / "fonts.yaml").read_text("utf-8"))
    entries = [
        *listing["families"].values(),
        *(entry for entries in listing["fallbacks"].values() for entry in entries),
    ]
    listed = {value for entry in entries for value in entry.values() if str(value).endswith(".ttf")}
    files = {path.relative_to(ROOT / "fonts").as_posix() for path in (ROOT / "fonts").glob("*/*.ttf")}
    assert files == listed
    for file in files:
        licence = (ROOT / "fonts" / file).parent / "OFL.txt"
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text("utf-8")


@pytest.mark.parametrize("match", matches(fonts()), ids=lambda match: f"{match.family}-{match.face}")
def test_faces_that_stand_in_are_set_at_the_size_that_was_measured(match: Match) -> None:
    assert match.is_near, f"python -m fonts.match measured {match.measured:.3f}"


# A letter of each script without signs above or below, as high as most of its letters are.
BODIES = {
    "Devanagari": "क",
    "Bengali": "ক",
    "Gurmukhi": "ਕ",
    "Gujarati": "ક",
    "Tamil": "ப",
    "Telugu": "క",
    "Kannada": "ಲ",
    "Malayalam": "മ",
}


@pytest.mark.parametrize("family", ["sans", "serif"])
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_letters_of_every_script_reach_between_the_latin_small_letters_and_the_capitals(
    family: str, weight: Weight
) -> None:
    first, *others = fonts().chain(family, weight).faces
    for script, letter in BODIES.items():
        face = next(scaled.face for scaled in others if script in scaled.face.name)
        assert top_of(first.face, "x") - 0.02 <= top_of(face, letter) <= top_of(first.face, "H") + 0.02, (
            script
        )


def test_a_library_of_given_files_draws_with_each_under_its_name_and_with_no_other() -> None:
    library = FontLibrary.of({"formal": ROOT / "fonts" / "great-vibes" / "GreatVibes-Regular.ttf"})
    assert list(library.families) == ["formal"]
    (only,) = library.chain("formal", "bold", italic=True).faces
    assert only.face is library.face("GreatVibes-Regular")
    assert only.scale == 1
