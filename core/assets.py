"""Pictures that people upload: photos, signatures, logos, ornaments of templates.

An asset's id is `sha256:<hex>`, the digest of the picture as it was made anew (core/pictures). The bytes lie
in media storage once, whoever brought them; a row of `assets` is one person's right to use them.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple
from uuid import UUID

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.callers import Caller
from core.errors import Fault, InvalidRequest, NotFound, TooLarge
from core.kept import Kept
from core.models import Asset
from core.parts import Parts
from core.pictures import Decoder, NormalisedImage, PictureRefused
from core.rendering.scene import ImageSource
from core.storage import Storage

MAX_BYTES: Final = 10 << 20
"""Of one picture as it is sent, before it is decoded."""

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,")


@dataclass(frozen=True, slots=True)
class AssetView:
    """`size` in bytes, `width` and `height` in pixels, all of the picture as it is kept."""

    id: str
    media_type: str
    width: int
    height: int
    size: int


class Adopted(NamedTuple):
    """Items whose inline pictures have become ids, the pictures by digest, and what was wrong with others."""

    items: tuple[Mapping[str, object], ...]
    images: Mapping[str, NormalisedImage]
    faults: tuple[Fault, ...]


def asset_id(digest: str) -> str:
    return f"sha256:{digest}"


def digest_of(identity: str) -> str:
    """The digest that an asset's id names; raises `NotFound` for what is no id."""
    match = _ID.fullmatch(identity)
    if match is None:
        raise NotFound("There is no such asset.")
    return match[1]


def storage_key(digest: str) -> str:
    return f"assets/{digest[:2]}/{digest}"


def store_image(parts: Parts, caller: Caller, data: bytes, *, pointer: str = "") -> tuple[AssetView, bool]:
    """Keep a picture for the caller, and say whether it is new to them. Raises as `inspect_image`."""
    image = inspect_image(parts.decoder, data, pointer=pointer)
    keep(parts.storage, {image.digest: image})
    with parts.sessions.begin() as session:
        is_new = record(session, caller.user_id, [image], parts.clock()) == 1
    view = AssetView(asset_id(image.digest), image.media_type, image.width, image.height, len(image.data))
    return view, is_new


def inspect_image(
    decoder: Decoder, data: bytes, *, pointer: str = "", name: str = "The file"
) -> NormalisedImage:
    """The picture that `data` shows. Raises `TooLarge`, or `InvalidRequest` with a fault at `pointer`."""
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{name} is larger than {MAX_BYTES >> 20} MiB.")
    try:
        return decoder.normalise(data)
    except PictureRefused as refused:
        detail = f"{name} {refused.reason}."
        raise InvalidRequest(detail, faults=[Fault(pointer, refused.code, detail)]) from refused


