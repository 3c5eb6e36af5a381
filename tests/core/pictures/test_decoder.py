from __future__ import annotations

import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from core.pictures import Decoder, NormalisedImage, PictureRefused


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(children=1)
    yield decoder
    decoder.close()


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def opened(image: NormalisedImage) -> Image.Image:
    return Image.open(io.BytesIO(image.data))


def photo(size: tuple[int, int] = (120, 160)) -> Image.Image:
    return Image.effect_noise(size, 40).convert("RGB")


def drawn_mark() -> Image.Image:
    mark = Image.new("RGB", (120, 120), "white")
    mark.paste("#8a6839", (30, 30, 90, 90))
    return mark


def test_equal_bytes_give_equal_bytes_and_the_id_is_their_digest(decoder: Decoder) -> None:
    data = encoded(photo(), "JPEG")

    first, second = decoder.normalise(data), decoder.normalise(data)

    assert first == second
    assert first.digest == sha256(first.data).hexdigest()


def test_a_photograph_stays_a_jpeg_and_a_drawn_mark_stays_exact(decoder: Decoder) -> None:
    assert decoder.normalise(encoded(photo(), "JPEG")).media_type == "image/jpeg"
    assert decoder.normalise(encoded(photo(), "PNG")).media_type == "image/jpeg"

    mark = decoder.normalise(encoded(drawn_mark(), "PNG"))

    assert mark.media_type == "image/png"
    assert opened(mark).convert("RGB").tobytes() == drawn_mark().tobytes()


