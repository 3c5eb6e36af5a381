"""Pictures that people upload."""

from __future__ import annotations

from flask_openapi3.models import RawModel
from flask_openapi3.models.file import FileStorage
from pydantic import ConfigDict, Field

from api.schemas.base import Answer, Request


class AssetBody(RawModel):
    """Two ways to send a picture: a form with a `file`, or JSON with base64."""

    mimetypes = ["multipart/form-data", "application/json"]  # noqa: RUF012  flask-openapi3's own attribute


class UploadedFile(Request):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    file: FileStorage


class InlineFile(Request):
    data: str = Field(description="Base64 (RFC 4648), or a data URL of it.")


class AssetPath(Request):
    asset_id: str = Field(description="As the upload's answer had it, `sha256:<hex>`.")


class Asset(Answer):
    """A picture as it is kept: turned upright, decoded and made anew, and so not byte for byte what was sent."""

    id: str = Field(examples=["sha256:" + 64 * "0"])
    media_type: str
    width: int = Field(description="Pixels.")
    height: int
    size: int = Field(description="Bytes.")