def decode_base64(text: str) -> bytes:
    """The bytes of a base64 text (RFC 4648, section 4, padded) or of a data URL. Raises `PictureRefused`.

    The size is known, and refused if need be, before a byte is decoded.
    """
    prefix = _DATA_URL.match(text)
    if text.startswith("data:") and prefix is None:
        raise PictureRefused("bad_data_url", "is no data URL of a PNG, JPEG or WebP picture in base64")
    encoded = text[prefix.end() :] if prefix else text
    if len(encoded) // 4 * 3 > MAX_BYTES + 2:
        raise PictureRefused("image_too_large", f"is larger than {MAX_BYTES >> 20} MiB")
    try:
        if len(encoded) % 4:
            raise binascii.Error("padding")
        return binascii.a2b_base64(encoded.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise PictureRefused("bad_base64", "is not written in base64 as RFC 4648 has it") from None


def adopt_inline(
    decoder: Decoder, labels: Mapping[str, str], items: Sequence[Mapping[str, object]]
) -> Adopted:
    """Turn data URLs in picture fields into pictures. `labels` has the label of each image field, by name.

    Nothing is stored: call `keep` and `record` for the images once the items are accepted. Faults point into
    the request: `/items/3/passport_size_photo`.
    """
    images: dict[str, NormalisedImage] = {}
    known: dict[str, str | PictureRefused] = {}
    faults: list[Fault] = []
    adopted: list[Mapping[str, object]] = []
    for position, item in enumerate(items):
        inline = {
            name: text
            for name in labels
            if isinstance(text := item.get(name), str) and text.startswith("data:")
        }
        digests: dict[str, str] = {}
        for name, text in inline.items():
            if text not in known:
                known[text] = _adopt(decoder, text, images)
            match known[text]:
                case PictureRefused(code=code, reason=reason):
                    faults.append(Fault(f"/items/{position}/{name}", code, f"{labels[name]} {reason}."))
                case str() as digest:
                    digests[name] = asset_id(digest)
        adopted.append({**item, **digests} if digests else item)
    return Adopted(tuple(adopted), images, tuple(faults))


def _adopt(decoder: Decoder, text: str, images: dict[str, NormalisedImage]) -> str | PictureRefused:
    try:
        image = decoder.normalise(decode_base64(text))
    except PictureRefused as refused:
        return refused
    images[image.digest] = image
    return image.digest


def keep(storage: Storage, images: Mapping[str, NormalisedImage]) -> None:
    """Put the pictures into media storage. Before `record`: a row promises that the bytes are there."""
    if images:
        storage.put({storage_key(digest): image.data for digest, image in images.items()})


def record(session: Session, owner_id: UUID, images: Iterable[NormalisedImage], now: datetime) -> int:
    """Note the owner's right to these pictures; the answer is how many were new to them."""
    rows = [
        {
            "owner_id": owner_id,
            "digest": image.digest,
            "media_type": image.media_type,
            "size": len(image.data),
            "width": image.width,
            "height": image.height,
            "created_at": now,
        }
        for image in images
    ]
    if not rows:
        return 0
    new = session.scalars(insert(Asset).on_conflict_do_nothing().returning(Asset.digest), rows)
    return len(new.all())


def unknown(session: Session, caller: Caller, digests: Collection[str]) -> set[str]:
    """Those of the digests that the caller has no right to use: nobody's, or somebody else's."""
    if not digests:
        return set()
    query = select(Asset.digest).where(Asset.digest == func.any(sorted(set(digests))))
    if not caller.sees_everything:
        query = query.where(Asset.owner_id == caller.user_id)
    return set(digests) - set(session.scalars(query))


def outline(image: NormalisedImage) -> ImageSource:
    """A picture without its bytes: enough to find its place on a page, not to draw it."""
    return ImageSource(image.digest, b"", image.media_type, image.width, image.height)


def outlines(session: Session, digests: Collection[str]) -> dict[str, ImageSource]:
    """The outlines of those pictures that somebody has, by digest."""
    if not digests:
        return {}
    query = select(Asset).where(Asset.digest == func.any(sorted(set(digests))))
    return {
        asset.digest: ImageSource(asset.digest, b"", asset.media_type, asset.width, asset.height)
        for asset in session.scalars(query)
    }


def show_asset(session: Session, caller: Caller, identity: str) -> AssetView:
    """The caller's asset. Raises `NotFound`."""
    digest = digest_of(identity)
    query = select(Asset).where(Asset.digest == digest).limit(1)
    if not caller.sees_everything:
        query = query.where(Asset.owner_id == caller.user_id)
    asset = session.scalar(query)
    if asset is None:
        raise NotFound("There is no such asset.")
    return AssetView(asset_id(digest), asset.media_type, asset.width, asset.height, asset.size)


def open_asset(storage: Storage, identity: str) -> BinaryIO:
    """The bytes of an asset that `show_asset` let the caller see."""
    return storage.open(storage_key(digest_of(identity)))


def open_image(storage: Storage, digest: str) -> ImageSource:
    """A kept picture, ready to draw. Raises `FileMissing`."""
    with storage.open(storage_key(digest)) as file:
        data = file.read()
    with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as header:
        width, height = header.size
        media_type = "image/png" if header.format == "PNG" else "image/jpeg"
    return ImageSource(digest, data, media_type, width, height)


class Shelf:
    """Pictures by digest, read from storage once; those not asked for lately go beyond `budget` bytes."""

    def __init__(self, storage: Storage, *, budget: int = 64 << 20) -> None:
        self._kept: Kept[str, ImageSource] = Kept(budget, lambda picture: len(picture.data))
        self._open = partial(open_image, storage)

    def __call__(self, digest: str) -> ImageSource:
        """Raises `FileMissing`."""
        return self._kept.get(digest, self._open)
