"""We draw, when told to: see `turns`.

python -m benchmarks.ours pdf|combined|png300|png150|jpeg300|poster300|kinds|sheet
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from benchmarks.builtin import BuiltIns
from benchmarks.certificate import certificate, fonts, metadata, picture, poster, values
from benchmarks.turns import serve
from benchmarks.workload import COMBINED, PEOPLE, recipient
from core import heap
from core.rendering.compose import PreparedLayout
from core.rendering.imposition import Document
from core.rendering.painters import ImageForm, bound, paint_image, paint_pdf

Draw = Callable[[int], bytes]


def pdf() -> Draw:
    prepared = certificate()
    know_photos()

    def draw(number: int) -> bytes:
        who = recipient(number)
        return paint_pdf(prepared.compose(values(who)), fonts=fonts(), metadata=metadata(who))

    return draw


def combined() -> Draw:
    """Number n is one PDF of the next `COMBINED` certificates."""
    prepared = certificate()
    know_photos()

    def draw(number: int) -> bytes:
        people = map(recipient, range(number * COMBINED, (number + 1) * COMBINED))
        documents = (Document(who.serial, prepared.compose(values(who))) for who in people)
        return b"".join(bound(documents, fonts=fonts(), metadata=metadata(recipient(0))))

    return draw


def image(prepared: PreparedLayout, form: ImageForm, dpi: int) -> Draw:
    know_photos()

    def draw(number: int) -> bytes:
        scene = prepared.compose(values(recipient(number)))
        return paint_image(scene.pages[0], form=form, dpi=dpi, fonts=fonts())

    return draw


def know_photos() -> None:
    for number in range(PEOPLE):
        picture(recipient(number).photo)


def kinds() -> Draw:
    """All templates by turns: see `BuiltIns.nth`."""
    built_ins = BuiltIns()

    def draw(number: int) -> bytes:
        name, row = built_ins.nth(number)
        return b"".join(built_ins.render(name, row, number))

    return draw


def sheet() -> Draw:
    """The longest daily sheet, its rows in another order each time."""
    built_ins = BuiltIns()
    name, row = built_ins.longest_sheet
    table = row.values["rows"]
    assert isinstance(table, tuple)

    def draw(number: int) -> bytes:
        turn = number % len(table)
        turned = replace(row, values={**row.values, "rows": table[turn:] + table[:turn]})
        return b"".join(built_ins.render(name, turned, number))

    return draw


APPROACHES: Final[dict[str, Callable[[], Draw]]] = {
    "pdf": pdf,
    "combined": combined,
    "png300": lambda: image(certificate(), "png", 300),
    "png150": lambda: image(certificate(), "png", 150),
    "jpeg300": lambda: image(certificate(), "jpg", 300),
    "poster300": lambda: image(poster(), "png", 300),
    "kinds": kinds,
    "sheet": sheet,
}


if __name__ == "__main__":
    draw = APPROACHES[sys.argv[1]]()
    heap.settle()
    serve(draw)
