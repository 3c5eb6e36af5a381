from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.callers import Caller
from core.errors import Conflict
from core.models import TemplateVersion
from core.parts import Parts
from core.templates import publication
from core.templates.document import TemplateDocument, parse_document
from core.templates.publication import Wanted
from tests.core.templates.test_document import DOCUMENT


def document(name: str) -> TemplateDocument:
    return parse_document({**DOCUMENT, "name": name})


@pytest.fixture
def template(runtime: Parts, caller: Caller) -> str:
    """A template with a draft."""
    with runtime.sessions.begin() as session:
        return publication.create_template(session, caller, Wanted(document("One")), runtime.clock()).id


def revise(runtime: Parts, caller: Caller, template: str, name: str) -> None:
    with runtime.sessions.begin() as session:
        publication.revise_template(session, caller, template, document(name), runtime.clock())


def versions(runtime: Parts, template: str) -> list[tuple[int, str, bool]]:
    query = (
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template)
        .order_by(TemplateVersion.number)
    )
    with runtime.sessions() as session:
        return [
            (each.number, each.document["name"], each.published_at is not None)
            for each in session.scalars(query)
        ]


def test_of_many_who_publish_one_does(runtime: Parts, caller: Caller, template: str) -> None:
    def publish(_: int) -> bool:
        try:
            publication.publish_draft(runtime, caller, template)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(publish, range(4))) == 1

    assert versions(runtime, template) == [(1, "One", True)]


def test_a_draft_that_changed_after_it_was_checked_is_not_published(
    runtime: Parts, caller: Caller, template: str
) -> None:
    with runtime.sessions() as session:
        checked = session.scalars(
            select(TemplateVersion.digest).where(TemplateVersion.template_id == template)
        ).one()
    revise(runtime, caller, template, "Two")

    with runtime.sessions.begin() as session:
        assert not publication.publish_version(session, template, 1, checked, runtime.clock())

    assert versions(runtime, template) == [(1, "Two", False)]


def test_of_many_who_revise_a_published_template_all_write_one_draft(
    runtime: Parts, caller: Caller, template: str
) -> None:
    publication.publish_draft(runtime, caller, template)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: revise(runtime, caller, template, f"Draft {number}"), range(8)))

    (first, draft) = versions(runtime, template)
    assert first == (1, "One", True)
    assert (draft[0], draft[1][:5], draft[2]) == (2, "Draft", False)


def test_what_is_published_cannot_be_published_again_with_other_words(
    runtime: Parts, caller: Caller, template: str
) -> None:
    publication.publish_draft(runtime, caller, template)

    with runtime.sessions.begin() as session:
        digest = session.scalars(
            select(TemplateVersion.digest).where(TemplateVersion.template_id == template)
        ).one()
        assert not publication.publish_version(session, template, 1, digest, runtime.clock())


def test_a_name_in_any_script_makes_an_id(runtime: Parts, caller: Caller) -> None:
    names = ["Certificat d’été", "प्रमाण पत्र", "  A   B  ", "-" * 120, "Ünïcödé 100 %"]
    with runtime.sessions.begin() as session:
        ids = [
            publication.create_template(session, caller, Wanted(document(name)), runtime.clock()).id
            for name in names
        ]

    assert [each.rpartition("-")[0] for each in ids] == [
        "certificat-dete",
        "template",
        "a-b",
        "template",
        "unicode-100",
    ]
