from __future__ import annotations

import time

import pytest
from sqlalchemy import func, select, update

from core.callers import Caller
from core.models import Certificate
from core.names import keys_of
from core.parts import Parts
from core.users import UserView
from tests.console.browser import Browser
from tests.console.test_console import go
from tests.jobs import THERAPIST, accept_job

NAMES = "[...document.querySelectorAll('.items tbody a')].map(e => e.innerText)"
NOTE = "document.querySelector('.about[role=status]').innerText"
TYPED = (
    "(() => {{ const e = document.querySelector('input[type=search]'); e.value = '{}';"
    " e.dispatchEvent(new Event('input')) }})()"
)


@pytest.fixture
def issued(runtime: Parts, address: str, admin: UserView) -> list[str]:
    """Thirty documents of people whose names are told apart by a number; their names, newest first."""
    who = Caller(admin.id, admin.role, admin.name)
    job_id = accept_job(runtime, who, [THERAPIST] * 30)
    of_job = Certificate.job_id == job_id
    deadline = time.monotonic() + 60
    while True:
        with runtime.sessions.begin() as session:
            if session.scalar(select(func.count()).where(of_job)) == 30:
                break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with runtime.sessions.begin() as session:
        newest = (
            select(Certificate.id).where(of_job).order_by(Certificate.issued_at.desc(), Certificate.id.desc())
        )
        ids = list(session.scalars(newest))
        names = ["लक्ष्मी राव", *(f"Person {place}" for place in range(1, 30))]
        for certificate_id, name in zip(ids, names, strict=True):
            session.execute(
                update(Certificate)
                .where(Certificate.id == certificate_id)
                .values(recipient_name=name, search_keys=keys_of(name))
            )
    return names


def test_somebody_leafs_through_documents_and_back(
    signed_in: Browser, address: str, issued: list[str]
) -> None:
    signed_in.click("nav a", "Documents")
    signed_in.wait(f"{NAMES}.length == 25")
    assert signed_in.run(NAMES) == issued[:25]
    assert signed_in.run(NOTE) == "30 documents"
    signed_in.click(".pager button", "Older")
    signed_in.wait(f"{NAMES}.length == 5")
    assert signed_in.run(NAMES) == issued[25:]
    signed_in.click(".pager button", "Newer")
    signed_in.wait(f"{NAMES}.length == 25")
    assert signed_in.run(NAMES) == issued[:25]


def test_somebody_finds_a_name_and_one_that_sounds_like_it(
    signed_in: Browser, address: str, issued: list[str]
) -> None:
    signed_in.click("nav a", "Documents")
    signed_in.wait(f"{NAMES}.length == 25")
    signed_in.run(TYPED.format("person 1"))
    signed_in.wait(f"{NAMES}.length == 11")
    assert signed_in.run("location.hash") == "#/documents?q=person+1"
    signed_in.run(TYPED.format("Laxmi"))
    signed_in.wait(f"{NAMES}.length == 1")
    assert signed_in.run(NAMES) == ["लक्ष्मी राव"]
    assert "sound like it" in signed_in.run(NOTE)
    signed_in.run(TYPED.format("Zbigniew"))
    signed_in.see("Nothing was found")
    go(signed_in, "#/documents?q=person%202&kind=spa_therapist")
    signed_in.wait(f"{NAMES}.length == 11")
    signed_in.click(".items tbody a", "Person 2")
    signed_in.see("Anybody can verify it")
