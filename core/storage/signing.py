"""Addresses that are their own permission: AWS Signature Version 4 in the query.

After "Authenticating Requests: Using Query Parameters" of Amazon's S3 API reference. obstore signs addresses too, but lets none
say with which headers the bucket shall answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What stands for an account at an S3 server; `session_token` belongs to temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


def signed_address(
    method: str,
    url: str,
    credentials: Credentials,
    *,
    region: str,
    at: datetime,
    seconds: int,
    query: Mapping[str, str] | None = None,
) -> str:
    """`url` (scheme, host and path, percent-encoded) with the permission to call `method` on it with this `query`, from `at` on
    for so many `seconds`."""
    parts = urlsplit(url)
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    asked = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
        **({"X-Amz-Security-Token": credentials.session_token} if credentials.session_token else {}),
        **(query or {}),
    }
    encoded = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(asked.items()))
    request = "\n".join(
        [method, parts.path or "/", encoded, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    )
    to_sign = "\n".join([_ALGORITHM, moment, scope, sha256(request.encode()).hexdigest()])
    key = f"AWS4{credentials.secret_access_key}".encode()
    for step in (moment[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), sha256)
    signature = hmac.digest(key, to_sign.encode(), sha256).hex()
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}?{encoded}&X-Amz-Signature={signature}"


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
