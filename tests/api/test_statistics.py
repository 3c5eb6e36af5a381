"""How many certificates there are, and who may know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from core.callers import Caller
from core.jobs.upkeep import keep_up
from core.parts import Parts
from core.spas import SpaView
from core.users import UserView
from tests.api.conftest import BILL
from tests.api.contract import Client
from tests.jobs import accept_job
from tests.parts import StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


def test_the_last_thirty_days_are_told_day_by_day(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    finish(submit(user, total=3))
    clock.advance(days=2)
    finish(submit(user, total=2))

    told = as_user.get("/statistics").json

    assert (told["from"], told["to"], told["timezone"]) == ("2025-12-09", "2026-01-07", "Asia/Kolkata")
    assert (told["by"], told["total"]) == ("day", 5)
    assert told["states"] == {"valid": 5, "revoked": 0, "superseded": 0, "erased": 0}
    assert [point["date"] for point in told["series"]] == [
        str(date(2025, 12, 9) + timedelta(days=number)) for number in range(30)
    ]
    assert [point for point in told["series"] if point["count"]] == [
        {"date": "2026-01-05", "count": 3},
        {"date": "2026-01-07", "count": 2},
    ]
    assert told["kinds"] == [{"kind": "spa_therapist", "count": 5}]
    assert told["spas"] == [{"spa": None, "count": 5}]


def test_whoever_saw_a_job_completed_finds_it_counted_and_upkeep_changes_nothing(
    as_user: Client, runtime: Parts, user: UserView, submit: Submit, finish: Finish
) -> None:
    for number in range(1, 4):
        finish(submit(user))
        before = as_user.get("/statistics").json
        assert before["total"] == number
        keep_up(runtime)
        assert as_user.get("/statistics").json == before


def test_what_is_revoked_counts_as_revoked_on_the_day_of_its_issue(
    as_user: Client, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    certificate, _ = finish(submit(user, total=2))
    clock.advance(days=3)
    as_user.post(f"/certificates/{certificate}/revoke", json={"reason": "Issued twice"})

    assert as_user.get("/statistics").json["states"] == {
        "valid": 1,
        "revoked": 1,
        "superseded": 0,
        "erased": 0,
    }
    revoked = as_user.get("/statistics?state=revoked&from=2026-01-05&to=2026-01-05").json
    assert (revoked["total"], revoked["series"]) == (1, [{"date": "2026-01-05", "count": 1}])


def test_kinds_and_spas_are_told_with_names_most_first_and_narrow_the_rest(
    as_manager: Client,
    runtime: Parts,
    user: UserView,
    spa: SpaView,
    submit: Submit,
    finish: Finish,
    add_template: Callable[..., str],
) -> None:
    finish(submit(user, total=2))
    bills = add_template("bill", "invoice_spa_bill")
    items = [{**BILL, "bill_number": f"BLR/{number}"} for number in range(3)]
    who = Caller(user.id, user.role, user.name)
    finish(accept_job(runtime, who, items, template=bills, spa_id=spa.id, renditions=("pdf", "png")))

    told = as_manager.get("/statistics").json
    assert told["kinds"] == [{"kind": "invoice_spa_bill", "count": 3}, {"kind": "spa_therapist", "count": 2}]
    assert told["spas"] == [
        {"spa": {"id": str(spa.id), "name": "Sohana Lotus Spa"}, "count": 3},
        {"spa": None, "count": 2},
    ]
    for query, total in {
        f"spa_id={spa.id}": 3,
        "kind=spa_therapist": 2,
        "template=bill": 3,
        "template=bill@1": 3,
        "template=bill@2": 0,
        f"spa_id={user.id}": 0,
        f"kind=spa_therapist&spa_id={spa.id}": 0,
    }.items():
        assert as_manager.get(f"/statistics?{query}").json["total"] == total, query


def test_a_user_counts_their_own_and_who_sees_everything_everybodys(
    as_user: Client,
    as_stranger: Client,
    as_manager: Client,
    user: UserView,
    admin: UserView,
    submit: Submit,
    finish: Finish,
) -> None:
    finish(submit(user, total=2))
    finish(submit(admin, total=3))

    assert as_user.get("/statistics").json["total"] == 2
    assert as_user.get(f"/statistics?user_id={user.id}").json["total"] == 2
    assert as_stranger.get("/statistics").json["total"] == 0
    assert as_manager.get("/statistics").json["total"] == 5
    assert as_manager.get(f"/statistics?user_id={user.id}").json["total"] == 2
    assert as_stranger.get(f"/statistics?user_id={user.id}").status_code == 404


def test_by_month_a_period_counts_only_its_own_days(
    as_user: Client, runtime: Parts, user: UserView, submit: Submit, finish: Finish, clock: StillClock
) -> None:
    for _ in range(4):  # 5 January, 4 February, 6 March, 5 April
        finish(submit(user))
        clock.advance(days=30)
    keep_up(runtime)

    told = as_user.get("/statistics?from=2026-01-06&to=2026-04-05&by=month").json

    assert told["total"] == 3
    assert [(point["date"], point["count"]) for point in told["series"]] == [
        ("2026-01-01", 0),
        ("2026-02-01", 1),
        ("2026-03-01", 1),
        ("2026-04-01", 1),
    ]


@pytest.mark.parametrize("folded", [False, True])
def test_a_minute_before_and_after_midnight_are_two_of_the_issuers_days(
    as_user: Client,
    runtime: Parts,
    user: UserView,
    submit: Submit,
    finish: Finish,
    clock: StillClock,
    folded: bool,
) -> None:
    clock.advance(hours=11, minutes=59)  # 23:59 of the 5th in Kolkata
    finish(submit(user))
    clock.advance(minutes=2)
    finish(submit(user, total=2))
    if folded:
        keep_up(runtime)

    told = as_user.get("/statistics?from=2026-01-05").json
    assert (told["to"], [point["count"] for point in told["series"]]) == ("2026-01-06", [1, 2])


def test_what_has_not_changed_is_a_304_and_a_new_certificate_is_news(
    as_user: Client, user: UserView, submit: Submit, finish: Finish
) -> None:
    etag = as_user.get("/statistics").headers["ETag"]
    assert as_user.get("/statistics", headers={"If-None-Match": etag}).status_code == 304
    finish(submit(user))
    assert as_user.get("/statistics", headers={"If-None-Match": etag}).status_code == 200


def test_erased_certificates_were_issued_all_the_same(
    as_user: Client, runtime: Parts, user: UserView, submit: Submit, finish: Finish
) -> None:
    finish(submit(user))
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE certificates SET state = 'erased'"))
    told = as_user.get("/statistics").json
    assert (told["total"], told["states"]["erased"]) == (1, 1)
