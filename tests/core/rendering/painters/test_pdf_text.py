"""What other people's readers find in our PDFs when they search or copy: Poppler by pdftotext, and PDFium."""

import io
import re
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from core.rendering.compose import prepare
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.painters import paint_pdf
from core.rendering.scene import Cluster, Glyph, GlyphRun, Scene, Word
from tests.core.rendering.painters.scenes import BLACK, METADATA, reset, scene, written

Read = Callable[[bytes], str]

NAMES = {
    "NotoSans": ["Zoë Ångström", "Office affair of Łukasz Žižek", "AVATAR To Ty 1/2"],
    "GreatVibes": ["Ananya Raghunathan", "Road Khar West", "BOM/2627/1093"],
    "EBGaramond": ["The fjord office affair", "Shuffled ffi ffl"],
    "NotoSansDevanagari": ["क्षत्रिय श्रीकृष्ण", "ज्ञानेश्वरी द्विवेदी कीर्ति", "अंतर्राष्ट्रीय ट्रेनिंग ऋषि ढूँढना फ़िरोज़"],
    "NotoSerifDevanagari": ["अनुराधा राजपुरोहित सुनीता", "आयुर्वेदिक अभ्यंग"],
    "NotoSansBengali": ["শ্রীমতী ঐন্দ্রিলা", "বন্দ্যোপাধ্যায় কৌশিক", "জ্যোৎস্না কৃষ্ণেন্দু"],
    "NotoSerifBengali": ["চট্টোপাধ্যায় শুভ্র হুমায়ূন"],
    "NotoSansTamil": ["தமிழ்ச்செல்வி கௌரி", "ஸ்ரீனிவாசன் விஸ்வநாதன்", "யோகேஸ்வரி சௌந்தர்யா"],
    "NotoSansTelugu": ["శ్రీలక్ష్మి వెంకటేశ్వర్లు", "కృష్ణమూర్తి చంద్ర", "బ్రహ్మానందం స్త్రీ"],
    "NotoSansKannada": ["ಶ್ರೀಲಕ್ಷ್ಮಿ ಕೃಷ್ಣಮೂರ್ತಿ", "ಬ್ರಹ್ಮಾನಂದ ಅರ್ಜುನ್"],
    "NotoSansMalayalam": ["ശ്രീലക്ഷ്മി കൃഷ്ണൻകുട്ടി", "ഐശ്വര്യ രാജലക്ഷ്മി സ്ത്രീ"],
    "NotoSansGujarati": ["શ્રીમતી કૃષ્ણા", "જ્ઞાનેશ્વર ભટ્ટ હૃદય"],
    "NotoSansGurmukhi": ["ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ", "ਹਰਕੀਰਤ ਕੌਰ ਸ਼੍ਰੀਮਤੀ"],
    "NotoNaskhArabic": [
        "محمد عبد الله السلام",
        "فَاطِمَة الزَّهْرَاء",
        "لا إله مؤمن لؤلؤ",
        "ڈاکٹر فاطمہ ٹیپو چوہدری",
        "گُلزار محمّد نئی دہلی",
    ],
}
# Where directions are mixed, PDFium finds words: it puts the words of a right-to-left stretch in another order.
MIXED = [
    "Dr. محمد عبد الله, Mumbai 400050",
    "Presented to अनन्या श्रीकृष्ण (Ananya) on 12 Nov",
    "நன்றி Tamil தமிழ்ச்செல்வி and తెలుగు కృష్ణమూర్తి",
    "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ, શ્રીમતી કૃષ્ણા & শ্রীমতী ঐন্দ্রিলা",
    "ڈاکٹر شگفتہ پروین",
]

WORDS = ["محمد", "عبد", "Mumbai", "अनन्या", "श्रीकृष्ण", "(Ananya)", "தமிழ்ச்செல்வி", "కృష్ణమూర్తి", "ਗੁਰਪ੍ਰੀਤ", "કૃષ્ણા"]


def poppler(program: Path) -> Read:
    def read(data: bytes) -> str:
        command = [str(program), "-enc", "UTF-8", "-", "-"]
        return _plain(subprocess.run(command, input=data, capture_output=True, check=True).stdout.decode())

    return read


