"""Lines that were looked at by people who read for shapes, kept as pictures, and compared with ever since.

After a wanted change draw them anew and look at each: `.venv/bin/python -m tests.core.rendering.test_reference_pictures`
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from core.rendering.painters import paint_page, paint_pdf
from core.rendering.scene import Scene
from tests.core.rendering.layouts import fonts, side_of
from tests.core.rendering.painters.scenes import METADATA

FOLDER: Final = Path(__file__).with_name("references")
DPI: Final = 150
LINES: Final = {
    # Conjuncts, a reph, vowel signs that stand before what they follow, and a virama that must not show.
    "hindi": ("क्षत्रिय श्रीमती उर्मिला ज्ञानेश्वरी", "विद्यार्थी हृदय र्क ट्ट द्ध स्त्री", "राजेश्वरी कुलकर्णी १२३४"),
    "tamil": ("மீனாட்சி சுந்தரேசன்", "ஸ்ரீ கௌரி பொன்னம்மாள்", "க்ஷேத்ர நூறு"),
    "bengali": ("সুচিত্রা বন্দ্যোপাধ্যায়", "শ্রী কৃষ্ণেন্দু চক্রবর্তী", "ক্ষুদ্র জ্ঞান ১২৩"),
    "urdu": ("ڈاکٹر محمد عمران خان", "فاطمہ شیخ لکھنؤ والی", "٠١٢ کھجور لا"),
    "mixed": ("Dr. अनन्या Sharma (அனன்யா) 26", "Certificate فاطمہ شیخ No. 42", "Asha ₹1,23,456.50 – ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ"),
    "others": ("శ్రీలక్ష్మి వేంకటేశ్వర్లు", "ಶ್ರೀಲಕ್ಷ್ಮಿ ಕೃಷ್ಣಮೂರ್ತಿ", "ശ്രീലക്ഷ്മി കൃഷ്ണൻ", "જિજ્ઞાસા ક્ષત્રિય", "ਹਰਪ੍ਰੀਤ ਕੌਰ ਸ੍ਰੀ"),
}


def scene_of(lines: tuple[str, ...]) -> Scene:
    """The lines in a sans and in a serif face, each in a box of its own as a certificate's name has."""
    elements = [
        {
            "type": "text",
            "text": f"{{line_{number}}}",
            "style": style,
            "x": 4 + column * 96,
            "y": 4 + 12 * number,
            "width": 92,
            "height": 10,
        }
        for number, _ in enumerate(lines)
        for column, style in enumerate(("large", "large_serif"))
    ]
    styles = {"large": {"face": "sans", "size": 15}, "large_serif": {"face": "serif", "size": 15}}
    values = {f"line_{number}": line for number, line in enumerate(lines)}
    layout = side_of(*elements, styles=styles, page={"width": 196, "height": 8 + 12 * len(lines)})
    return layout.compose(values)


@pytest.mark.parametrize("name", LINES)
def test_the_image_looks_as_it_did_when_somebody_looked(name: str) -> None:
    assert (
        difference(paint_page(scene_of(LINES[name]).pages[0], dpi=DPI, fonts=fonts()), reference(name)) <= 24
    )


@pytest.mark.parametrize("name", LINES)
def test_the_pdf_looks_as_it_did_when_somebody_looked(name: str) -> None:
    data = paint_pdf(scene_of(LINES[name]), fonts=fonts(), metadata=METADATA)
    # Four times finer, brought down by averages: readers move glyphs to whole pixels where they draw coarsely.
    fine = pypdfium2.PdfDocument(data)[0].render(scale=4 * DPI / 72).to_pil().convert("RGB")
    kept = reference(name)
    assert difference(fine.resize(kept.size, Image.Resampling.BOX), kept) <= 64


def test_a_vowel_sign_on_the_wrong_side_is_noticed() -> None:
    wrong = tuple(line.replace("विद्यार्थी", "वदि्यार्थी") for line in LINES["hindi"])
    assert wrong != LINES["hindi"]
    assert difference(paint_page(scene_of(wrong).pages[0], dpi=DPI, fonts=fonts()), reference("hindi")) > 100


def reference(name: str) -> Image.Image:
    with Image.open(FOLDER / f"{name}.png") as picture:
        return picture.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> int:
    """The most that any pixel differs once both are blurred by a pixel, of 255."""
    assert one.size == other.size
    soft = [picture.filter(ImageFilter.GaussianBlur(1)) for picture in (one, other)]
    return int(np.asarray(ImageChops.difference(*soft).convert("L")).max())


def draw_references() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, lines in LINES.items():
        paint_page(scene_of(lines).pages[0], dpi=DPI, fonts=fonts()).save(
            FOLDER / f"{name}.png", optimize=True
        )


if __name__ == "__main__":
    draw_references()