def test_a_picture_is_turned_as_its_camera_was(decoder: Decoder) -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste("black", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned left: up is at the right

    upright = opened(decoder.normalise(encoded(image, "PNG", exif=exif)))

    assert upright.size == (20, 40)
    assert [upright.getpixel((10, y)) for y in (10, 30)] == [(0, 0, 0), (255, 255, 255)]


def test_nothing_of_the_file_survives_but_what_can_be_seen(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x013B] = "CANARY author"
    polyglot = encoded(photo(), "JPEG", exif=exif, comment=b"CANARY comment") + b"<script>CANARY</script>"
    chunks = encoded(drawn_mark(), "PNG") + b"PK\x03\x04CANARY"

    assert b"CANARY" in polyglot
    assert b"CANARY" not in decoder.normalise(polyglot).data
    assert b"CANARY" not in decoder.normalise(chunks).data


def test_transparency_is_kept_where_there_is_any(decoder: Decoder) -> None:
    signature = Image.new("RGBA", (30, 10), (20, 30, 90, 0))
    signature.paste((20, 30, 90, 255), (5, 2, 25, 8))
    opaque = Image.new("RGBA", (30, 10), (20, 30, 90, 255))
    palette = Image.new("P", (8, 8))
    palette.putpalette([255, 0, 0, 0, 255, 0])

    for image in (
        decoder.normalise(encoded(signature, "PNG")),
        decoder.normalise(encoded(signature, "WEBP", lossless=True)),
        decoder.normalise(encoded(palette, "PNG", transparency=0)),
    ):
        assert (image.media_type, opened(image).mode) == ("image/png", "RGBA")
        assert opened(image).getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert opened(decoder.normalise(encoded(opaque, "PNG"))).mode == "RGB"


@pytest.mark.parametrize(
    ("image", "form", "colour"),
    [
        (Image.new("L", (9, 9), 128), "PNG", (128, 128, 128)),
        (Image.new("1", (9, 9), 1), "PNG", (255, 255, 255)),
        (Image.new("I;16", (9, 9), 128 * 257), "PNG", (128, 128, 128)),
        (Image.new("LA", (9, 9), (128, 255)), "PNG", (128, 128, 128)),
        (Image.new("CMYK", (9, 9), (0, 0, 0, 0)), "JPEG", (255, 255, 255)),
        (Image.new("RGB", (9, 9), (10, 200, 30)), "WEBP", (10, 200, 30)),
    ],
    ids=["grey", "black and white", "sixteen bits", "grey with alpha", "CMYK", "WebP"],
)
def test_every_way_of_writing_colours_is_understood(
    decoder: Decoder, image: Image.Image, form: str, colour: tuple[int, int, int]
) -> None:
    options = {"lossless": True} if form == "WEBP" else {}

    shown = opened(decoder.normalise(encoded(image, form, **options)))

    assert shown.mode == "RGB"
    assert all(abs(a - b) <= 2 for a, b in zip(shown.getpixel((4, 4)), colour, strict=True))  # type: ignore[arg-type]


def test_colours_are_those_that_the_pictures_own_profile_means(decoder: Decoder) -> None:
    image = Image.new("RGB", (9, 9), (0, 180, 0))
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    broken = encoded(image, "PNG", icc_profile=b"no profile at all" * 20)

    assert opened(decoder.normalise(encoded(image, "PNG", icc_profile=wide.tobytes()))).getpixel((4, 4)) == (
        0,
        180,
        0,
    )
    assert opened(decoder.normalise(broken)).getpixel((4, 4)) == (0, 180, 0)


def test_more_pixels_than_anybody_sees_are_not_kept(decoder: Decoder) -> None:
    image = decoder.normalise(encoded(Image.new("RGB", (6000, 3000), "#8a6839"), "JPEG"))

    assert (image.width, image.height) == (4096, 2048)


def test_a_phones_second_picture_is_left_out(decoder: Decoder) -> None:
    two = encoded(photo((60, 80)), "MPO", save_all=True, append_images=[photo((20, 20))])

    assert decoder.normalise(two).width == 60


def test_a_bomb_is_refused_before_it_is_decoded(decoder: Decoder) -> None:
    bomb = encoded(Image.new("L", (11_000, 11_000)), "PNG")
    assert len(bomb) < 200_000
    started = time.monotonic()

    with pytest.raises(PictureRefused) as refused:
        decoder.normalise(bomb)

    assert refused.value.code == "image_too_large"
    assert time.monotonic() - started < 1


def test_every_mutation_is_decoded_or_refused_and_the_decoder_lives_on(decoder: Decoder) -> None:
    import random

    random.seed(20)
    originals = [encoded(photo((40, 40)), form) for form in ("PNG", "JPEG", "WEBP")]
    refused = 0
    for _ in range(150):
        mutant = bytearray(random.choice(originals))
        for _ in range(random.randint(1, 12)):
            mutant[random.randrange(len(mutant))] = random.randrange(256)
        try:
            decoder.normalise(bytes(mutant[: random.randint(len(mutant) // 2, len(mutant))]))
        except PictureRefused:
            refused += 1

    assert refused > 50
    assert decoder.normalise(originals[0]).width == 40


def children() -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
    )
    return {int(line.split()[0]) for line in listed.stdout.splitlines() if "core.pictures.child" in line}


def test_a_picture_that_takes_too_long_is_refused_and_the_next_is_not() -> None:
    before = children()
    patient, hasty = Decoder(children=1), Decoder(children=1, seconds=0.0)
    data = encoded(photo(), "JPEG")

    with pytest.raises(PictureRefused) as refused:
        hasty.normalise(data)

    assert refused.value.code == "image_too_slow"
    assert children() == before
    assert patient.normalise(data).width == 120
    patient.close()


def test_a_child_that_dies_is_replaced() -> None:
    before = children()
    decoder = Decoder(children=1)
    data = encoded(photo(), "JPEG")
    decoder.normalise(data)
    (child,) = children() - before

    os.kill(child, signal.SIGSTOP)
    killer = threading.Timer(0.3, os.kill, (child, signal.SIGKILL))
    killer.start()
    with pytest.raises(PictureRefused) as refused:
        decoder.normalise(data)
    killer.join()

    assert refused.value.code == "image_damaged"
    assert decoder.normalise(data).width == 120
    decoder.close()
    assert children() == before


def test_the_child_has_little_memory_and_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "CANARY")
    before = children()
    decoder = Decoder(children=1)
    decoder.normalise(encoded(photo(), "JPEG"))
    (child,) = children() - before

    limits = Path(f"/proc/{child}/limits").read_text().splitlines()
    assert str(768 << 20) in next(line for line in limits if line.startswith("Max address space"))
    assert b"CANARY" not in Path(f"/proc/{child}/environ").read_bytes()
    decoder.close()


def test_pictures_from_many_threads_do_not_mix() -> None:
    decoder = Decoder(children=2)
    widths = list(range(20, 60))
    found: dict[int, int] = {}

    def normalise(width: int) -> None:
        found[width] = decoder.normalise(encoded(photo((width, 30)), "JPEG")).width

    threads = [threading.Thread(target=normalise, args=(width,)) for width in widths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {width: width for width in widths}
    decoder.close()
