from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from core.rendering.fonts import FontLibrary
from tests.core.rendering.painters.comparison import Reader, drawn_by_pdfium, drawn_by_poppler


@pytest.fixture(scope="session")
def fonts() -> FontLibrary:
    return FontLibrary.open(Path(__file__).parents[4] / "fonts")


@pytest.fixture(params=["poppler", "pdfium"])
def reader(request: pytest.FixtureRequest, debian_tool: Callable[[str], Path]) -> Reader:
    """Draws page 1 of a PDF at a resolution."""
    return (
        drawn_by_pdfium if request.param == "pdfium" else partial(drawn_by_poppler, debian_tool("pdftoppm"))
    )
