"""Pictures to show in documents: photos, signatures, logos, ornaments."""

from __future__ import annotations

from contextlib import closing
from typing import Final

from flask import Response, request, send_file, url_for

from api import answers, bodies
from api.auth import caller, requires
from api.contract import Blueprint
from api.runtime import runtime
from api.schemas.assets import Asset, AssetBody, AssetPath, InlineFile, UploadedFile
from core import assets as pictures
from core.errors import Fault, InvalidRequest
from core.pictures import PictureRefused

_EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg"}

assets = Blueprint("assets", "/assets", tag="Assets")


@assets.post("", responses={200: Asset, 201: Asset})
@requires("user")
def upload(raw: AssetBody) -> Response:
    """Upload a picture: PNG, JPEG or WebP, told by its content

    At most 10 MiB, 25 megapixels, 12,000 pixels a side, one frame. It is turned as its EXIF says and encoded anew. The
    same picture again has the same id, and 200 instead of 201. Send a form with a `file`, or JSON with base64 `data`.
    """
    data, pointer = _sent()
    asset, is_new = pictures.store_image(runtime(), caller(), data, pointer=pointer)
    location = url_for("assets.show", asset_id=asset.id)
    return answers.json(Asset.model_validate(asset), 201 if is_new else 200, {"Location": location})


@assets.get("/<asset_id>", responses={200: {"content": {"image/png": {}, "image/jpeg": {}}}})
@requires("user")
def show(path: AssetPath) -> Response:
    """The picture itself, for whoever uploaded it"""
    with runtime().reads() as session:
        asset = pictures.show_asset(session, caller(), path.asset_id)
    file = pictures.open_asset(runtime().storage, asset.id)
    name = f"{asset.id.removeprefix('sha256:')[:16]}.{_EXTENSIONS[asset.media_type]}"
    response = send_file(file, asset.media_type, download_name=name, conditional=False)
    response.set_etag(asset.id.removeprefix("sha256:"))
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.make_conditional(request)
    return response


def _sent() -> tuple[bytes, str]:
    """The bytes of the picture, and where in the request they stood."""
    if request.mimetype == "multipart/form-data":
        with closing(bodies.parse_form(UploadedFile).file) as file:
            return file.read(), "/file"
    inline = bodies.parse_body(InlineFile)
    try:
        return pictures.decode_base64(inline.data), "/data"
    except PictureRefused as refused:
        detail = f"The data {refused.reason}."
        raise InvalidRequest(detail, faults=[Fault("/data", refused.code, detail)]) from refused
