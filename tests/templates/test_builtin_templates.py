"""The built-in templates, their samples and the spas that these belong to, drawn by the parts that draw for customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import regex

from core.kinds import BUILT_IN, Checked, check_item
from core.pictures import Decoder, NormalisedImage
from core.rendering.fonts import FontLibrary
from core.rendering.scene import GlyphRun, ImageSource, Picture, Scene
from core.settings import ROOT
from core.spas import SpaDocument, issuer_values
from core.templates.builtin import FOLDER, BuiltIn, read_folder
from core.templates.catalogue import LoadedTemplate
from core.templates.checking import check_template
from core.templates.document import digest_of
from core.templates.drawing import Drawing, Facts, draw
from core.templates.yaml_files import read_yaml

NAMES = sorted(path.parent.name for path in FOLDER.glob("*/template.yaml"))
TODAY = date(2026, 11, 23)
LONG_NAME = "Venkata Satyanarayana Subrahmanyam Krishnamurthy"
FACTS = Facts("ABC-2026-0001234", "k7", "https://certificates.example/verify/3kq9ZsT1xYwP0c8nRb7aLg", TODAY)
SCRIPTS = (
    *("Latin", "Devanagari", "Bengali", "Tamil", "Telugu", "Kannada", "Malayalam", "Gujarati", "Gurmukhi"),
    "Arabic",
)

Draw = Callable[..., Drawing]


class Pictures:
    """The pictures of the samples as an upload makes them: by their file, and by the digest they get."""

    def __init__(self, decoder: Decoder) -> None:
        self._normalise = cache(lambda path: decoder.normalise(path.read_bytes()))
        self._known: dict[str, ImageSource] = {}

    def keep(self, image: NormalisedImage) -> str:
        self._known[image.digest] = ImageSource(
            image.digest, image.data, image.media_type, image.width, image.height
        )
        return f"sha256:{image.digest}"

    def adopt(self, value: object, folder: Path) -> object:
        """What stands for `{file: …}` anywhere in `value` once the file is uploaded."""
        match value:
            case {"file": str() as file, **rest} if not rest:
                return self.keep(self._normalise((folder / file).resolve()))
            case dict():
                return {name: self.adopt(part, folder) for name, part in value.items()}
            case _:
                return value

    def __call__(self, digest: str) -> ImageSource:
        return self._known[digest]


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(children=1)
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def pictures(decoder: Decoder) -> Pictures:
    return Pictures(decoder)


@pytest.fixture(scope="module")
def fonts() -> FontLibrary:
    return FontLibrary.open(ROOT / "fonts")


@pytest.fixture(scope="module")
def spas(pictures: Pictures) -> dict[str, SpaDocument]:
    raw = read_yaml((FOLDER / "spas.yaml").read_bytes())["spas"]
    documents = [SpaDocument.model_validate(pictures.adopt(spa, FOLDER)) for spa in raw]
    return {document.code: document for document in documents}


@pytest.fixture(scope="module")
def built_in(decoder: Decoder, pictures: Pictures) -> Callable[[str], BuiltIn]:
    @cache
    def read(name: str) -> BuiltIn:
        found = read_folder(FOLDER / name, decoder)
        for image in found.images.values():
            pictures.keep(image)
        return found

    return read


@pytest.fixture(scope="module")
def drawn(built_in: Callable[[str], BuiltIn], pictures: Pictures, fonts: FontLibrary) -> Draw:
    """Draws one item, or fails with all its faults."""

    def draw_item(name: str, values: Mapping[str, Any], spa: SpaDocument | None) -> Drawing:
        template = loaded(built_in(name))
        checked = check_item(template.kind, pictures.adopt(dict(values), samples_file(name).parent))
        assert isinstance(checked, Checked), checked
        issuer = issuer_values(spa.model_dump(mode="json", exclude_none=True) if spa else None)
        return draw(template, checked.values, issuer, FACTS, pictures=pictures, fonts=fonts)

    return draw_item


def loaded(template: BuiltIn) -> LoadedTemplate:
    return LoadedTemplate(template.id, 1, digest_of(template.document), template.document)


@cache
def samples(name: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(read_yaml(samples_file(name).read_bytes())["items"])


def samples_file(name: str) -> Path:
    """A template's own samples, or those of the template with which it shares them."""
    document = read_yaml((FOLDER / name / "template.yaml").read_bytes())
    return FOLDER / name / str(document.get("samples", "samples.yaml"))


def texts(scene: Scene) -> list[str]:
    return [mark.text for page in scene.pages for mark in page.marks if isinstance(mark, GlyphRun)]


def lines(scene: Scene) -> list[str]:
    """What stands on one baseline without a gap, from left to right."""
    found: list[str] = []
    end = (-1, 0.0, 0.0)
    for number, page in enumerate(scene.pages):
        for mark in page.marks:
            if not isinstance(mark, GlyphRun) or not mark.glyphs:
                continue
            first, last = mark.glyphs[0], mark.glyphs[-1]
            joined = end[:2] == (number, first.y) and abs(first.x - end[2]) < mark.size / 2
            found[-1:] = [found[-1] + mark.text] if joined else [*found[-1:], mark.text]
            end = (number, last.y, last.x + last.advance)
    return found


def required_only(name: str) -> dict[str, Any]:
    """A sample without all that its kind does not ask for."""
    kind = BUILT_IN[read_yaml((FOLDER / name / "template.yaml").read_bytes())["kind"]]
    required = {field.name for field in kind.fields if field.required}
    return {field: value for field, value in samples(name)[0]["values"].items() if field in required}


