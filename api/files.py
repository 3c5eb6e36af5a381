"""The bytes of certificates. An address carries the digest of what it leads to, so a client may keep it for ever."""

from __future__ import annotations

from contextlib import ExitStack
from io import BytesIO
from typing import Final

from flask import Response, request
from werkzeug.http import dump_options_header
from werkzeug.wsgi import wrap_file

from api import answers
from api.auth import everybody, visitor
from api.contract import Blueprint
from api.runtime import runtime
from api.schemas.certificates import FilePath, FileQuery
from api.signing import Signer
from core import certificates as core
from core.artifacts import MEDIA_TYPES
from core.certificates import CertificateFile
from core.errors import Forbidden

_STEP: Final = 300
"""A signed address lives for one to two steps. That it does not change within a step lets a client's cache hold."""
_BLOCK: Final = 64 * 1024

files = Blueprint("files", "/certificates", tag="Certificates")

_BYTES: Final = {
    "description": "The bytes, or the range of them that was asked for.",
    "content": {media_type: {"schema": {}} for media_type in MEDIA_TYPES.values()},
}
_ELSEWHERE: Final = {
    "description": "A browser gets them from the bucket, at an address that ends in five to ten minutes.",
    "headers": {"Location": {"schema": {"type": "string"}}},
}


@files.get("/<certificate_id>/files/<file_name>", responses={200: _BYTES, 206: _BYTES, 302: _ELSEWHERE})
@everybody
def fetch(path: FilePath, query: FileQuery) -> Response:
    """The bytes of a rendition

    Public certificates' files are open to everybody, others to those who may see the certificate and to whoever holds a
    signed address. `Range` and `HEAD` work. Where the deployment has its files in a bucket that browsers reach, a GET without
    `Authorization` may be answered with a redirect to it.
    """
    signed = _is_signed(query)
    with runtime().reads() as session:
        file = core.find_file(
            session, None if signed else visitor(), path.certificate_id, path.file_name, signed=signed
        )
    headers = _headers(file, as_attachment=query.download)
    return _redirect(file, headers) or _stream(file, headers)


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


def _headers(file: CertificateFile, *, as_attachment: bool) -> dict[str, str]:
    """What is said of the bytes, wherever they come from."""
    disposition = "attachment" if as_attachment else "inline"
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": dump_options_header(disposition, {"filename": file.filename}),
        "Cache-Control": f"{'public' if file.is_public else 'private'}, max-age=31536000, immutable",
    }


def _redirect(file: CertificateFile, headers: dict[str, str]) -> Response | None:
    """To the bucket, for browsers: a program would take its key along, and S3 refuses two permissions at once."""
    if request.method != "GET" or "Authorization" in request.headers or answers.is_known(file.digest):
        return None
    address = runtime().storage.url(file.key, headers=headers, now=runtime().clock())
    if address is None:
        return None
    response = Response(status=302)
    response.location = address
    # Shorter than the address lives, and short enough that what is erased is soon 410 again.
    response.headers["Cache-Control"] = "private, max-age=30"
    return response


def _stream(file: CertificateFile, headers: dict[str, str]) -> Response:
    with ExitStack() as on_error:
        # Who has the bytes need not wait for storage.
        stream = BytesIO() if answers.is_known(file.digest) else core.open_file(runtime().storage, file)
        on_error.callback(stream.close)
        response = Response(wrap_file(request.environ, stream, _BLOCK), direct_passthrough=True)
        response.headers.update(headers)
        response.content_length = file.size
        response.set_etag(file.digest)
        # Several ranges at once, or nonsense, may be answered with the whole (RFC 9110, section 14.2).
        wanted = request.range
        in_part = wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
        in_part = in_part and not answers.is_known(file.digest)
        response.make_conditional(request, accept_ranges=in_part, complete_length=file.size)
        response.accept_ranges = "bytes"
        on_error.pop_all()
    return response
