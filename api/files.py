"""The bytes of certificates. An address carries the digest of what it leads to, so a client may keep it for ever."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from flask import Response, request
from werkzeug.wsgi import wrap_file

from api import answers
from api.auth import everybody, visitor
from api.contract import Blueprint
from api.runtime import runtime
from api.schemas.certificates import FilePath, FileQuery
from api.signing import Signer
from core import certificates as core
from core.artifacts import MEDIA_TYPES
from core.certificates import OpenFile
from core.errors import Forbidden

_STEP: Final = 300
"""A signed address lives for one to two steps. That it does not change within a step lets a client's cache hold."""
_BLOCK: Final = 64 * 1024

files = Blueprint("files", "/certificates", tag="Certificates")

_BYTES: Final = {
    "description": "The bytes, or the range of them that was asked for.",
    "content": {media_type: {"schema": {}} for media_type in MEDIA_TYPES.values()},
}


@files.get("/<certificate_id>/files/<file_name>", responses={200: _BYTES, 206: _BYTES})
@everybody
def fetch(path: FilePath, query: FileQuery) -> Response:
    """The bytes of a rendition

    Public certificates' files are open to everybody, others to those who may see the certificate and to whoever holds a
    signed address. `Range` and `HEAD` work.
    """
    signed = _is_signed(query)
    with runtime().sessions() as session:
        file = core.open_file(
            session,
            runtime(),
            None if signed else visitor(),
            path.certificate_id,
            path.file_name,
            signed=signed,
        )
    return _stream(file, as_attachment=query.download)


def signed_url(url: str) -> str:
    """The address with a permission that ends in five to ten minutes."""
    expires = (int(runtime().clock().timestamp()) // _STEP + 2) * _STEP
    return f"{url}?expires={expires}&signature={_signer().sign(_promise(url, expires))}"


def _is_signed(query: FileQuery) -> bool:
    """Whether the address holds a permission of ours; raises `Forbidden` for one that has ended."""
    if query.expires is None or query.signature is None:
        return False
    if not _signer().holds(_promise(request.path, query.expires), query.signature):
        return False
    if query.expires <= runtime().clock().timestamp():
        raise Forbidden("This address has ended; ask for the certificate again.", code="address_expired")
    return True


def _promise(url: str, expires: int) -> str:
    return f"{url} until {expires}"


def _signer() -> Signer:
    return Signer([runtime().settings.secret_key], purpose="file address")


def _stream(file: OpenFile, *, as_attachment: bool) -> Response:
    with ExitStack() as on_error:
        on_error.callback(file.stream.close)
        response = Response(
            wrap_file(request.environ, file.stream, _BLOCK),
            content_type=file.media_type,
            direct_passthrough=True,
        )
        response.content_length = file.size
        response.set_etag(file.digest)
        reach = "public" if file.is_public else "private"
        response.headers["Cache-Control"] = f"{reach}, max-age=31536000, immutable"
        response.headers.set(
            "Content-Disposition", "attachment" if as_attachment else "inline", filename=file.filename
        )
        # Several ranges at once, or nonsense, may be answered with the whole (RFC 9110, section 14.2).
        wanted = request.range
        in_part = wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
        in_part = in_part and not answers.is_known(file.digest)
        response.make_conditional(request, accept_ranges=in_part, complete_length=file.size)
        response.accept_ranges = "bytes"
        on_error.pop_all()
    return response
