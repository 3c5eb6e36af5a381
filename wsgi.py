"""The web process's entrance: `granian --interface wsgi wsgi:app`."""

from __future__ import annotations

from api.app import create_app
from core import heap

app = create_app()
heap.settle()
