"""QR codes as modules."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

import numpy as np
import zxingcpp

from core.rendering.errors import RenderingError

_MASK: Final = 2
"""The pattern that evens out light and dark (ISO/IEC 18004, 7.8), the same for all: see docs/decisions/0003."""

Correction = Literal["L", "M", "Q", "H"]


@lru_cache(maxsize=64)  # a document may show its code on every page
def modules_of(text: str, *, correction: Correction, field: str) -> tuple[int, bytes]:
    """How many modules the code for `text` has a side, and a byte for each of them, 1 where it is dark.

    Raises RenderingError `qr_too_long` for more text than a code of that correction holds.
    """
    try:
        code = zxingcpp.create_barcode(
            text, zxingcpp.BarcodeFormat.QRCode, ec_level=correction, data_mask=_MASK
        )
    except ValueError as error:
        detail = f"a QR code of correction {correction} can't hold these {len(text)} characters"
        raise RenderingError("qr_too_long", field, detail) from error
    light = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return len(light), (light == 0).tobytes()
