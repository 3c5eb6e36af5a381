"""The faces documents are drawn with, and which of them draws a character that the wanted one lacks.

Both painters look a glyph run's `face` up here, so that a glyph id means the same to everybody.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, NamedTuple

import uharfbuzz as hb
import yaml

Weight = Literal["regular", "medium", "bold"]
StyleKey = Literal["regular", "italic", "medium", "medium_italic", "bold", "bold_italic"]

# What a family without the wanted style draws instead, nearest first: the weight matters more than the slope.
_NEAREST: Final[dict[tuple[Weight, bool], tuple[StyleKey, ...]]] = {
    ("regular", False): ("regular",),
    ("regular", True): ("italic", "regular"),
    ("medium", False): ("medium", "regular"),
    ("medium", True): ("medium_italic", "italic", "medium", "regular"),
    ("bold", False): ("bold", "medium", "regular"),
    ("bold", True): ("bold_italic", "bold", "medium", "regular"),
}

_PRESENTATION_FORMS: Final = range(0xFB00, 0xFF00)


class Face:
    """One font file. Everything beyond its name and path is read when first asked for, then kept.

    Metrics are in font units, of which an em has `units_per_em`; `descender` is negative.
    """

    def __init__(self, path: Path) -> None:
        self.name: Final = path.stem
        self.path: Final = path
        self._reaches: Final[dict[int, tuple[int, int]]] = {}

    def __repr__(self) -> str:
        return f"Face({self.name})"

    @cached_property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def hb_face(self) -> hb.Face:
        return hb.Face(self.data)

    @cached_property
    def hb_font(self) -> hb.Font:
        return hb.Font(self.hb_face)

    @cached_property
    def units_per_em(self) -> int:
        return int(self.hb_face.upem)

    @cached_property
    def ascender(self) -> int:
        return int(self.hb_font.get_font_extents("ltr").ascender)

    @cached_property
    def descender(self) -> int:
        return int(self.hb_font.get_font_extents("ltr").descender)

    @cached_property
    def cap_height(self) -> int:
        return self._top_of("H") or self._metric(hb.OTMetricsTag.CAP_HEIGHT, 0.7)

    @cached_property
    def letter_depth(self) -> int:
        """How far a `p` hangs below the baseline: the descent that the eye sees, with no spare room."""
        extents = self._extents("p")
        return -int(extents.y_bearing + extents.height) if extents else -self.descender

    @cached_property
    def accent_height(self) -> int:
        """How high an `É` reaches: the room above capitals that every line of text needs."""
        return self._top_of("É") or self.cap_height

    @cached_property
    def codepoints(self) -> frozenset[int]:
        return frozenset(self.hb_face.unicodes)

    @cached_property
    def characters(self) -> Mapping[int, str]:
        """The characters that glyphs stand for by themselves.

        Presentation forms do not count, for nobody writes them, nor modifier letters where something else looks the same, as an
        apostrophe does.
        """
        known: dict[int, str] = {}
        for codepoint in sorted(self.codepoints, key=_how_unlikely):
            glyph = self.hb_font.get_nominal_glyph(codepoint)
            if glyph is not None and codepoint not in _PRESENTATION_FORMS:
                known.setdefault(int(glyph), chr(codepoint))
        return known

    @cached_property
    def features(self) -> frozenset[str]:
        """The substitutions that the font knows, such as `smcp` for small capitals."""
        tags: set[str] = set()
        for script_index, _ in enumerate(self.hb_face.get_table_script_tags("GSUB")):
            tags.update(self.hb_face.get_language_feature_tags("GSUB", script_index))
        return frozenset(tags)

    def reach_of(self, glyph: int) -> tuple[int, int]:
        """How far a glyph's ink reaches above the baseline and below it."""
        reach = self._reaches.get(glyph)
        if reach is None:
            extents = self.hb_font.get_glyph_extents(glyph)
            top, height = (extents.y_bearing, extents.height) if extents else (0, 0)
            reach = self._reaches[glyph] = (int(top), -int(top + height))
        return reach

    def covers(self, codepoint: int) -> bool:
        return codepoint in self.codepoints

    def _metric(self, tag: hb.OTMetricsTag, share_of_em: float) -> int:
        metric = self.hb_font.get_metric_position(tag)
        return int(metric) if metric else round(self.units_per_em * share_of_em)

    def _extents(self, character: str) -> hb.GlyphExtents | None:
        glyph = self.hb_font.get_nominal_glyph(ord(character))
        return self.hb_font.get_glyph_extents(glyph) if glyph else None

    def _top_of(self, character: str) -> int:
        extents = self._extents(character)
        return int(extents.y_bearing) if extents else 0


