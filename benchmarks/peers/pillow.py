"""Pillow: open the background, write, paste, save. python -m benchmarks.peers.pillow png300|png150|jpeg300|poster300"""

import sys
from functools import cache
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageFont, features

from benchmarks.turns import serve
from benchmarks.workload import HEIGHT, WIDTH, Box, Recipient, Text, page, recipient

# Without raqm and fribidi Devanagari and Arabic come out as letters in a row, which is faster and wrong.
LAYOUT = ImageFont.Layout.RAQM


def paint(who: Recipient, *, dpi: int) -> Image.Image:
    scale = dpi / 300
    look = page()
    image = Image.open(look.background).convert("RGB")
    if scale != 1:
        image = image.resize((round(WIDTH * scale), round(HEIGHT * scale)), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(image)
    for text in look.texts:
        write(pen, text, who.texts[text.name], scale)
    paste(image, Image.open(who.photo), look.photo, scale)
    paste(image, Image.open(look.signature_file), look.signature, scale)
    code = segno.make(who.url, error="m", boost_error=False)
    picture = BytesIO()
    code.save(picture, kind="png", scale=10, border=look.qr_quiet)
    paste(image, Image.open(picture).convert("RGB"), look.qr, scale, Image.Resampling.NEAREST)
    return image


def draw(who: Recipient, *, dpi: int, form: str) -> bytes:
    image = paint(who, dpi=dpi)
    file = BytesIO()
    if form == "png":
        image.save(file, "PNG", dpi=(dpi, dpi))
    else:
        image.save(file, "JPEG", quality=90, dpi=(dpi, dpi))
    return file.getvalue()


def draw_poster(who: Recipient) -> bytes:
    """The photo over the whole upright page, the name across it."""
    image = Image.open(who.photo).convert("RGB").resize((HEIGHT, WIDTH), Image.Resampling.LANCZOS)
    capitals = 3000 + 144  # the name's baseline, three fifths of its size below the top of its box
    name = Text("name", "script", 200, HEIGHT - 480, HEIGHT / 2, capitals, "#ffffff", True, "shrink", 240)
    write(ImageDraw.Draw(image), name, who.texts["name"], 1)
    file = BytesIO()
    image.save(file, "PNG", dpi=(300, 300))
    return file.getvalue()


@cache
def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(page().fonts[name]), size, layout_engine=LAYOUT)


def write(pen: ImageDraw.ImageDraw, text: Text, words: str, scale: float) -> None:
    x, baseline, width = text.x * scale, text.baseline * scale, text.max_width * scale
    anchor = "ms" if text.centred else "ls"
    face = font(text.font, text.size * scale)
    if text.fit == "wrap":
        for number, line in enumerate(wrapped(words, face, width)):
            pen.text((x, baseline + number * text.leading * scale), line, text.color, face, anchor)
        return
    long = face.getlength(words)
    if long > width:
        face = font(text.font, text.size * scale * width / long)
    pen.text((x, baseline), words, text.color, face, anchor)


def wrapped(words: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in words.split():
        if lines and face.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def paste(
    image: Image.Image,
    picture: Image.Image,
    box: Box,
    scale: float,
    resampling: Image.Resampling = Image.Resampling.LANCZOS,
) -> None:
    size = round(box.width * scale), round(box.height * scale)
    if picture.size != size:
        picture = picture.resize(size, resampling)
    place = round(box.x * scale), round(box.y * scale)
    image.paste(picture, place, picture if picture.mode == "RGBA" else None)


def main() -> None:
    if not features.check("fribidi"):
        sys.exit(
            "Pillow finds no fribidi, without which it cannot set Devanagari and Arabic: apt install libfribidi0"
        )
    if sys.argv[1] == "poster300":
        serve(lambda number: draw_poster(recipient(number)))
        return
    form, dpi = {"png300": ("png", 300), "png150": ("png", 150), "jpeg300": ("jpeg", 300)}[sys.argv[1]]
    serve(lambda number: draw(recipient(number), dpi=dpi, form=form))


if __name__ == "__main__":
    main()
