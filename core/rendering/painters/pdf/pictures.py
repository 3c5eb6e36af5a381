"""Pictures in a PDF: a JPEG goes in as it is, anything else as raw pixels, compressed, with its alpha beside it."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept
from core.rendering.painters.pdf.syntax import File, flate, reference, stream
from core.rendering.painters.pictures import decoded
from core.rendering.scene import ImageSource

_SPACES: Final = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


class _Ready(NamedTuple):
    """The streams of a picture and of its alpha channel, compressed, each with the entries of its dictionary."""

    pixels: bytes
    entries: dict[str, str]
    alpha: bytes | None


def add_picture(file: File, source: ImageSource) -> int:
    """Write a picture into a file; the number of its object."""
    ready = _READY.get(source.digest, lambda _: _prepared(source))
    size = {"Type": "/XObject", "Subtype": "/Image", "Width": str(source.width), "Height": str(source.height)}
    entries = {**size, "BitsPerComponent": "8", "Interpolate": "true", **ready.entries}
    if ready.alpha is not None:
        mask = {
            **size,
            "BitsPerComponent": "8",
            "ColorSpace": "/DeviceGray",
            "Interpolate": "true",
            "Filter": "/FlateDecode",
        }
        entries["SMask"] = reference(file.add(stream(ready.alpha, mask, compress=False)))
    return file.add(stream(ready.pixels, entries, compress=False))


def _prepared(source: ImageSource) -> _Ready:
    with Image.open(io.BytesIO(source.data)) as image:
        # CMYK would be converted by every reader in its own way: we convert it in ours, as the image painter does.
        if image.format == "JPEG" and image.mode in _SPACES:
            return _Ready(source.data, {"ColorSpace": _SPACES[image.mode], "Filter": "/DCTDecode"}, None)
    pixels = decoded(source)
    alpha = flate(pixels.getchannel("A").tobytes()) if pixels.mode == "RGBA" else None
    return _Ready(
        flate(pixels.convert("RGB").tobytes()), {"ColorSpace": "/DeviceRGB", "Filter": "/FlateDecode"}, alpha
    )


def _weight(ready: _Ready) -> int:
    return len(ready.pixels) + len(ready.alpha or b"")


_READY: Final[Kept[str, _Ready]] = Kept(64 << 20, _weight)
