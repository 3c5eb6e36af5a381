"""The spas that issue documents: everybody who signs in may choose one, admins and managers keep them."""

from __future__ import annotations

from flask import Response, url_for

from api import answers, prepared
from api.auth import caller, requires
from api.contract import Blueprint
from api.idempotency import once
from api.runtime import runtime
from api.schemas.base import CreationHeaders
from api.schemas.spas import Spa, SpaPage, SpaPath, SpasQuery
from core import spas as issuers
from core.cache.answer import Answer
from core.idempotency import StoredAnswer
from core.jobs.completion import scopes_of_spa
from core.scopes import SPAS
from core.spas import SpaDocument, SpaView

spas = Blueprint("spas", "/spas", tag="Spas")


@spas.get("", responses={200: SpaPage})
@requires("user")
def list_spas(query: SpasQuery) -> Response:
    """The spas that may issue documents, newest first"""

    def load() -> Answer:
        with runtime().reads() as session:
            return prepared.page_of(issuers.list_spas(session, **dict(query)), _shown)

    return prepared.kept(SPAS, load, headers=lambda page: answers.page_links(page.notes))


@spas.post("", responses={201: Spa})
@requires("manager")
def create(header: CreationHeaders, body: SpaDocument) -> Response:
    """Add a spa"""

    def store() -> StoredAnswer:
        spa = issuers.create_spa(session, caller(), body, runtime().clock())
        return answers.created(_shown(spa), url_for("spas.show", spa_id=spa.id))

    with runtime().sessions.begin() as session:
        answer = once(session, header, store)
    prepared.forget(SPAS)
    return answer


@spas.get("/<spa_id>", responses={200: Spa})
@requires("user")
def show(path: SpaPath) -> Response:
    """One spa, retired or not"""

    def load() -> Answer:
        with runtime().reads() as session:
            return prepared.made_of(_shown(issuers.show_spa(session, path.spa_id)))

    return prepared.kept(SPAS, load)


@spas.put("/<spa_id>", responses={200: Spa})
@requires("manager")
def replace(path: SpaPath, body: SpaDocument) -> Response:
    """Change a spa: send the whole of it

    What was accepted before is printed as the spa was then.
    """
    with runtime().sessions.begin() as session:
        spa = issuers.replace_spa(session, caller(), path.spa_id, body, runtime().clock())
        named_in = scopes_of_spa(session, path.spa_id)
    prepared.forget(SPAS, *named_in)
    return answers.json(_shown(spa))


@spas.delete("/<spa_id>", responses={204: None})
@requires("manager")
def retire(path: SpaPath) -> Response:
    """Retire a spa: it issues nothing more, its documents stay"""
    with runtime().sessions.begin() as session:
        issuers.retire_spa(session, path.spa_id, runtime().clock())
    prepared.forget(SPAS)
    return answers.nothing()


def _shown(spa: SpaView) -> Spa:
    facts = spa.document.model_dump()
    return Spa(id=spa.id, active=spa.active, created_at=spa.created_at, updated_at=spa.updated_at, **facts)
