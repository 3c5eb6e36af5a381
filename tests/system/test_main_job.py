"""The main job, whole: a thousand mixed certificates over HTTP, each file asked by other people's programs."""

from __future__ import annotations

import hashlib
import re
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from embedded.client import Client
from embedded.samples import Samples
from embedded.system import RunningSystem
from tests.system.conftest import listed, submit, wait_for

AT_LEAST = 1000
_PDFIUM = Lock()


@pytest.fixture(scope="session")
def thousand(running: RunningSystem) -> dict[str, dict[str, Any]]:
    """A thousand mixed certificates: what the listing says of each, by id."""
    with Client(running.base_url, running.admin_key) as client:
        from embedded.system import ROOT

        samples = Samples(ROOT / "templates", client)
        once = sum(len(request.body["items"]) for request in samples.requests())
        requests = list(samples.requests(times=-(-AT_LEAST // once)))
        jobs = {submit(client, request): len(request.body["items"]) for request in requests}
        for job, total in jobs.items():
            answer = wait_for(client, job, within=600)
            assert (answer["state"], answer["issued"], answer["failed"]) == ("completed", total, 0)
        return {entry["id"]: entry for entry in listed(client, "/certificates") if entry["job_id"] in jobs}


@pytest.fixture(scope="session")
def documents(running: RunningSystem) -> Path:
    return Path(unquote(urlsplit(running.media).path)) / "documents"


@pytest.fixture
def files_of(
    documents: Path, thousand: dict[str, dict[str, Any]]
) -> Callable[[str], Iterator[tuple[dict[str, Any], Path]]]:
    """Each certificate with its stored file of a rendition."""
    by_name = {path.name: path for path in documents.rglob("*.*")}

    def find(rendition: str) -> Iterator[tuple[dict[str, Any], Path]]:
        for entry in thousand.values():
            (file,) = (file for file in entry["files"] if file["rendition"] == rendition)
            yield entry, by_name[f"{entry['id'].replace('-', '')}-{file['url'].rpartition('/')[2]}"]

    return find


def test_all_were_issued_and_the_counters_are_exact(
    thousand: dict[str, dict[str, Any]], query: Callable[..., list[Any]]
) -> None:
    assert len(thousand) >= AT_LEAST
    assert len(Counter(entry["kind"] for entry in thousand.values())) == 8
    assert len({entry["number"] for entry in thousand.values()}) == len(thousand)
    wrong = query("""
        SELECT j.id FROM jobs j JOIN items i ON i.job_id = j.id LEFT JOIN certificates c ON c.id = i.certificate_id
        GROUP BY j.id
        HAVING j.total <> count(*) OR j.issued <> count(*) FILTER (WHERE i.state = 'issued') OR j.issued <> count(c.id)
            OR j.failed <> count(*) FILTER (WHERE i.state = 'failed')""")
    assert wrong == []


def test_each_file_s_name_carries_its_sha_256(documents: Path, thousand: dict[str, dict[str, Any]]) -> None:
    named = {file["digest"] for entry in thousand.values() for file in entry["files"]}
    found = {
        path.stem.partition("-")[2]: path for path in documents.rglob("*.*") if not path.name.startswith(".")
    }
    assert len(named) == 3 * len(thousand)
    assert named <= found.keys()
    for digest in named:
        assert hashlib.sha256(found[digest].read_bytes()).hexdigest() == digest


def test_qpdf_accepts_every_pdf(files_of: Callable[..., Any], debian_tool: Callable[[str], Path]) -> None:
    qpdf = debian_tool("qpdf")

    def check(path: Path) -> str:
        done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else f"{path.name}: {done.stdout}{done.stderr}"

    with ThreadPoolExecutor(2) as pool:
        assert [said for said in pool.map(check, [path for _, path in files_of("pdf")]) if said] == []


def test_pdftotext_finds_each_recipient_in_their_own_script(
    files_of: Callable[..., Any], debian_tool: Callable[[str], Path]
) -> None:
    pdftotext = debian_tool("pdftotext")

    def missing(of: tuple[dict[str, Any], Path]) -> str:
        entry, path = of
        done = subprocess.run(
            [pdftotext, "-enc", "UTF-8", path, "-"], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        # A daily sheet's recipient is its spa and date.
        names = re.split(r", (?=\d)", entry["recipient_name"])
        text = _letters(done.stdout)
        return (
            ""
            if all(_letters(name) in text for name in names[:1])
            else f"{entry['kind']}: {entry['recipient_name']}"
        )

    with ThreadPoolExecutor(2) as pool:
        assert [name for name in pool.map(missing, files_of("pdf")) if name] == []


def test_a_reader_finds_each_verify_address_in_the_qr_code(
    files_of: Callable[..., Any], query: Callable[..., list[Any]], running: RunningSystem
) -> None:
    codes = {str(row.id): row.code for row in query("SELECT id, code FROM certificates")}

    pdfs = {entry["id"]: path for entry, path in files_of("pdf")}

    def wrong(of: tuple[dict[str, Any], Path]) -> str:
        entry, path = of
        expected = f"{running.environment['PUBLIC_URL']}/verify/{codes[entry['id']]}"
        with Image.open(path) as picture:
            if expected in _codes_in(picture):
                return ""
        # The image shows the first page; of a card with two sides, the code stands on the second.
        return (
            ""
            if expected in _codes_in(_last_page(pdfs[entry["id"]]))
            else f"{entry['kind']} {entry['number']}"
        )

    with ThreadPoolExecutor(2) as pool:
        assert [said for said in pool.map(wrong, files_of("png")) if said] == []


def _codes_in(picture: Image.Image) -> set[str]:
    return {symbol.text for symbol in zxingcpp.read_barcodes(picture.convert("L"))}


def _last_page(pdf: Path) -> Image.Image:
    # PDFium knows no threads.
    with _PDFIUM, pypdfium2.PdfDocument(pdf) as document:
        page: Image.Image = document[len(document) - 1].render(scale=300 / 72).to_pil()
        return page


def _letters(text: str) -> str:
    """The letters, marks and figures, capitals and small letters as one. Readers differ about spaces and about which way a
    bracket beside Arabic turns."""
    normal = unicodedata.normalize("NFC", text).casefold()
    return "".join(each for each in normal if unicodedata.category(each)[0] in "LMN")