def test_every_kind_has_a_template(built_in: Callable[[str], BuiltIn]) -> None:
    assert {built_in(name).document.kind.name for name in NAMES} == set(BUILT_IN)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_as_publishing_wants_it(
    name: str, built_in: Callable[[str], BuiltIn], pictures: Pictures, fonts: FontLibrary
) -> None:
    found = check_template(loaded(built_in(name)), pictures=pictures, fonts=fonts, today=TODAY)

    assert (found.errors, found.warnings) == ((), ())


@pytest.mark.parametrize("name", NAMES)
def test_there_are_samples_enough_for_a_demonstration(name: str) -> None:
    assert len(samples(name)) >= 25


@pytest.mark.parametrize(
    "name, position", [(name, position) for name in NAMES for position in range(len(samples(name)))]
)
def test_a_sample_is_drawn_with_its_text_and_inside_the_page(
    name: str, position: int, drawn: Draw, spas: dict[str, SpaDocument], built_in: Callable[[str], BuiltIn]
) -> None:
    sample = samples(name)[position]
    spa = spas[sample["spa"]] if "spa" in sample else None

    drawing = drawn(name, sample["values"], spa)

    recipient = built_in(name).document.kind.recipient
    # A line may break inside a name, and capitals may be set; letters in their order remain.
    everything = letters("".join(texts(drawing.scene)))
    if isinstance(recipient, str):
        assert all(letters(word) in everything for word in sample["values"][recipient].split())
    assert FACTS.number in "".join(texts(drawing.scene))
    for page in drawing.scene.pages:
        for mark in page.marks:
            if isinstance(mark, GlyphRun):
                assert all(
                    0 <= glyph.x <= page.width and 0 <= glyph.y <= page.height for glyph in mark.glyphs
                )
            if isinstance(mark, Picture):
                assert 0 <= mark.x <= mark.x + mark.width <= page.width
                assert 0 <= mark.y <= mark.y + mark.height <= page.height


def letters(text: str) -> str:
    return "".join(regex.findall(r"[\p{L}\p{M}\p{N}]", text)).casefold()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_leaves_no_stray_punctuation_where_only_the_name_of_a_spa_is_known(
    name: str, drawn: Draw
) -> None:
    drawing = drawn(
        name, required_only(name), SpaDocument.model_validate({"code": "bare", "name": "Bare Spa"})
    )

    written = lines(drawing.scene)
    assert "bare spa" in " ".join(written).casefold()
    assert [line for line in written if re.search(r"^\s*[,;·]|,\s*[,.;]|\(\s*\)", line)] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_room_for_a_long_name(
    name: str, drawn: Draw, built_in: Callable[[str], BuiltIn], spas: dict[str, SpaDocument]
) -> None:
    recipient = built_in(name).document.kind.recipient
    if not isinstance(recipient, str):
        pytest.skip("this kind names no person")
    house = {"name": "The Grand Chandrika House of Wellness and Ayurveda", "city": "Thiruvananthapuram"}
    spa = SpaDocument.model_validate({"code": "long", "area": "Vazhuthacaud", **house})

    drawing = drawn(name, {**samples(name)[0]["values"], recipient: LONG_NAME}, spa)

    assert letters(LONG_NAME.rsplit(maxsplit=1)[-1]) in letters("".join(texts(drawing.scene)))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_room_for_a_house_with_long_names(name: str, drawn: Draw, pictures: Pictures) -> None:
    house = {
        "name": "The Grand Chandrika House of Wellness & Ayurveda, Kovalam",
        "address": "Survey No. 412/7B, Third Floor, Sree Padmanabha Arcade, Old Vizhinjam Lighthouse Road, near Hawah Beach",
        "area": "Vazhuthacaud",
        "city": "Thiruvananthapuram",
        "pincode": "695527",
        "state": "Dadra and Nagar Haveli and Daman and Diu",
        "email": "guest.relations@grandchandrikawellness.example",
        "website": "www.grandchandrikahouseofwellness.example",
        "phone_number": "+91 471 2345 6789",
        "alternate_number": "+91 98470 12345",
        "signatory": {"name": LONG_NAME, "designation": "Director of Guest Experience and Service Quality"},
    }
    for logo in ({}, {"logo": {"file": "samples/logo-palm.png"}}):
        spa = SpaDocument.model_validate(pictures.adopt({"code": "long", **house, **logo}, FOLDER))

        drawing = drawn(name, samples(name)[0]["values"], spa)

        assert letters("Kovalam") in letters("".join(texts(drawing.scene)))


def test_the_samples_speak_in_ten_scripts() -> None:
    written = str([samples(name) for name in NAMES])
    assert [script for script in SCRIPTS if not regex.search(rf"\p{{Script={script}}}", written)] == []


def test_spas_have_valid_tax_numbers_of_their_own_states(spas: dict[str, SpaDocument]) -> None:
    # SpaDocument refuses a wrong check character and another state's number.
    numbers = [spa.gstin for spa in spas.values()]
    assert len(spas) >= 8
    assert None not in numbers
    assert len(set(numbers)) == len(numbers)
    assert len({spa.state for spa in spas.values()}) >= 8


def test_every_sample_names_a_spa_that_there_is(spas: dict[str, SpaDocument]) -> None:
    named = {sample["spa"] for name in NAMES for sample in samples(name) if "spa" in sample}
    assert named <= set(spas)
    assert named
