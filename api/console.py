"""The console: a page at `/` for people. It is a client of the API like any other, with a cookie for a key."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template, send_file

from api.auth import everybody
from api.contract import Blueprint
from api.schemas.base import Request
from core.errors import NotFound
from core.settings import ROOT

_FONTS: Final = {
    "inter-regular.ttf": "inter/Inter-Regular.ttf",
    "inter-medium.ttf": "inter/Inter-Medium.ttf",
    "garamond-medium.ttf": "eb-garamond/EBGaramond-Medium.ttf",
}

console = Blueprint("console", "", tag="Console")


class FontPath(Request):
    name: str


@console.get("/", doc_ui=False)
@everybody
def home() -> Response:
    """The page; everything on it is fetched by its scripts."""
    return Response(render_template("console.html"))


@console.get("/fonts/<name>", doc_ui=False)
@everybody
def font(path: FontPath) -> Response:
    """A face of our documents that the page is written in, too."""
    if path.name not in _FONTS:
        raise NotFound("There is nothing at this address.")
    response = send_file(ROOT / "fonts" / _FONTS[path.name], "font/ttf")
    response.headers["Cache-Control"] = "public, max-age=2592000"
    return response
