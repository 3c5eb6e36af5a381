"""Workload C: a certificate as people really make them. The page, its files and its recipients, for whoever draws it.

Reads `workload_c/` and needs nothing beyond the standard library, so that peers read it in an environment of their own.
Places and sizes are pixels of the page at 300 dpi, from its top left corner.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

FOLDER: Final = Path(__file__).resolve().parent / "workload_c"
WIDTH, HEIGHT = 3508, 2480
WIDTH_MM, HEIGHT_MM = 297.0, 210.0
MM: Final = 25.4 / 300
POINT: Final = 72 / 300
PEOPLE: Final = 100
COMBINED: Final = 1000
"""Certificates in the one PDF that has many."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text field: on one line, made smaller where it is wider than `max_width`, or wrapped at that width.

    `x` is the middle of a centred text and the left end of any other; `baseline` is the first line's.
    """

    name: str
    font: str
    size: float
    max_width: float
    x: float
    baseline: float
    color: str
    centred: bool
    fit: Literal["shrink", "wrap"]
    leading: float


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Recipient:
    """What one certificate says, by the names of the page's texts; what its QR code says; its photo."""

    texts: Mapping[str, str]
    url: str
    photo: Path

    @property
    def serial(self) -> str:
        return self.texts["serial"]


@dataclass(frozen=True, slots=True)
class Page:
    texts: tuple[Text, ...]
    fonts: Mapping[str, Path]
    background: Path
    photo: Box
    signature: Box
    signature_file: Path
    qr: Box
    qr_quiet: int


@cache
def page() -> Page:
    raw = _read("layout.json")
    qr = raw["qr"]
    return Page(
        texts=tuple(_text(name, text) for name, text in raw["text"].items()),
        fonts={name: FOLDER / "fonts" / file for name, file in raw["fonts"].items()},
        background=FOLDER / raw["background"],
        photo=_box(raw["photo"]),
        signature=_box(raw["signature"]),
        signature_file=FOLDER / raw["signature"]["file"],
        qr=_box(qr),
        qr_quiet=qr["quiet_zone"],
    )


def recipient(number: int) -> Recipient:
    """The first hundred are those of the file. Later ones are the same people with another course, day and number."""
    people = _people()
    lap, place = divmod(number, PEOPLE)
    person = people[place]
    if not lap:
        return person
    serial = f"CERT-2026-{500_000 + 37 * number}"
    other = people[(place + 7 * lap) % PEOPLE].texts
    texts = {**person.texts, "para": other["para"], "date": other["date"], "serial": serial}
    return Recipient(texts, person.url.replace(person.serial, serial), person.photo)


@cache
def _people() -> tuple[Recipient, ...]:
    fixed = _read("layout.json")["static_text"]
    return tuple(
        Recipient(
            texts={**fixed, **{name: raw[name] for name in raw if name not in ("url", "photo")}},
            url=raw["url"],
            photo=FOLDER / raw["photo"],
        )
        for raw in _read("recipients.json")
    )


def fixed_texts() -> Mapping[str, str]:
    """The texts that are the same on every certificate."""
    texts: Mapping[str, str] = _read("layout.json")["static_text"]
    return texts


def _text(name: str, raw: Mapping[str, Any]) -> Text:
    size = raw["size"]
    return Text(
        name=name,
        font=raw["font"],
        size=size,
        max_width=raw["max_width"],
        x=raw["x"],
        baseline=raw["baseline"],
        color=raw["colour"],
        centred="centre" in raw["align"],
        fit="wrap" if "wrapped" in raw["align"] else "shrink",
        leading=raw.get("leading", 1.2 * size),
    )


def _box(raw: Mapping[str, Any]) -> Box:
    return Box(raw["x"], raw["y"], raw["width"], raw["height"])


@cache
def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))
