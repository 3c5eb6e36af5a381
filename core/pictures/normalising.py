"""From the bytes that somebody sent to a picture of our own making. Runs in the decoder's child only.

Whatever arrives is decoded to raw pixels and encoded anew, so that nothing of the sender's file survives but what
can be seen: no metadata, no trailing data, no second reading of the same bytes. Equal bytes in, equal bytes out.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from core.pictures.refusal import PictureRefused

FORMATS: Final = ("PNG", "JPEG", "WEBP")
MAX_PIXELS: Final = 25_000_000
MAX_SIDE: Final = 12_000
MAX_ICC_BYTES: Final = 1 << 20
KEPT_SIDE: Final = 4096
"""A longer side is scaled down to this: more than any page of ours shows at 300 dpi."""

_LOSSLESS: Final = ("PNG", "WEBP")
_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def normalise(data: bytes) -> tuple[bytes, str, int, int]:
    """New bytes, their media type, width and height. Raises `PictureRefused`, whatever is wrong with `data`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is only odd is drawn as Pillow understands it
            return _normalise(data)
    except PictureRefused:
        raise
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except MemoryError:
        raise PictureRefused("image_too_large", "needs more memory to decode than a picture may") from None
    except Exception as error:
        # A decoder that is fed with anything may raise anything (SyntaxError too); all of it is the file's fault.
        raise PictureRefused("image_damaged", "is damaged or cut short: it cannot be decoded") from error


def _normalise(data: bytes) -> tuple[bytes, str, int, int]:
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise PictureRefused("not_an_image_file", "is no PNG, JPEG or WebP picture") from None
    with picture:
        _check(picture)
        lossless = picture.format in _LOSSLESS
        # A JPEG can be decoded at a half, a quarter or an eighth: nobody needs more pixels than are kept.
        picture.draft(None, (KEPT_SIDE, KEPT_SIDE))
        picture.load()
        plain = _in_srgb(ImageOps.exif_transpose(picture))
    plain.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.LANCZOS)
    # The pixels alone: what the sender's file said besides them (comments, EXIF, text) stays behind.
    plain = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    encoded, media_type = _encode(plain, lossless=lossless)
    return encoded, media_type, plain.width, plain.height


def _check(picture: Image.Image) -> None:
    """Refuse by what the header says, before a pixel is decoded."""
    if max(picture.size) > MAX_SIDE:
        raise PictureRefused("image_too_large", f"has a side of more than {MAX_SIDE} pixels")
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_many_pixels()
    if len(picture.info.get("icc_profile") or b"") > MAX_ICC_BYTES:
        raise PictureRefused("icc_too_large", "has a colour profile of more than 1 MB")
    # A phone's JPEG may carry a second picture (MPO: depth, gain map) after the photo. Others are animations.
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        raise PictureRefused("image_animated", "is animated; send a single picture")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB, or RGBA where any pixel is not opaque, its colours turned into sRGB."""
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        picture = _eight_bits(picture)
    transparent = picture.has_transparency_data
    alpha = picture.convert("RGBA").getchannel("A") if transparent else None
    plain = _from_profile(picture) or picture.convert("RGBA" if transparent else "RGB").convert("RGB")
    if alpha is None or alpha.getextrema() == (255, 255):
        return plain
    plain.putalpha(alpha)
    return plain


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Sixteen bits of grey to eight: Pillow's own conversion cuts everything above 255 off."""
    return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")


def _from_profile(picture: Image.Image) -> Image.Image | None:
    """The colours as its own ICC profile means them, in sRGB; None without a profile that fits its mode."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return None
    source = picture.convert("RGB") if picture.mode == "RGBA" else picture
    try:
        return ImageCms.profileToProfile(
            source, ImageCms.ImageCmsProfile(BytesIO(profile)), _SRGB, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _encode(picture: Image.Image, *, lossless: bool) -> tuple[bytes, str]:
    """PNG where there is transparency. Without: JPEG for what came as JPEG, else the smaller of both, which keeps
    drawn marks exact (PNG packs them better) and photographs small."""
    if picture.mode == "RGBA":
        return _png(picture), "image/png"
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=90, subsampling="4:4:4")
    if lossless and len(png := _png(picture)) <= jpeg.tell():
        return png, "image/png"
    return jpeg.getvalue(), "image/jpeg"


def _png(picture: Image.Image) -> bytes:
    png = BytesIO()
    picture.save(png, "PNG", compress_level=6)
    return png.getvalue()


def _too_many_pixels() -> PictureRefused:
    return PictureRefused("image_too_large", f"has more than {MAX_PIXELS // 1_000_000} megapixels")
