from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from obstore import sign
from obstore.store import S3Store

from core.storage.signing import Credentials, signed_address


def test_the_example_of_amazon_s_documentation_comes_out_as_it_stands_there() -> None:
    address = signed_address(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region="us-east-1",
        at=datetime(2013, 5, 24, tzinfo=UTC),
        seconds=86400,
    )
    signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    assert parse_qs(urlsplit(address).query)["X-Amz-Signature"] == [signature]


def test_temporary_credentials_sign_as_obstore_does() -> None:
    credentials = Credentials("ASIA", "secret", "a token/with+signs=")
    store = S3Store(
        "media",
        region="ap-south-1",
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
    )
    theirs = urlsplit(sign(store, "GET", "a/one.pdf", timedelta(seconds=600)))
    said = parse_qs(theirs.query)
    ours = urlsplit(
        signed_address(
            "GET",
            f"{theirs.scheme}://{theirs.netloc}{theirs.path}",
            credentials,
            region="ap-south-1",
            at=datetime.strptime(said["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
            seconds=600,
        )
    )
    assert parse_qs(ours.query) == said


def test_secrets_are_in_no_representation() -> None:
    assert "hush" not in repr(Credentials("key", "hush", "hush"))
