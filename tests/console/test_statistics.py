from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from core.callers import Caller, Role
from core.models import Certificate
from core.parts import Parts
from core.users import UserView
from tests.console.browser import Browser
from tests.console.test_console import go
from tests.jobs import THERAPIST, accept_job
from tests.parts import StillClock

CHART = "document.querySelector('.chart svg')"
COLUMNS = "document.querySelectorAll('.chart .column').length"
COUNTERS = "[...document.querySelectorAll('.counters div')].map(e => e.innerText.replace('\\n', ' '))"
SHARES = "[...document.querySelectorAll('.shares li')].map(e => e.innerText.replace('\\n', ' '))"
TABLE = "[...document.querySelectorAll('.series tbody tr')].map(e => e.innerText.split('\\t'))"


@pytest.fixture
def issued(runtime: Parts, address: str, admin: UserView, clock: StillClock) -> list[UUID]:
    """Three now, two a day before, four a hundred days ago; their ids, newest first."""
    who = Caller(admin.id, admin.role, admin.name)
    return [
        certificate
        for total, days in ((3, 0), (2, 1), (4, 100))
        for certificate in issue(runtime, who, total, days=days)
    ]


def issue(runtime: Parts, who: Caller, total: int, *, days: int) -> list[UUID]:
    job_id = accept_job(runtime, who, [THERAPIST] * total)
    of_job = Certificate.job_id == job_id
    deadline = time.monotonic() + 30
    while True:
        with runtime.sessions.begin() as session:
            if session.scalar(select(func.count()).where(of_job)) == total:
                moment = runtime.clock() - timedelta(days=days)
                session.execute(update(Certificate).where(of_job).values(issued_at=moment))
                return list(session.scalars(select(Certificate.id).where(of_job)))
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_somebody_sees_what_was_issued_and_chooses_another_period(
    signed_in: Browser, issued: list[UUID], runtime: Parts
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE certificates SET state = 'revoked' WHERE id = :id"), {"id": issued[0]})
    signed_in.click("nav a", "Statistics")
    signed_in.wait(CHART)

    assert signed_in.run(COUNTERS) == ["5 Issued", "4 Valid", "1 Revoked", "3 Most in a day"]
    assert signed_in.run(COLUMNS) == 2
    assert signed_in.run(SHARES) == ["Therapist certificate 5", "Without a spa 5"]
    assert signed_in.run("document.querySelector('.ways :checked').parentElement.innerText") == "30 days"
    signed_in.see("5 documents issued, ")

    signed_in.click(".ways label", "12 months")
    signed_in.wait(f"{COUNTERS}[0] === '9 Issued'")
    assert signed_in.run(COUNTERS)[-1].endswith("Most in a month")
    assert signed_in.run("document.querySelector('.chart title').textContent") == "Documents issued by month"

    today, before = (
        (runtime.clock().astimezone(runtime.settings.timezone) - timedelta(days=days)).date().isoformat()
        for days in (0, 1)
    )
    signed_in.choose("From", before)
    signed_in.wait(f"{COUNTERS}[0] === '5 Issued'")
    signed_in.choose("To", before)
    signed_in.wait(f"{COUNTERS}[0] === '2 Issued'")
    assert signed_in.run("document.querySelector('.ways :checked')") is None

    signed_in.choose("From", today)
    signed_in.see("It comes before `from`.")
    assert signed_in.run("location.hash") == f"#/statistics/{before}/{before}"
    signed_in.choose("From", before)
    signed_in.wait("document.querySelector('.notice.wrong').hidden")
    signed_in.choose("Kind", "invoice_spa_bill")
    signed_in.see("Nothing was issued in this period.")


def test_the_chart_says_what_is_pointed_at_and_reads_as_a_table(
    signed_in: Browser, issued: list[UUID]
) -> None:
    go(signed_in, "#/statistics")
    signed_in.wait(CHART)
    areas = "document.querySelectorAll('.chart .area')"
    signed_in.run(f"[...{areas}].at(-1).dispatchEvent(new PointerEvent('pointerenter'))")
    assert signed_in.run("document.querySelector('.said').innerText").endswith(": 3 documents")
    assert signed_in.run("document.querySelectorAll('.column.here').length") == 1

    named = signed_in.run(
        f"{CHART}.getAttribute('aria-labelledby').split(' ').map(id => document.getElementById(id).textContent)"
    )
    assert named[0] == "Documents issued by day"
    assert named[1].startswith("5 documents issued, ")
    signed_in.click("summary", "The same as a table")
    rows = signed_in.run(TABLE)
    assert len(rows) == 30
    assert [count for _, count in rows[-3:]] == ["0", "2", "3"]


def test_a_users_statistics_are_their_own(
    browser: Browser,
    issued: list[UUID],
    runtime: Parts,
    add_user: Callable[[Role, str], UserView],
    give_key: Callable[..., str],
) -> None:
    uma = add_user("user", "Uma")
    issue(runtime, Caller(uma.id, uma.role, uma.name), 1, days=2)
    browser.write("API key", give_key(uma))
    browser.press("Enter")
    browser.see("Uma")
    go(browser, "#/statistics")
    browser.see("What you have issued.")
    assert browser.run(COUNTERS) == ["1 Issued", "1 Valid", "0 Revoked", "1 Most in a day"]


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_window_and_nothing_nameless(
    signed_in: Browser, issued: list[UUID], width: int
) -> None:
    signed_in.look(width=width, height=800)
    for place in ("#/statistics", f"#/certificates/{issued[0]}"):
        go(signed_in, place)
        assert signed_in.run("document.documentElement.scrollWidth <= innerWidth"), place
        nameless = """
            [...document.querySelectorAll('main :is(input, select, textarea, button, a, summary)')]
              .filter(e => e.offsetParent && !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length)).length
        """
        assert signed_in.run(nameless) == 0, place
        assert signed_in.run("document.querySelectorAll('main h1').length") == 1, place


def test_somebody_revokes_a_document_with_a_reason(
    signed_in: Browser, issued: list[UUID], runtime: Parts
) -> None:
    go(signed_in, f"#/certificates/{issued[0]}")
    signed_in.click(".document button", "Revoke")
    signed_in.see("This cannot be taken back.")
    assert signed_in.run("document.activeElement.labels[0].innerText") == "Reason"
    signed_in.click("dialog button", "Cancel")
    signed_in.wait("!document.querySelector('dialog')")

    signed_in.click(".document button", "Revoke")
    signed_in.write("Reason", "   ")
    signed_in.click("dialog button", "Revoke the document")
    signed_in.see("Say why.")
    assert signed_in.run("document.activeElement.getAttribute('aria-invalid')") == "true"
    signed_in.write("Reason", "Issued to the <b>wrong</b> person")
    signed_in.click("dialog button", "Revoke the document")

    signed_in.wait("!document.querySelector('dialog')")
    signed_in.see("Issued to the <b>wrong</b> person")
    assert signed_in.run("document.querySelector('.document .state').innerText") == "Revoked"
    assert signed_in.run("document.activeElement.tagName") == "H1"
    assert signed_in.run("document.querySelectorAll('.document .revoke').length") == 0
    with runtime.sessions.begin() as session:
        found = session.get_one(Certificate, issued[0])
        assert (found.state, found.revocation_reason) == ("revoked", "Issued to the <b>wrong</b> person")


def test_what_somebody_else_revoked_meanwhile_is_shown_as_it_is(
    signed_in: Browser, issued: list[UUID], runtime: Parts
) -> None:
    go(signed_in, f"#/certificates/{issued[0]}")
    with runtime.sessions.begin() as session:
        session.execute(
            text(
                "UPDATE certificates SET state = 'revoked', revoked_at = now(), revocation_reason = 'By another'"
            )
        )
    signed_in.click(".document button", "Revoke")
    signed_in.write("Reason", "Mine")
    signed_in.click("dialog button", "Revoke the document")

    signed_in.see("By another")
    assert "Mine" not in signed_in.text()
