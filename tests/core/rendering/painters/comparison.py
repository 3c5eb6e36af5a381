"""Two pictures of one page beside each other, and the readers of PDF that draw one of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageFilter

Reader = Callable[[bytes, int], Image.Image]
"""Draws page 1 of a PDF at a resolution."""

TOLERANCE: Final = 48
BLOCK_TOLERANCE: Final = 8
ROUGH_TOLERANCE: Final = 128


def drawn_by_pdfium(data: bytes, dpi: int) -> Image.Image:
    """Page 1 of a PDF."""
    with pypdfium2.PdfDocument(data) as document:
        image: Image.Image = document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    return image


def drawn_by_poppler(pdftoppm: Path, data: bytes, dpi: int) -> Image.Image:
    """Page 1 of a PDF."""
    command = [str(pdftoppm), "-r", str(dpi), "-f", "1", "-l", "1", "-"]
    drawn = subprocess.run(command, input=data, capture_output=True, check=True).stdout
    kind, size, _, pixels = drawn.split(b"\n", 3)
    assert kind == b"P6"
    width, height = map(int, size.split())
    return Image.frombytes("RGB", (width, height), pixels)


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1))


def blocks(image: Image.Image) -> Image.Image:
    return image.reduce(32)


def difference(one: Image.Image, other: Image.Image) -> int:
    """The most by which a channel of a pixel differs."""
    here, there = map(_numbers, _alike(one, other))
    return int(np.abs(here - there).max())


def rough_difference(one: Image.Image, other: Image.Image) -> int:
    """The most by which a channel of a pixel lies outside what the pixels around it are in the other picture."""
    worst = 0
    pair = _alike(one, other)
    for here, there in (pair, pair[::-1]):
        pixels = _numbers(here)
        low, high = (
            _numbers(there.filter(kind(3))) for kind in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
        )
        worst = max(worst, int((low - pixels).max()), int((pixels - high).max()))
    return worst


def _alike(one: Image.Image, other: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Both as large as the smaller: readers round the size of a page up."""
    assert abs(one.width - other.width) <= 1
    assert abs(one.height - other.height) <= 1
    box = (0, 0, min(one.width, other.width), min(one.height, other.height))
    return one.crop(box), other.crop(box)


def _numbers(image: Image.Image) -> npt.NDArray[np.int16]:
    return np.asarray(image).astype(np.int16)
