"""Previews over HTTP: which form a client wants, and the answer that carries it."""

from __future__ import annotations

from flask import Response, request

from api.errors import NotAcceptable
from core.templates.preview import MEDIA_TYPES, Preview, PreviewForm


def wanted_form(named: PreviewForm | None) -> PreviewForm:
    """The form that is named, else the one that `Accept` prefers, else PNG. Raises `NotAcceptable`."""
    if named is not None:
        return named
    forms = {media_type: form for form, media_type in MEDIA_TYPES.items()}
    if not request.accept_mimetypes:
        return "png"
    best = request.accept_mimetypes.best_match(list(forms))
    if best is None:
        raise NotAcceptable(f"A preview is one of {', '.join(forms)}.")
    return forms[best]


def answer(drawn: Preview, form: PreviewForm) -> Response:
    response = Response(drawn.data, content_type=MEDIA_TYPES[form])
    response.headers["X-Pages"] = str(drawn.pages)
    response.headers["Content-Disposition"] = f'inline; filename="preview.{form}"'
    response.vary.add("Accept")
    return response
