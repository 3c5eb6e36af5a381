"""Same inputs, same bytes: in another process, with other hashes, in another order of work."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.builtin import NAMES, BuiltIns
from core.rendering.fonts import FontLibrary
from core.rendering.painters import encode_image, paint_page, paint_pdf, paint_thumbnail
from core.rendering.scene import Color, Fill, Link, Picture, Scene, ScenePage, Stroke
from tests.core.rendering.painters.scenes import METADATA, ellipse, portrait, rectangle, written

ROOT = Path(__file__).parents[4]


def names() -> list[str]:
    return ["Ananya Sharma", "Zoë", "Qu Xi Vey", "Ananya Sharma"]


def document(name: str, fonts: FontLibrary) -> Scene:
    photo = portrait()
    marks = (
        Fill(rectangle(10, 10, 300, 200), Color(250, 240, 220), 0.4),
        Stroke(ellipse(200, 150, 80, 40), Color(120, 60, 20), 1.5, dash=(3, 2)),
        Picture(20, 20, 60, 75, photo, (0, 0, photo.width, photo.height), ellipse(50, 57, 30, 37)),
        written(fonts.face("GreatVibes-Regular"), name, 100, 80),
        written(fonts.face("NotoSansDevanagari-Regular"), "श्रीकृष्ण ज्ञानेश्वरी", 100, 120),
        written(fonts.face("NotoNaskhArabic-Regular"), "عبد الله فَاطِمَة", 100, 160),
        Link(100, 200, 40, 40, "https://certmill.example/verify/x"),
    )
    return Scene((ScenePage(320, 240, marks),))


def digests(order: list[str]) -> dict[str, list[str]]:
    """Of the PDF, the images and the thumbnail of each name, made in this order."""
    fonts = FontLibrary.open(ROOT / "fonts")
    made = {}
    for name in order:
        scene = document(name, fonts)
        image = paint_page(scene.pages[0], dpi=150, fonts=fonts)
        files = [paint_pdf(scene, fonts=fonts, metadata=METADATA), paint_thumbnail(image)]
        files += [encode_image(image, form=form, dpi=150) for form in ("png", "jpg", "webp")]
        made[name] = [hashlib.sha256(file).hexdigest() for file in files]
    return made


def test_two_processes_make_the_same_bytes() -> None:
    command = "import json, sys; from tests.core.rendering.painters.test_same_bytes import digests;"
    command += "json.dump(digests(json.load(sys.stdin)), sys.stdout)"
    results = []
    for seed, order in (("1", names()), ("2", names()[::-1])):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", command],
            input=json.dumps(order).encode(),
            capture_output=True,
            check=True,
            env=environment,
            cwd=ROOT,
        )
        results.append(json.loads(run.stdout))
    assert results[0] == results[1] == digests(names())
    assert len({tuple(files) for files in results[0].values()}) == 3


def test_a_document_is_the_same_bytes_when_its_words_are_new_and_when_they_are_kept() -> None:
    """What stands on each of several pages was one part of the document, or one for each page, as it was kept or not."""
    built_ins = BuiltIns()
    for name in NAMES:
        for number, row in enumerate(built_ins.rows[name][:6], start=8_000_000):
            made = set()
            for _ in range(3):
                drawing, metadata = built_ins.draw(name, row, number)
                made.add(paint_pdf(drawing.scene, fonts=built_ins.fonts, metadata=metadata))
            assert len(made) == 1, (name, number)
