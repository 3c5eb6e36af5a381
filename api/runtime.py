"""The parts of this process, for the views."""

from __future__ import annotations

from flask import Flask, current_app

from core.parts import Parts

_EXTENSION = "certmill"


def hold(app: Flask, parts: Parts) -> None:
    app.extensions[_EXTENSION] = parts


def runtime() -> Parts:
    parts: Parts = current_app.extensions[_EXTENSION]
    return parts