def pdfium(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return _plain(
        "\n".join(document[number].get_textpage().get_text_range() for number in range(len(document)))
    )


@pytest.fixture(params=["poppler", "pdfium"])
def read(request: pytest.FixtureRequest, debian_tool: Callable[[str], Path]) -> Read:
    return pdfium if request.param == "pdfium" else poppler(debian_tool("pdftotext"))


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
@pytest.mark.parametrize("family", NAMES)
def test_names_are_found_in_their_own_script(
    fonts: FontLibrary, read: Read, family: str, weight: str
) -> None:
    if family == "GreatVibes":
        weight = "Regular"  # it has no other
    face = fonts.face(f"{family}-{weight}")
    lines = [written(face, name, 40, 60 + 40 * row) for row, name in enumerate(NAMES[family])]
    found = read(paint_pdf(scene(*lines), fonts=fonts, metadata=METADATA)).splitlines()
    for name in NAMES[family]:
        assert _plain(name) in found


def test_mixed_lines_are_found_as_they_were_written(
    fonts: FontLibrary, debian_tool: Callable[[str], Path]
) -> None:
    found = poppler(debian_tool("pdftotext"))(_pdf_of(MIXED, fonts))
    for line in MIXED:
        assert _plain(line) in found


def test_words_of_mixed_lines_are_found_by_pdfium(fonts: FontLibrary) -> None:
    found = pdfium(_pdf_of(MIXED, fonts))
    for word in WORDS:
        assert _plain(word) in found


def test_spaced_out_letters_are_one_word(fonts: FontLibrary, read: Read) -> None:
    title = written(fonts.face("Cinzel-Regular"), "CERTIFICATE OF MERIT", 40, 80)
    ((_, word),) = title.words
    spaced = tuple(glyph._replace(x=glyph.x + 0.3 * index) for index, glyph in enumerate(word.glyphs))
    run = reset(title, glyphs=spaced)
    assert "CERTIFICATE OF MERIT" in read(paint_pdf(scene(run), fonts=fonts, metadata=METADATA)).splitlines()


def test_an_apostrophe_needs_no_code_of_its_own(fonts: FontLibrary, read: Read) -> None:
    """Its glyph stands for a modifier letter, too, in some fonts, but nobody writes that."""
    data = paint_pdf(
        scene(written(fonts.face("Inter-Regular"), "D’Cruz", 40, 80)), fonts=fonts, metadata=METADATA
    )
    assert "D’Cruz" in read(data)
    assert {"2019", "02BC"} & set(_said_by_codes(data)) == {"2019"}
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (font,) = pdf.pages[0].Resources.Font.values()
        assert font.DescendantFonts[0].CIDToGIDMap == pikepdf.Name.Identity


def test_spaced_out_words_are_read_wherever_they_stand(fonts: FontLibrary, read: Read) -> None:
    face = fonts.face("Inter-Regular")
    ((_, first),) = written(face, "PAID", 0, 0).words
    ((_, gap),) = written(face, " ", 0, 0).words
    ((_, second),) = written(face, "BY", 0, 0).words
    words = []
    x = 0.0
    for word in (first, gap, second):
        spaced = [glyph._replace(x=glyph.x + 0.12 * place) for place, glyph in enumerate(word.glyphs)]
        words.append((x, replace(word, glyphs=tuple(spaced))))
        x += 8 * (sum(glyph.advance for glyph in word.glyphs) + 0.12 * len(word.glyphs))
    runs = [GlyphRun(8, BLACK, 40 + 90.37 * place, 80 + 20.3 * place, tuple(words)) for place in range(4)]
    data = paint_pdf(scene(*runs), fonts=fonts, metadata=METADATA)
    assert read(data).split() == ["PAID", "BY"] * 4


def test_a_glyph_that_stands_for_two_characters_says_each(fonts: FontLibrary, read: Read) -> None:
    """Many fonts draw a no-break space by the glyph of the space."""
    run = written(fonts.face("NotoSans-Regular"), "Rs. 500 for 2", 40, 80)
    clusters = tuple(
        Cluster("\u00a0" if first == 3 else text, first, last) for text, first, last in run.clusters
    )
    data = paint_pdf(scene(reset(run, clusters=clusters)), fonts=fonts, metadata=METADATA)
    assert "Rs. 500 for 2" in read(data).replace("\u00a0", " ")
    assert {"00A0", "0020"} <= set(_said_by_codes(data))


def test_every_code_of_right_to_left_text_says_one_letter(fonts: FontLibrary) -> None:
    """Readers turn such text around, some letter by letter, some code by code: only so they agree."""
    run = written(fonts.face("NotoNaskhArabic-Regular"), "عبد الله فَاطِمَة", 40, 80)
    assert any(last - first == 1 and len(text) > 1 for text, first, last in run.clusters)  # a ligature
    data = paint_pdf(scene(run), fonts=fonts, metadata=METADATA)
    texts = _said_by_codes(data)
    assert len(texts) > 8
    assert {len(text) for text in texts} == {4}


def test_a_run_of_many_rows_does_not_drift(fonts: FontLibrary) -> None:
    """The pen of a reader, who adds rounded widths and steps, ends where the scene wants it."""
    face = fonts.face("NotoSerif-Regular")
    run = written(face, "Quick brown fox " * 12, 20, 40, size=7.77)
    data = paint_pdf(scene(run), fonts=fonts, metadata=METADATA)
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    last = len(run.glyphs) - 2
    left, _, _, _ = page.get_charbox(last, loose=True)
    assert left == pytest.approx(run.glyphs[last].x, abs=0.02)


def test_marks_of_right_to_left_letters_are_drawn_and_say_nothing(fonts: FontLibrary, read: Read) -> None:
    face = fonts.face("NotoNaskhArabic-Regular")
    bare, marked = (written(face, text, 40, 80) for text in ("محمد", "مُحَمَّد"))
    drawn = [paint_pdf(scene(run), fonts=fonts, metadata=METADATA) for run in (bare, marked)]
    contents = [_content_of(data) for data in drawn]
    assert b" c\n" not in contents[0]
    assert contents[1].count(b"h f") == len(marked.glyphs) - len(bare.glyphs)
    assert _plain("مُحَمَّد") in read(drawn[1])


def test_glyphs_off_the_baseline_leave_no_gap_in_their_word(fonts: FontLibrary, read: Read) -> None:
    raised = written(fonts.face("NotoSerifDevanagari-Bold"), "अनुराधा", 40, 80)
    assert len({glyph.y for glyph in raised.glyphs}) > 1  # otherwise this shows nothing
    assert "अनुराधा" in read(paint_pdf(scene(raised), fonts=fonts, metadata=METADATA)).splitlines()


def test_a_cluster_whose_glyphs_outnumber_its_letters_is_read_once(fonts: FontLibrary, read: Read) -> None:
    """As where a font builds a letter of its skeleton and its dots."""
    face = fonts.face("NotoNaskhArabic-Regular")
    beh = face.hb_font.get_nominal_glyph(ord("ب"))
    noon = face.hb_font.get_nominal_glyph(ord("ن"))
    glyphs = (Glyph(noon, 0, 0, 0.6), Glyph(beh, 1, 0, 0.85), Glyph(beh, 2.5, 0, 0.85))
    word = Word(face.name, "بن", glyphs, (Cluster("ب", 1, 3), Cluster("ن", 0, 1)), right_to_left=True)
    run = GlyphRun(20, BLACK, 40, 80, ((0.0, word),))
    found = read(paint_pdf(scene(run), fonts=fonts, metadata=METADATA))
    assert sorted(found.replace("\n", "").replace(" ", "").replace("\x0c", "")) == ["ب", "ن"]


def _pdf_of(lines: list[str], fonts: FontLibrary) -> bytes:
    layout = Layout.model_validate(
        {
            "page": {"size": "A4"},
            "styles": {"text": {"face": "serif", "size": 14}},
            "sides": [
                {
                    "elements": [
                        {
                            "type": "text",
                            "style": "text",
                            "x": 20,
                            "y": 20 + 12 * row,
                            "width": 170,
                            "height": 10,
                        }
                        | {"text": f"{{line_{row}}}"}
                        for row in range(len(lines))
                    ]
                }
            ],
        }
    )
    values = {f"line_{row}": line for row, line in enumerate(lines)}
    composed: Scene = prepare(layout, fonts=fonts, assets={}).compose(values)
    return paint_pdf(composed, fonts=fonts, metadata=METADATA)


def _content_of(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return bytes(pdf.pages[0].Contents.read_bytes())


def _said_by_codes(data: bytes) -> list[str]:
    """What the codes of a document's only font say, in hexadecimal UTF-16."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        (font,) = pdf.pages[0].Resources.Font.values()
        cmap = bytes(font.ToUnicode.read_bytes()).decode("ascii")
    return re.findall(
        r"^<[0-9A-F]{4}><((?:[0-9A-F]{4})+)>$", cmap.split("beginbfchar", 1)[1], flags=re.MULTILINE
    )


def _plain(text: str) -> str:
    """Without the directions that readers add; letters and their marks in one form."""
    invisible = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(invisible))
