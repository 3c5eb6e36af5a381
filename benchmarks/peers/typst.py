"""Typst: one warm compiler, values through `sys.inputs`. python -m benchmarks.peers.typst pdf|png300"""

import json
import re
import sys
from pathlib import Path
from typing import Final

import typst
import zxingcpp

from benchmarks.turns import serve
from benchmarks.workload import FOLDER, Recipient, page, recipient

_SOURCE: Final = Path(__file__).with_name("certificate.typ")


def values(who: Recipient) -> str:
    photo = str(who.photo.relative_to(FOLDER))
    return json.dumps({**who.texts, "photo": photo, "code": code(who.url)})


def code(url: str) -> str:
    """An SVG of the code, its quiet zone cut down from four modules to the page's.

    Whoever has to be fast would not draw its modules in Typst's own language: it comes from the fastest maker there is.
    """
    drawn = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    cut = 4 - page().qr_quiet
    return re.sub(
        r'<svg width="(\d+)" height="\d+"',
        lambda size: f'<svg viewBox="{cut} {cut} {int(size[1]) - 2 * cut} {int(size[1]) - 2 * cut}"',
        drawn.to_svg(add_quiet_zones=True),
        count=1,
    )


def main() -> None:
    form = sys.argv[1]
    compiler = typst.Compiler(
        _SOURCE, root=FOLDER.parent, font_paths=[FOLDER / "fonts"], ignore_system_fonts=True
    )

    def draw(number: int) -> bytes:
        given = {"values": values(recipient(number))}
        if form == "pdf":
            file = compiler.compile(format="pdf", sys_inputs=given)
        else:
            file = compiler.compile(format="png", ppi=300.0, sys_inputs=given)
        assert isinstance(file, bytes)
        return file

    serve(draw)


if __name__ == "__main__":
    main()
