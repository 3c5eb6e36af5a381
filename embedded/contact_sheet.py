"""One document of each kind on one picture, to be looked at."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from embedded.system import ROOT

_COLUMNS = 4
_CELL = (760, 700)
_GAP = 56
_CAPTION = 64
_MARGIN = 88
_PAPER = "#f4f2ee"
_INK = "#2b2926"


def contact_sheet(documents: Mapping[str, bytes], path: Path) -> None:
    """Draw the documents (an image file each, by caption) in rows of four and save the sheet as a PNG."""
    rows = -(-len(documents) // _COLUMNS)
    size = (
        2 * _MARGIN + _COLUMNS * _CELL[0] + (_COLUMNS - 1) * _GAP,
        2 * _MARGIN + rows * (_CELL[1] + _CAPTION) + (rows - 1) * _GAP,
    )
    sheet = Image.new("RGB", size, _PAPER)
    font = ImageFont.truetype(str(_caption_font()), 30)
    for number, (caption, data) in enumerate(documents.items()):
        row, column = divmod(number, _COLUMNS)
        left = _MARGIN + column * (_CELL[0] + _GAP)
        top = _MARGIN + row * (_CELL[1] + _CAPTION + _GAP)
        picture = Image.open(BytesIO(data)).convert("RGB")
        picture.thumbnail(_CELL, Image.Resampling.LANCZOS, reducing_gap=2.0)
        corner = left + (_CELL[0] - picture.width) // 2, top + (_CELL[1] - picture.height) // 2
        _cast_shadow(sheet, picture.size, corner)
        sheet.paste(picture, corner)
        ImageDraw.Draw(sheet).text(
            (left + _CELL[0] / 2, top + _CELL[1] + _CAPTION - 18), caption, _INK, font, anchor="ms"
        )
    sheet.save(path)


def _cast_shadow(sheet: Image.Image, size: tuple[int, int], corner: tuple[int, int]) -> None:
    spread = 24
    shadow = Image.new("L", (size[0] + 4 * spread, size[1] + 4 * spread))
    ImageDraw.Draw(shadow).rectangle(
        (2 * spread, 2 * spread, 2 * spread + size[0], 2 * spread + size[1]), fill=70
    )
    shadow = shadow.filter(ImageFilter.GaussianBlur(spread / 2))
    sheet.paste("#000000", (corner[0] - 2 * spread, corner[1] - 2 * spread + 6), shadow)


def _caption_font() -> Path:
    return next((ROOT / "fonts").rglob("NotoSans-Regular.ttf"))
