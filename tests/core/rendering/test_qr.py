from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as some

from core.rendering.errors import RenderingError
from core.rendering.qr import modules_of
from core.rendering.qrsymbols import Correction, capacities

CORRECTIONS: list[Correction] = ["L", "M", "Q", "H"]
MASK = 2  # docs/decisions/0003

Modules = npt.NDArray[np.uint8]


def made(text: str, correction: Correction = "M") -> Modules:
    side, dark = modules_of(text, correction=correction, field="code")
    rows = np.unpackbits(np.frombuffer(dark, np.uint8).reshape(side, -1), axis=1)
    assert not rows[:, side:].any()
    shown: Modules = rows[:, :side]
    return shown


def made_by_others(text: str, correction: Correction) -> Modules:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=correction, data_mask=MASK)
    image = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    dark: Modules = np.equal(image, 0).astype(np.uint8)
    return dark


def read(modules: Modules) -> str:
    image = np.kron(np.pad(1 - modules, 4, constant_values=1), np.full((3, 3), 255, np.uint8))
    [code] = zxingcpp.read_barcodes(image)
    return code.text


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_symbols_of_every_size_are_those_of_another_encoder(correction: Correction) -> None:
    sides = []
    for version, capacity in enumerate(capacities(correction), start=1):
        count = (8 * capacity - 4 - (8 if version < 10 else 16)) // 8
        text = "".join("abc?&=xyz"[place * place % 9] for place in range(count))  # nothing but bytes suits it
        ours = made(text, correction)
        assert np.array_equal(ours, made_by_others(text, correction)), version
        sides.append(len(ours))
    assert sides == list(range(21, 178, 4))


@pytest.mark.parametrize(
    "correction, digits, letters, octets",  # the last row of Table 7 for each
    [("L", 7089, 4296, 2953), ("M", 5596, 3391, 2331), ("Q", 3993, 2420, 1663), ("H", 3057, 1852, 1273)],
)
def test_the_largest_symbol_holds_what_the_standard_says(
    correction: Correction, digits: int, letters: int, octets: int
) -> None:
    for sign, most in ("7", digits), ("Z", letters), ("z", octets):
        assert read(made(sign * most, correction)) == sign * most
        with pytest.raises(RenderingError) as fault:
            made(sign * (most + 1), correction)
        assert (fault.value.code, fault.value.field) == ("qr_too_long", "code")


@given(
    some.lists(
        some.text("0123456789", max_size=30)
        | some.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=30)
        | some.text("abcdefghijklmnopqrstuvwxyz?&=_#", max_size=30)
        | some.text("éßñ€नमस्तेশুভநன்றி日本語🙂", max_size=8),
        min_size=1,
        max_size=8,
    )
    .map("".join)
    .filter(len),
    some.sampled_from(CORRECTIONS),
)
def test_every_text_reads_as_it_was_written(text: str, correction: Correction) -> None:
    assert read(made(text, correction)) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://certs.example.org/verify/7K2MNP4QRS6TVWXY",
        "https://certs.example.org/v/CERT-2026-104729?h=47a8cef02a00b647",
        "http://127.0.0.1:8000/verify/0123456789ABCDEF",
        "HTTPS://EXAMPLE.ORG/V/8XJ4",
        "202611250000418",
        "BLR/26-27/00418",
    ],
)
def test_what_certificates_say_takes_no_larger_symbol_than_others_make(text: str) -> None:
    for correction in CORRECTIONS:
        assert len(made(text, correction)) <= len(made_by_others(text, correction))
