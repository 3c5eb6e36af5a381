"""How many examples the tests of properties try: hundreds, or as many as EXAMPLES says (`make properties`)."""

from __future__ import annotations

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get("EXAMPLES", "200"))
