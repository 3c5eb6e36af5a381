"""Pictures in a PDF: a JPEG goes in as it is, anything else as raw pixels, compressed, with its alpha beside it."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept
from core.rendering.painters.pdf.file import File
from core.rendering.painters.pdf.syntax import flate, reference
from core.rendering.painters.pictures import decoded, in_mode
from core.rendering.scene import ImageSource

_SPACES: Final = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


class _Ready(NamedTuple):
    """The streams of a picture and of its alpha channel, compressed, each with what is said of it."""

    pixels: bytes
    entries: str
    alpha: bytes | None
    alpha_entries: str


def add_picture(file: File, source: ImageSource) -> int:
    """Write a picture into a file; the number of its object."""
    ready = _READY.get(source.digest, lambda _: _prepared(source))
    digest, entries = source.digest.encode(), ready.entries
    if ready.alpha is not None:
        mask = file.add_stream(ready.alpha, ready.alpha_entries, digest=b"alpha " + digest)
        entries += f"/SMask {reference(mask)}"
    return file.add_stream(ready.pixels, entries, digest=digest)


def _prepared(source: ImageSource) -> _Ready:
    head = (
        f"/Type/XObject/Subtype/Image/Width {source.width}/Height {source.height}"
        "/BitsPerComponent 8/Interpolate true"
    )
    with Image.open(io.BytesIO(source.data)) as image:
        # CMYK would be converted by every reader in its own way: we convert it in ours, as the image painter does.
        if image.format == "JPEG" and image.mode in _SPACES:
            return _Ready(source.data, f"{head}/ColorSpace{_SPACES[image.mode]}/Filter/DCTDecode", None, "")
    pixels = decoded(source)
    alpha = flate(pixels.getchannel("A").tobytes()) if pixels.mode == "RGBA" else None
    return _Ready(
        flate(in_mode(pixels, "RGB").tobytes()),
        f"{head}/ColorSpace/DeviceRGB/Filter/FlateDecode",
        alpha,
        f"{head}/ColorSpace/DeviceGray/Filter/FlateDecode",
    )


def _weight(ready: _Ready) -> int:
    return len(ready.pixels) + len(ready.alpha or b"")


_READY: Final[Kept[str, _Ready]] = Kept(16 << 20, _weight)
