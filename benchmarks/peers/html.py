"""The page as HTML and CSS, for WeasyPrint and for Chromium."""

import re
from base64 import b64encode
from functools import cache
from html import escape
from io import BytesIO

import segno
from fontTools.ttLib import TTFont
from PIL import ImageFont

from benchmarks.workload import HEIGHT, HEIGHT_MM, WIDTH, WIDTH_MM, Box, Recipient, Text, page


def stylesheet(px: str) -> str:
    """What all certificates share. `px` is the length that a pixel of the 300 dpi page has: `0.24pt` on paper."""
    look = page()
    fonts = "\n".join(
        f"@font-face {{ font-family: page-{name}; src: url({path.as_uri()}) }}"
        for name, path in look.fonts.items()
    )
    boxes = {
        "background": Box(0, 0, WIDTH, HEIGHT),
        "photo": look.photo,
        "signature": look.signature,
        "code": look.qr,
    }
    places = "\n".join(
        f".{name} {{ left: {box.x} * {px}; top: {box.y} * {px}; width: {box.width} * {px}; height: {box.height} * {px} }}"
        for name, box in boxes.items()
    )
    return _computed(
        f"""
        @page {{ size: {WIDTH_MM}mm {HEIGHT_MM}mm; margin: 0 }}
        {fonts}
        html, body {{ margin: 0; padding: 0 }}
        body {{ position: relative; width: {WIDTH} * {px}; height: {HEIGHT} * {px}; overflow: hidden }}
        body > * {{ position: absolute; white-space: nowrap }}
        {places}
        """
        + "\n".join(_text_rule(text, px) for text in look.texts)
    )


def _text_rule(text: Text, px: str) -> str:
    left = text.x - text.max_width / 2 if text.centred else text.x
    leading = text.leading if text.fit == "wrap" else text.size
    top = text.baseline - _baseline(text.font, text.size, leading)
    return (
        f".{text.name} {{ font-family: page-{text.font}; font-size: {text.size} * {px}; line-height: {leading} * {px};"
        f" color: {text.color}; left: {left} * {px}; top: {top} * {px}; width: {text.max_width} * {px};"
        f" text-align: {'center' if text.centred else 'left'};"
        f" white-space: {'normal' if text.fit == 'wrap' else 'nowrap'} }}"
    )


def _computed(css: str) -> str:
    """`3 * 0.24pt` is `calc(3 * 0.24pt)`, worked out."""

    def length(match: re.Match[str]) -> str:
        return f"{float(match[1]) * float(match[2]):.4f}{match[3]}"

    return re.sub(r"(-?[\d.]+) \* ([\d.]+)(pt|px)", length, css)


def document(who: Recipient, px: str) -> str:
    """The whole page without its stylesheet."""
    look = page()
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Certificate {who.serial}</title></head><body>'
        f'<img class="background" src="{look.background.as_uri()}">'
        + "".join(_text(text, who.texts[text.name], px) for text in look.texts)
        + f'<img class="photo" src="{who.photo.as_uri()}">'
        f'<img class="signature" src="{look.signature_file.as_uri()}">'
        f'<img class="code" src="{_code(who.url, look.qr_quiet)}"></body></html>'
    )


def _text(text: Text, words: str, px: str) -> str:
    style = ""
    if text.fit == "shrink":
        long = _font(text.font).getlength(words) * text.size / 100
        if long > text.max_width:
            size = text.size * text.max_width / long
            lower = _baseline(text.font, text.size, text.size) - _baseline(text.font, size, text.size)
            style = f' style="{_computed(f"font-size: {size} * {px}; margin-top: {lower} * {px}")}"'
    return f'<div class="{text.name}"{style}>{escape(words)}</div>'


def _code(url: str, quiet: int) -> str:
    file = BytesIO()
    segno.make(url, error="m", boost_error=False).save(
        file, kind="svg", border=quiet, light="#fff", xmldecl=False
    )
    return "data:image/svg+xml;base64," + b64encode(file.getvalue()).decode()


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(page().fonts[name]), 100)


@cache
def _metrics(name: str) -> tuple[float, float]:
    """Ascent and descent in ems."""
    font = TTFont(page().fonts[name])
    em = font["head"].unitsPerEm
    return font["hhea"].ascent / em, -font["hhea"].descent / em


def _baseline(name: str, size: float, leading: float) -> float:
    """How far below the top of its line a text stands: half of the leading above its ascent."""
    ascent, descent = _metrics(name)
    return (leading - (ascent + descent) * size) / 2 + ascent * size
