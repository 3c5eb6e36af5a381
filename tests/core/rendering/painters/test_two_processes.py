"""Whatever a page holds, two processes make the same bytes of it, one of which has drawn its like before."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings

from core.rendering.painters import encode_image, paint_pdf
from core.rendering.painters.image import painted
from core.rendering.scene import Scene, ScenePage
from core.settings import ROOT
from tests.core.rendering.painters.scenes import METADATA
from tests.core.rendering.painters.some_pages import FONTS, pages
from tests.properties import EXAMPLES

_LENGTH = struct.Struct(">I")


def digests(documents: list[ScenePage]) -> list[str]:
    """Of the PDF and the PNG of each page, drawn in this order."""
    found = []
    for sheet in documents:
        found.append(sha256(paint_pdf(Scene((sheet,)), fonts=FONTS, metadata=METADATA)).hexdigest())
        with painted(sheet, dpi=72, fonts=FONTS) as (image, change):
            found.append(sha256(encode_image(image, form="png", dpi=72, change=change)).hexdigest())
    return found


def answer(questions: BinaryIO, answers: BinaryIO) -> None:
    """What the other process does: tell the digests of pages that are sent, each of them drawn by itself."""
    while head := questions.read(_LENGTH.size):
        documents = pickle.loads(questions.read(_LENGTH.unpack(head)[0]))
        # One by one: nothing that one page has in common with another is the same object here.
        told = pickle.dumps([each for sheet in documents for each in digests([pickle.loads(sheet)])])
        answers.write(_LENGTH.pack(len(told)) + told)
        answers.flush()


@pytest.fixture(scope="module")
def other() -> Iterator[subprocess.Popen[bytes]]:
    command = "import sys; from tests.core.rendering.painters.test_two_processes import answer;"
    command += "answer(sys.stdin.buffer, sys.stdout.buffer)"
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()


@given(pages())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_two_processes_make_the_same_bytes_of_any_page(
    other: subprocess.Popen[bytes], documents: list[ScenePage]
) -> None:
    assert other.stdin
    assert other.stdout
    question = pickle.dumps([pickle.dumps(sheet) for sheet in documents])
    other.stdin.write(_LENGTH.pack(len(question)) + question)
    other.stdin.flush()
    here = digests(documents)
    (length,) = _LENGTH.unpack(other.stdout.read(_LENGTH.size))
    assert pickle.loads(other.stdout.read(length)) == here
