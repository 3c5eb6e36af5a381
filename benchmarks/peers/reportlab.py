"""ReportLab's canvas, its fonts registered once. python -m benchmarks.peers.reportlab

Latin text is drawn as most programs draw it, unshaped. Devanagari is shaped by ReportLab's own `shapeStr` (HarfBuzz); Arabic
goes through arabic-reshaper and python-bidi, as ReportLab's `shaping=True` asks for rlbidi and without it silently does nothing.
"""

from io import BytesIO

import arabic_reshaper
import segno
from bidi.algorithm import get_display
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas

from benchmarks.turns import serve
from benchmarks.workload import HEIGHT, POINT, WIDTH, Box, Recipient, Text, page, recipient


def register_fonts() -> None:
    for name, path in page().fonts.items():
        pdfmetrics.registerFont(TTFont(name, str(path), shapable=name == "deva"))


def draw(who: Recipient) -> bytes:
    look = page()
    file = BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH * POINT, HEIGHT * POINT))
    canvas.setTitle(f"Certificate {who.serial}")
    show(canvas, str(look.background), Box(0, 0, WIDTH, HEIGHT))
    for text in look.texts:
        write(canvas, text, who.texts[text.name])
    show(canvas, str(who.photo), look.photo)
    show(canvas, str(look.signature_file), look.signature, mask="auto")
    code(canvas, who.url, look.qr, look.qr_quiet)
    canvas.save()
    return file.getvalue()


def show(canvas: Canvas, file: str, box: Box, mask: str | None = None) -> None:
    bottom = HEIGHT - box.y - box.height
    canvas.drawImage(file, box.x * POINT, bottom * POINT, box.width * POINT, box.height * POINT, mask=mask)


def write(canvas: Canvas, text: Text, words: str) -> None:
    size, width, x = text.size * POINT, text.max_width * POINT, text.x * POINT
    baseline = (HEIGHT - text.baseline) * POINT
    canvas.setFillColor(text.color)
    if text.fit == "wrap":
        canvas.setFont(text.font, size)
        for number, line in enumerate(simpleSplit(words, text.font, size, width)):
            canvas.drawCentredString(x, baseline - number * text.leading * POINT, line)
        return
    if text.font == "arab":
        words = get_display(arabic_reshaper.reshape(words))
    long = pdfmetrics.stringWidth(words, text.font, size)
    if long > width:
        size *= width / long
        long = width
    if text.font == "deva":
        words = shapeStr(words, text.font, size)
        long = pdfmetrics.stringWidth(words, text.font, size)
    canvas.setFont(text.font, size)
    canvas.drawString(x - long / 2 if text.centred else x, baseline, words)


def code(canvas: Canvas, url: str, box: Box, quiet: int) -> None:
    """The dark modules of a row that touch are one rectangle."""
    rows = [list(row) for row in segno.make(url, error="m", boost_error=False).matrix_iter(border=quiet)]
    module = box.width * POINT / len(rows)
    left, top = box.x * POINT, (HEIGHT - box.y) * POINT
    canvas.setFillColor("#ffffff")
    canvas.rect(left, top - box.height * POINT, box.width * POINT, box.height * POINT, stroke=0, fill=1)
    canvas.setFillColor("#000000")
    for down, row in enumerate(rows):
        across = 0
        while across < len(row):
            first = across
            while across < len(row) and row[across]:
                across += 1
            if across > first:
                canvas.rect(
                    left + first * module,
                    top - (down + 1) * module,
                    (across - first) * module,
                    module,
                    stroke=0,
                    fill=1,
                )
            across += 1


def main() -> None:
    register_fonts()
    serve(lambda number: draw(recipient(number)))


if __name__ == "__main__":
    main()
