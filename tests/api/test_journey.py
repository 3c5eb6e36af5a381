"""From the request to the document in somebody's hand, with everything real but the workers' processes."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlsplit

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from core.parts import Parts
from tests.api.contract import Client
from tests.jobs import THERAPIST
from tests.parts import Queue

NAMES = ("अनन्या शर्मा", "Meera O'Brien", "நிலா குமார்")


@pytest.mark.usefixtures("built_in_templates")
def test_a_request_becomes_documents_that_say_they_are_genuine(
    as_user: Client, client: Client, runtime: Parts, queue: Queue
) -> None:
    accepted = as_user.post(
        "/certificates/generate",
        json={
            "template": "therapist-classic",
            "items": [{**THERAPIST, "candidate_name": name} for name in NAMES],
            "renditions": ["pdf", "png"],
        },
    )
    queue.work(runtime)
    job = as_user.get(accepted.headers["Location"]).json
    assert (job["state"], job["issued"], job["failed"]) == ("completed", 3, 0)

    for name, item in zip(NAMES, as_user.get(job["links"]["items"]).json["items"], strict=True):
        certificate = as_user.get(item["certificate_url"]).json
        assert certificate["recipient_name"] == name
        files = {file["rendition"]: file for file in certificate["files"]}

        with pikepdf.open(BytesIO(as_user.get(files["pdf"]["url"]).data)) as pdf:
            assert len(pdf.pages) == files["pdf"]["pages"] == 1
        with Image.open(BytesIO(client.get(files["png"]["signed_url"]).data)) as image:
            assert image.size == (files["png"]["width"], files["png"]["height"])
            (code,) = zxingcpp.read_barcodes(image)

        assert code.text == certificate["verify_url"]
        verified = client.get(urlsplit(code.text).path).json
        assert (verified["outcome"], verified["recipient_name"]) == ("genuine", name)
