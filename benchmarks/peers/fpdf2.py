"""fpdf2 with text shaping. python -m benchmarks.peers.fpdf2"""

import segno
from fpdf import FPDF
from fpdf.enums import Align

from benchmarks.turns import serve
from benchmarks.workload import (
    HEIGHT_MM,
    MM,
    POINT,
    WIDTH_MM,
    Box,
    Recipient,
    Text,
    page,
    recipient,
)


def draw(who: Recipient) -> bytes:
    look = page()
    pdf = FPDF("landscape", "mm", (HEIGHT_MM, WIDTH_MM))
    pdf.set_title(f"Certificate {who.serial}")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    for name, path in look.fonts.items():
        pdf.add_font(name, fname=path)
    pdf.set_text_shaping(True)
    pdf.add_page()
    pdf.image(look.background, 0, 0, WIDTH_MM, HEIGHT_MM)
    for text in look.texts:
        write(pdf, text, who.texts[text.name])
    for file, box in ((who.photo, look.photo), (look.signature_file, look.signature)):
        pdf.image(file, box.x * MM, box.y * MM, box.width * MM, box.height * MM)
    code(pdf, who.url, look.qr, look.qr_quiet)
    return bytes(pdf.output())


def write(pdf: FPDF, text: Text, words: str) -> None:
    size, width, x = text.size * POINT, text.max_width * MM, text.x * MM
    pdf.set_font(text.font, size=size)
    pdf.set_text_color(text.color)
    left = x - width / 2 if text.centred else x
    align = Align.C if text.centred else Align.L
    height = text.leading * MM
    if text.fit == "shrink" and (long := pdf.get_string_width(words)) > width:
        pdf.set_font_size(size * width / long)
    # a cell's baseline lies three tenths of the type size below its middle
    pdf.set_xy(left, text.baseline * MM - height / 2 - 0.3 * pdf.font_size)
    if text.fit == "wrap":
        pdf.multi_cell(width, height, words, align=align)
    else:
        pdf.cell(width, height, words, align=align)


def code(pdf: FPDF, url: str, box: Box, quiet: int) -> None:
    rows = [list(row) for row in segno.make(url, error="m", boost_error=False).matrix_iter(border=quiet)]
    module = box.width * MM / len(rows)
    left, top = box.x * MM, box.y * MM
    pdf.set_fill_color(255)
    pdf.rect(left, top, box.width * MM, box.height * MM, style="F")
    pdf.set_fill_color(0)
    for down, row in enumerate(rows):
        across = 0
        while across < len(row):
            first = across
            while across < len(row) and row[across]:
                across += 1
            if across > first:
                pdf.rect(
                    left + first * module, top + down * module, (across - first) * module, module, style="F"
                )
            across += 1


def main() -> None:
    serve(lambda number: draw(recipient(number)))


if __name__ == "__main__":
    main()
