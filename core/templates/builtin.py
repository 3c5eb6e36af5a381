"""The templates that come with the program: folders under `templates/`, each a document, its pictures and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import assets
from core.errors import Fault, InvalidRequest
from core.models import Template, TemplateVersion
from core.parts import Parts
from core.pictures import Decoder, NormalisedImage, PictureRefused
from core.scopes import TEMPLATES
from core.settings import ROOT
from core.templates.catalogue import LoadedTemplate
from core.templates.checking import check_template
from core.templates.document import TemplateDocument, digest_of, parse_document
from core.templates.yaml_files import MalformedYaml, read_yaml

FOLDER = ROOT / "templates"
_PUBLISHING_LOCK = 0x6365_7274_0004

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A template folder, read: its id, its document, and the pictures that the document names, by digest."""

    id: str
    document: TemplateDocument
    images: Mapping[str, NormalisedImage]


def publish_builtin(parts: Parts, folder: Path = FOLDER) -> list[str]:
    """Publish each template folder whose document is not what is published already; `id@version` of those.

    Several processes may do so at once. Raises `InvalidRequest` naming the first faulty template; none is published.
    """
    today = parts.clock().astimezone(parts.settings.timezone).date()
    pictures = assets.Shelf(parts.storage)
    folders = [read_folder(path.parent, parts.decoder) for path in sorted(folder.glob("*/template.yaml"))]
    for built_in in folders:
        assets.keep(parts.storage, built_in.images)
        template = LoadedTemplate(built_in.id, 0, digest_of(built_in.document), built_in.document)
        found = check_template(template, pictures=pictures, fonts=parts.fonts, today=today)
        if found.errors:
            raise _faulty(built_in.id, found.errors)
    published: list[str] = []
    with parts.sessions.begin() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISHING_LOCK})
        for built_in in folders:
            number = _publish(session, built_in, parts)
            if number is not None:
                published.append(f"{built_in.id}@{number}")
    if published:
        parts.answers.start_generation([TEMPLATES])
        _log.info("built-in templates published", templates=published)
    return published


def read_folder(folder: Path, decoder: Decoder) -> BuiltIn:
    """The template of a folder. Raises `InvalidRequest` with every fault."""
    raw = dict(_read_yaml(folder / "template.yaml"))
    shared = raw.pop("samples", None)
    template_id = raw.pop("id", None)
    if template_id != folder.name:
        raise _faulty(
            folder.name, [Fault("/id", "bad_id", f"The id must be the folder's name, {folder.name}.")]
        )
    samples = folder / (shared or "samples.yaml")
    if shared and not samples.is_file():
        raise _faulty(template_id, [Fault("/samples", "missing_file", f"There is no file {shared}.")])
    images: dict[str, NormalisedImage] = {}

    def adopt(pointer: str, beside: Path, file: str) -> str:
        try:
            image = decoder.normalise((beside / file).read_bytes())
        except OSError:
            raise _faulty(
                template_id, [Fault(pointer, "missing_file", f"There is no file {file}.")]
            ) from None
        except PictureRefused as refused:
            raise _faulty(template_id, [Fault(pointer, refused.code, f"{file} {refused.reason}.")]) from None
        images[image.digest] = image
        return assets.asset_id(image.digest)

    raw["assets"] = {
        name: adopt(f"/assets/{name}", folder, file) for name, file in raw.get("assets", {}).items()
    }
    if sample := _sample(samples, adopt):
        raw["sample"] = sample
    try:
        document = parse_document(raw)
    except InvalidRequest as error:
        raise _faulty(template_id, error.faults) from error
    return BuiltIn(template_id, document, images)


def _sample(path: Path, adopt: Callable[[str, Path, str], str]) -> dict[str, Any] | None:
    """The first item of a file of samples: what a preview shows."""
    if not path.exists():
        return None
    values: dict[str, Any] = _read_yaml(path)["items"][0]["values"]
    return {
        name: adopt(f"/sample/{name}", path.parent, value["file"])
        if isinstance(value, dict) and "file" in value
        else value
        for name, value in values.items()
    }


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = read_yaml(path.read_bytes())
    except MalformedYaml as error:
        raise _faulty(path.parent.name, [Fault(path.name, "malformed_yaml", f"{error}.")]) from None
    return document


def _publish(session: Session, built_in: BuiltIn, parts: Parts) -> int | None:
    now, document, digest = parts.clock(), built_in.document, digest_of(built_in.document)
    summary = {"name": document.name, "kind": document.kind.name, "public_listing": document.public_listing}
    session.execute(
        insert(Template)
        .values(id=built_in.id, is_public=True, created_at=now, updated_at=now, **summary)
        .on_conflict_do_nothing()
    )
    template = session.get_one(Template, built_in.id, with_for_update=True)
    if template.owner_id is not None:
        raise _faulty(built_in.id, [Fault("/id", "id_taken", "A user's template has this id.")])
    mine = TemplateVersion.template_id == built_in.id
    last = session.execute(
        select(TemplateVersion.number, TemplateVersion.digest)
        .where(mine)
        .order_by(TemplateVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and last.digest == digest:
        return None
    number = 1 if last is None else last.number + 1
    session.add(
        TemplateVersion(
            template_id=built_in.id,
            number=number,
            document=document.to_json(),
            digest=digest,
            created_at=now,
            published_at=now,
        )
    )
    session.execute(
        update(Template).where(Template.id == built_in.id).values(published=number, updated_at=now, **summary)
    )
    session.flush()
    return number


def _faulty(template_id: str, faults: Sequence[Fault]) -> InvalidRequest:
    places = "; ".join(f"{fault.pointer}: {fault.detail}" for fault in faults[:5])
    return InvalidRequest(f"templates/{template_id}: {places}", code="invalid_template", faults=faults)
