"""The web process's entrance: `granian --interface wsgi wsgi:app`."""

from __future__ import annotations

from api.app import create_app

app = create_app()