def _how_unlikely(codepoint: int) -> tuple[bool, int]:
    return unicodedata.category(chr(codepoint)) == "Lm", codepoint


class ScaledFace(NamedTuple):
    """A face and the factor on the type size at which it goes with the others of its chain."""

    face: Face
    scale: float


class Chain(NamedTuple):
    """The faces that draw one style, first choice first."""

    faces: tuple[ScaledFace, ...]
    small_capitals_built_in: bool

    @property
    def primary(self) -> Face:
        return self.faces[0].face


class FontLibrary:
    """The fonts of a folder, as its `fonts.yaml` lists them. Opening reads none, yet finds a missing file."""

    def __init__(self, families: Mapping[str, _Family], faces: Mapping[str, Face]) -> None:
        self._families: Final = dict(families)
        self._faces: Final = dict(faces)
        self._chains: Final[dict[tuple[str, Weight, bool], Chain]] = {}

    @classmethod
    def open(cls, folder: Path) -> FontLibrary:
        """Raises FileNotFoundError naming every font file that is listed and not there."""
        listing = yaml.safe_load((folder / "fonts.yaml").read_text("utf-8"))
        faces: dict[str, Face] = {}

        def styles_of(entry: Mapping[str, object]) -> dict[StyleKey, Face]:
            styles: dict[StyleKey, Face] = {}
            for key in _NEAREST_KEYS:
                if key in entry:
                    path = folder / str(entry[key])
                    styles[key] = faces.setdefault(path.stem, Face(path))
            return styles

        fallbacks = {
            name: tuple(_Fallback(styles_of(entry), float(entry.get("scale", 1))) for entry in entries)
            for name, entries in listing["fallbacks"].items()
        }
        families = {
            name: _Family(
                title=entry["title"],
                styles=styles_of(entry),
                fallbacks=fallbacks[entry["fallback"]],
                fallback_scale=float(entry.get("fallback_scale", 1)),
                small_capitals_built_in=bool(entry.get("small_capitals_built_in", False)),
            )
            for name, entry in listing["families"].items()
        }
        if missing := sorted(str(face.path) for face in faces.values() if not face.path.is_file()):
            raise FileNotFoundError(f"fonts.yaml lists fonts that are not there: {', '.join(missing)}")
        return cls(families, faces)

    @classmethod
    def of(cls, files: Mapping[str, Path]) -> FontLibrary:
        """A family for each font file, by its name: one style, and no fallback."""
        faces = {name: Face(path) for name, path in files.items()}
        families = {name: _Family(name, {"regular": face}, (), 1.0, False) for name, face in faces.items()}
        return cls(families, {face.name: face for face in faces.values()})

    @property
    def families(self) -> Mapping[str, str]:
        """The names a layout's `face` may use, each with a description."""
        return {name: family.title for name, family in self._families.items()}

    def face(self, name: str) -> Face:
        """The face that a glyph run names, such as `NotoSerif-Bold`."""
        return self._faces[name]

    def chain(self, family: str, weight: Weight = "regular", italic: bool = False) -> Chain:
        key = (family, weight, italic)
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = self._families[family].chain(weight, italic)
        return chain


_NEAREST_KEYS: Final[tuple[StyleKey, ...]] = (
    "regular",
    "italic",
    "medium",
    "medium_italic",
    "bold",
    "bold_italic",
)


class _Fallback(NamedTuple):
    styles: Mapping[StyleKey, Face]
    scale: float


class _Family(NamedTuple):
    title: str
    styles: Mapping[StyleKey, Face]
    fallbacks: tuple[_Fallback, ...]
    fallback_scale: float
    small_capitals_built_in: bool

    def chain(self, weight: Weight, italic: bool) -> Chain:
        own = ScaledFace(_nearest(self.styles, weight, italic), 1.0)
        others = (
            ScaledFace(_nearest(styles, weight, italic), scale * self.fallback_scale)
            for styles, scale in self.fallbacks
        )
        # A family that is its own fallback's first entry (Noto Sans) is asked once.
        return Chain(
            (own, *(other for other in others if other.face is not own.face)), self.small_capitals_built_in
        )


def _nearest(styles: Mapping[StyleKey, Face], weight: Weight, italic: bool) -> Face:
    return next(styles[key] for key in _NEAREST[weight, italic] if key in styles)
