"""The dark modules of a QR code as bars."""

from __future__ import annotations

import numpy as np

from core.rendering.scene import Close, LineTo, Modules, MoveTo, Path, Segment

Bar = tuple[int, int, int]
"""Dark modules side by side: their row, the column of the first and the one after the last."""


def bars_of(modules: Modules) -> list[Bar]:
    dark = np.frombuffer(modules.dark, np.int8).reshape(modules.side, modules.side)
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))


def path_of(modules: Modules) -> Path:
    across = [modules.x + index * modules.module for index in range(modules.side + 1)]
    down = [modules.y + index * modules.module for index in range(modules.side + 1)]
    path: list[Segment] = []
    for row, first, last in bars_of(modules):
        left, right, top, bottom = across[first], across[last], down[row], down[row + 1]
        path += (MoveTo(left, top), LineTo(right, top), LineTo(right, bottom), LineTo(left, bottom), Close())
    return tuple(path)
