from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest

from core.kinds import Checked, Values, check_item
from core.rendering.errors import RenderingError
from core.rendering.fonts import FontLibrary
from core.rendering.painters import PdfMetadata, paint_pdf
from core.rendering.scene import Fill, GlyphRun, ImageSource, Picture, Scene
from core.settings import ROOT
from core.spas import issuer_values
from core.storage import FileMissing
from core.templates.catalogue import LoadedTemplate
from core.templates.document import digest_of, parse_document
from core.templates.drawing import Drawing, Facts, draw
from core.templates.stand_ins import SPA
from core.templates.watermark import marked

FACTS = Facts("IDC-2026-0000007", "CODE", "https://certmill.example/verify/CODE", date(2026, 1, 5))
ITEM = {
    "candidate_name": "Asha Rao",
    "designation": "Therapist",
    "date_of_joining": "2025-11-03",
    "contact_number": "+91 98450 31107",
}
EMBLEM = ImageSource("e" * 64, b"", "image/png", 10, 10)


@pytest.fixture(scope="module")
def fonts() -> FontLibrary:
    return FontLibrary.open(ROOT / "fonts")


def template(*elements: dict[str, Any], **more: Any) -> LoadedTemplate:
    """A card with these elements, texts unless they say otherwise."""
    box = {"x": 5, "y": 5, "width": 75, "height": 10}
    placed = [
        box | element if "type" in element else {"type": "text", "style": "text", **box, **element}
        for element in elements
    ]
    layout = {
        "page": {"size": "CR80", "orientation": "landscape"},
        "styles": {"text": {"face": "sans", "size": 8}},
        "sides": [{"elements": placed}],
    }
    document = parse_document({"name": "Card", "kind": "id_card", "layout": layout, **more})
    return LoadedTemplate("card", 1, digest_of(document), document)


def values(template_: LoadedTemplate, **more: str) -> Values:
    checked = check_item(template_.kind, {**ITEM, **more})
    assert isinstance(checked, Checked)
    return checked.values


def drawn(
    fonts: FontLibrary, template_: LoadedTemplate, *, spa: dict[str, Any] | None = None, **item: str
) -> Drawing:
    pictures = {"e" * 64: EMBLEM, "f" * 64: replace(EMBLEM, digest="f" * 64)}

    def picture(digest: str) -> ImageSource:
        if digest not in pictures:
            raise FileMissing(digest)
        return pictures[digest]

    issuer = issuer_values(spa)
    return draw(template_, values(template_, **item), issuer, FACTS, pictures=picture, fonts=fonts)


def words(scene: Scene) -> str:
    texts = (mark.text for page in scene.pages for mark in page.marks if isinstance(mark, GlyphRun))
    return " ".join(" ".join(texts).split())


def test_fields_facts_and_the_issuer_are_put_in(fonts: FontLibrary) -> None:
    card = template({"text": "{candidate_name}, {number}, {spa.name}, {signatory.name}"})

    shown = words(drawn(fonts, card, spa=dict(SPA)).scene)

    assert shown == "Asha Rao, IDC-2026-0000007, Your Spa, Name of the signatory"


def test_dates_print_as_the_template_says_and_in_its_language(fonts: FontLibrary) -> None:
    card = template({"text": "{date_of_joining}, {issue_date}"}, date_format="d MMMM yyyy", language="hi")

    assert words(drawn(fonts, card).scene) == "3 नवंबर 2025, 5 जनवरी 2026"


def test_a_date_is_found_as_it_is_read_though_no_line_ends_in_it(fonts: FontLibrary) -> None:
    """A reader who types plain spaces finds it, whatever keeps its day and month together."""
    scene = drawn(fonts, template({"text": "Joined on {date_of_joining}, at Goa"})).scene
    metadata = PdfMetadata("Card", "Sukoon", "Card", "en", datetime(2026, 1, 5, tzinfo=UTC))

    with pypdfium2.PdfDocument(paint_pdf(scene, fonts=fonts, metadata=metadata)) as pdf:
        text = pdf[0].get_textpage()
        assert "03\u00a0Nov 2025" in text.get_text_range()
        assert text.search("on 03 Nov 2025, at").get_next() is not None


def test_a_date_of_issue_of_the_items_own_comes_first(fonts: FontLibrary) -> None:
    card = template({"text": "{issue_date}"})

    assert words(drawn(fonts, card, issue_date="2025-12-24").scene) == "24 Dec 2025"
    assert words(drawn(fonts, card).scene) == "05 Jan 2026"


def test_pictures_come_from_the_item_the_issuer_and_the_template(fonts: FontLibrary) -> None:
    sources = ({"field": "candidate_photo"}, {"field": "spa.logo"}, {"asset": "emblem"})
    card = template(
        *({"type": "image", **source} for source in sources), assets={"emblem": f"sha256:{'e' * 64}"}
    )

    scene = drawn(fonts, card, spa={**SPA, "logo": f"sha256:{'f' * 64}"}, candidate_photo="e" * 64).scene

    used = [mark.image.digest[0] for page in scene.pages for mark in page.marks if isinstance(mark, Picture)]
    assert used == ["e", "f", "e"]


def test_a_picture_that_is_not_in_storage_is_told(fonts: FontLibrary) -> None:
    card = template({"text": "{candidate_name}"})

    with pytest.raises(FileMissing):
        drawn(fonts, card, candidate_photo="a" * 64)


def test_the_title_is_the_templates_and_falls_back_on_the_number(fonts: FontLibrary) -> None:
    titled = template({"text": "x"}, title="Card of {candidate_name}")
    silent = template({"text": "x"}, title="{spa.gstin}")

    assert drawn(fonts, titled).title == "Card of Asha Rao"
    assert drawn(fonts, silent).title == FACTS.number


def test_what_does_not_fit_names_the_field(fonts: FontLibrary) -> None:
    card = template({"text": "{candidate_name}", "width": 3})

    with pytest.raises(RenderingError) as failed:
        drawn(fonts, card, candidate_name="Venkatanarasimharajuvaripeta Subrahmanyeswara Rao")

    assert (failed.value.code, failed.value.field) == ("text_does_not_fit", "candidate_name")


def test_the_same_item_makes_the_same_scene(fonts: FontLibrary) -> None:
    card = template({"text": "{candidate_name}"})

    assert drawn(fonts, card) == drawn(fonts, card)


def test_a_preview_is_marked_on_every_page_above_all_else(fonts: FontLibrary) -> None:
    scene = drawn(fonts, template({"text": "{candidate_name}"})).scene
    two = Scene(scene.pages * 2)

    pages = marked(two, fonts).pages

    assert len(pages) == 2
    for before, after in zip(two.pages, pages, strict=True):
        assert after.marks[:-1] == before.marks
        mark = after.marks[-1]
        assert isinstance(mark, Fill)
        assert mark.opacity < 0.1
        across = [segment[-2] for segment in mark.path if segment]
        assert 0 < min(across) < after.width / 3
        assert after.width * 2 / 3 < max(across) < after.width
