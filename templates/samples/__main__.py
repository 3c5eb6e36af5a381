"""Draws the sample pictures anew: `python -m templates.samples`. The same program writes the same pictures."""

from __future__ import annotations

from pathlib import Path

from templates.samples import logos, portraits, signatures

HERE = Path(__file__).parent

for pictures in (logos, portraits, signatures):
    pictures.draw(HERE)
