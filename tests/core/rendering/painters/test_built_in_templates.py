"""The painters agree on every template that comes with the program."""

import io
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from core.pictures import Decoder
from core.rendering.fonts import FontLibrary
from core.rendering.painters import encode_image, paint_page, paint_pdf
from core.rendering.scene import ImageSource, Scene
from core.spas import issuer_values
from core.templates.builtin import FOLDER, read_folder
from core.templates.catalogue import LoadedTemplate
from core.templates.document import digest_of
from core.templates.drawing import draw
from core.templates.sample import facts_of, values_of, with_portrait
from core.templates.stand_ins import SPA
from tests.core.rendering.painters.comparison import (
    BLOCK_TOLERANCE,
    TOLERANCE,
    Reader,
    blocks,
    blurred,
    difference,
)
from tests.core.rendering.painters.scenes import METADATA

TEMPLATES = sorted(path.parent.name for path in FOLDER.glob("*/template.yaml"))


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(children=1)
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def sample_of(fonts: FontLibrary, decoder: Decoder) -> Callable[[str], Scene]:
    """A built-in template with its first sample."""

    def drawn(name: str) -> Scene:
        built_in = read_folder(FOLDER / name, decoder)
        template = LoadedTemplate(name, 1, digest_of(built_in.document), built_in.document)

        def picture(digest: str) -> ImageSource:
            image = built_in.images[digest]
            return ImageSource(digest, image.data, image.media_type, image.width, image.height)

        today = date(2026, 1, 5)
        return draw(
            template,
            values_of(template, {}, today),
            issuer_values(SPA),
            facts_of(template, today, "https://certmill.example"),
            pictures=with_portrait(picture),
            fonts=fonts,
        ).scene

    return drawn


def test_there_are_templates_to_look_at() -> None:
    assert len(TEMPLATES) >= 8


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_image_shows_what_readers_show_of_its_pdf(
    name: str, sample_of: Callable[[str], Scene], fonts: FontLibrary, reader: Reader
) -> None:
    scene = sample_of(name)
    image = paint_page(scene.pages[0], dpi=150, fonts=fonts)
    fine = reader(paint_pdf(scene, fonts=fonts, metadata=METADATA), 600).reduce(4)
    assert difference(blurred(image), blurred(fine)) <= TOLERANCE
    assert difference(blocks(image), blocks(fine)) <= BLOCK_TOLERANCE


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_png_is_little_larger_than_what_pillow_takes_ten_times_as_long_for(
    name: str, sample_of: Callable[[str], Scene], fonts: FontLibrary
) -> None:
    image = paint_page(sample_of(name).pages[0], dpi=150, fonts=fonts)
    file = io.BytesIO()
    image.save(file, "PNG")
    assert len(encode_image(image, form="png", dpi=150)) < 1.4 * len(file.getvalue())


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_pdf_is_sound(
    name: str,
    sample_of: Callable[[str], Scene],
    fonts: FontLibrary,
    debian_tool: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{name}.pdf"
    path.write_bytes(paint_pdf(sample_of(name), fonts=fonts, metadata=METADATA))
    command = [str(debian_tool("qpdf")), "--check", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
