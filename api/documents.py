"""Bodies that people write by hand: YAML as well as JSON, read into the same data."""

from __future__ import annotations

from typing import Final

from flask import request

from api.bodies import read_bytes, read_json
from api.errors import MalformedBody, UnsupportedBody
from core.templates.yaml_files import MalformedYaml, read_yaml

JSON: Final = "application/json"
YAML: Final = "application/yaml"
MEDIA_TYPES: Final = (JSON, YAML)


def read_document() -> object:
    """The body, JSON or YAML. Raises `MalformedBody` and `UnsupportedBody`."""
    if request.mimetype == JSON:
        return read_json()
    if request.mimetype != YAML:
        raise UnsupportedBody("Send application/yaml or application/json.")
    data = read_bytes()
    if not data.strip():
        raise MalformedBody("The body is empty.", code="empty_body")
    try:
        document: object = read_yaml(data)
    except MalformedYaml as error:
        raise MalformedBody(
            f"The body is no YAML that is read here: {error}.", code="malformed_yaml"
        ) from None
    return document
