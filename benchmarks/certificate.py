"""Workload C and a poster as layouts of ours."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.workload import (
    HEIGHT,
    HEIGHT_MM,
    MM,
    POINT,
    WIDTH,
    WIDTH_MM,
    Box,
    Recipient,
    Text,
    fixed_texts,
    page,
)
from core.rendering.compose import PreparedLayout, prepare
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.painters import PdfMetadata
from core.rendering.scene import ImageSource
from core.rendering.values import Value

_SMALLEST: Final = 0.3  # of a text's own size: none of the workload's needs less
_LINES_HIGH: Final = 8  # more than any of its texts has


@cache
def fonts() -> FontLibrary:
    return FontLibrary.of(page().fonts)


def certificate() -> PreparedLayout:
    """C, to be filled with `values`."""
    look = page()
    source = Layout.model_validate(layout({text.font: text.font for text in look.texts}))
    assets = {"background": picture(look.background), "signature": picture(look.signature_file)}
    return prepare(source, fonts=fonts(), assets=assets)


def template() -> dict[str, Any]:
    """C as a template of one's own, without its assets: what the system draws beside the naive pipeline.

    Its faces are those of the built-in families, which are the same files; its QR code leads to where the system verifies.
    """
    families = {"script": "script", "serif": "serif", "sans": "sans", "deva": "sans", "arab": "sans"}
    varying = [text.name for text in page().texts if text.name not in fixed_texts()]
    return {
        "id": "workload-c",
        "name": "Workload C",
        "kind": {
            "label": "Certificate of achievement",
            "recipient": "name",
            "number_prefix": "WLC",
            "fields": [
                *(
                    {"type": "text", "name": name, "label": name, "required": True, "max_length": 400}
                    for name in varying
                ),
                {"type": "image", "name": "photo", "label": "photo", "required": True},
            ],
        },
        "title": "Certificate {serial}",
        "layout": layout(families, code="{verify_url}"),
    }


def layout(families: Mapping[str, str], *, code: str = "{url}") -> dict[str, Any]:
    look = page()
    qr = {"x": look.qr.x * MM, "y": look.qr.y * MM, "size": look.qr.width * MM, "quiet": look.qr_quiet}
    elements: list[dict[str, Any]] = [
        {"type": "image", "asset": "background", **_box(Box(0, 0, WIDTH, HEIGHT)), "fit": "stretch"},
        *map(_element, look.texts),
        {"type": "image", "field": "photo", **_box(look.photo), "fit": "stretch"},
        {"type": "image", "asset": "signature", **_box(look.signature), "fit": "stretch"},
        {"type": "qr", "text": code, **qr, "correction": "M", "link": False},
    ]
    return {
        "page": {"width": WIDTH_MM, "height": HEIGHT_MM},
        "styles": {text.name: _style(text, families[text.font]) for text in look.texts},
        "sides": [{"elements": elements}],
    }


def poster() -> PreparedLayout:
    """A photo that covers a whole upright page, and a name across it: nearly every pixel is another in each document."""
    source = {
        "page": {"width": HEIGHT_MM, "height": WIDTH_MM},
        "styles": {"name": {"face": "script", "size": 48, "color": "#ffffff"}},
        "sides": [
            {
                "elements": [
                    {"type": "image", "field": "photo", **_box(Box(0, 0, HEIGHT, WIDTH)), "fit": "stretch"},
                    {
                        "type": "text",
                        "text": "{name}",
                        "style": "name",
                        "align": "center",
                        **_box(Box(240, 3000, HEIGHT - 480, 400)),
                        "max_lines": 1,
                        "min_size": 12,
                    },
                ]
            }
        ],
    }
    return prepare(Layout.model_validate(source), fonts=fonts(), assets={})


def values(who: Recipient) -> Mapping[str, Value]:
    """What a certificate is composed from. Its photo is read anew, of which storage knows digest and size beforehand."""
    known = picture(who.photo)
    photo = ImageSource(known.digest, who.photo.read_bytes(), known.media_type, known.width, known.height)
    return {**who.texts, "url": who.url, "photo": photo}


def metadata(who: Recipient) -> PdfMetadata:
    return PdfMetadata(
        title=f"Certificate {who.serial}",
        author="Certmill",
        subject="Workload C",
        language="en",
        created=datetime(2026, 11, 1, tzinfo=UTC),
    )


@cache
def picture(path: Path) -> ImageSource:
    data = path.read_bytes()
    with Image.open(path) as image:
        assert image.format
        return ImageSource(
            hashlib.sha256(data).hexdigest(), data, f"image/{image.format.lower()}", image.width, image.height
        )


def _style(text: Text, family: str) -> dict[str, Any]:
    return {
        "face": family,
        "size": text.size * POINT,
        "leading": text.leading / text.size,
        "color": text.color,
    }


def _element(text: Text) -> dict[str, Any]:
    """The box's top edge is where the capitals of the first line end, so that its baseline is the workload's."""
    face = fonts().chain(text.font).primary
    capitals = face.cap_height / face.units_per_em * text.size
    left = text.x - text.max_width / 2 if text.centred else text.x
    element: dict[str, Any] = {
        "type": "text",
        "text": fixed_texts().get(text.name, f"{{{text.name}}}"),
        "style": text.name,
        **_box(Box(left, text.baseline - capitals, text.max_width, _LINES_HIGH * text.leading)),
        "align": "center" if text.centred else "start",
    }
    if text.fit == "shrink":
        element |= {"max_lines": 1, "min_size": text.size * POINT * _SMALLEST}
    return element


def _box(box: Box) -> dict[str, float]:
    return {"x": box.x * MM, "y": box.y * MM, "width": box.width * MM, "height": box.height * MM}
