"""Contrast as WCAG 2.2 asks for it: 4.5 between text and its ground, 3 for the edges of controls; by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).parents[2] / "api" / "static" / "console" / "base.css").read_text()
TOKENS = {
    name: pair
    for name, *pair in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLE)
}
TEXTS = [
    *(
        (text, ground)
        for text in ("ink", "soft", "accent", "bad")
        for ground in ("ground", "paper", "raised")
    ),
    ("on-primary", "primary"),
    ("accent", "accent-wash"),
    *((name, f"{name}-wash") for name in ("good", "bad", "warn")),
    ("warn", "ground"),
]
EDGES = [("edge", "paper"), ("edge", "ground"), ("accent", "paper"), ("good", "paper")]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(
    ("one", "other", "least"), [*((*pair, 4.5) for pair in TEXTS), *((*pair, 3.0) for pair in EDGES)]
)
def test_what_must_be_seen_stands_out(one: str, other: str, least: float, scheme: int) -> None:
    assert contrast(TOKENS[one][scheme], TOKENS[other][scheme]) >= least
