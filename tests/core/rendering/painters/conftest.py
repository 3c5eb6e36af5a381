from pathlib import Path

import pytest

from core.rendering.fonts import FontLibrary


@pytest.fixture(scope="session")
def fonts() -> FontLibrary:
    return FontLibrary.open(Path(__file__).parents[4] / "fonts")
