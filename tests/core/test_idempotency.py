from __future__ import annotations

import pytest

from core.errors import Conflict, InvalidRequest
from core.idempotency import IdempotencyRequest, StoredAnswer, claim, recall, remember
from core.parts import Parts
from core.users import UserView

ANSWER = StoredAnswer(201, {"Location": "/spas/1"}, {"id": "1", "name": "स्पा"})


@pytest.fixture
def asked(user: UserView) -> IdempotencyRequest:
    return IdempotencyRequest(user.id, "a key", "what was asked")


def test_an_answer_is_recalled_as_it_was_given(runtime: Parts, asked: IdempotencyRequest) -> None:
    with runtime.sessions.begin() as session:
        assert claim(session, asked) is None
        remember(session, asked, ANSWER, now=runtime.clock())

    with runtime.sessions() as session:
        assert recall(session, asked) == ANSWER


def test_an_answer_goes_with_the_transaction_that_earned_it(
    runtime: Parts, asked: IdempotencyRequest
) -> None:
    with runtime.sessions() as session:
        claim(session, asked)
        remember(session, asked, ANSWER, now=runtime.clock())
        session.rollback()

        assert claim(session, asked) is None


def test_while_the_first_is_in_flight_a_twin_is_told_so(runtime: Parts, asked: IdempotencyRequest) -> None:
    with runtime.sessions.begin() as first, runtime.sessions() as twin:
        claim(first, asked)
        with pytest.raises(Conflict) as told:
            claim(twin, asked)
        twin.rollback()
        remember(first, asked, ANSWER, now=runtime.clock())
        first.commit()

        assert claim(twin, asked) == ANSWER
    assert told.value.code == "request_in_flight"


def test_another_request_under_the_same_key_is_a_mistake(
    runtime: Parts, asked: IdempotencyRequest, user: UserView
) -> None:
    with runtime.sessions.begin() as session:
        claim(session, asked)
        remember(session, asked, ANSWER, now=runtime.clock())

    with runtime.sessions() as session, pytest.raises(InvalidRequest) as refused:
        claim(session, IdempotencyRequest(user.id, "a key", "something else"))
    assert refused.value.code == "idempotency_key_reused"


def test_another_users_key_is_another_key(runtime: Parts, asked: IdempotencyRequest, admin: UserView) -> None:
    with runtime.sessions.begin() as session:
        claim(session, asked)
        remember(session, asked, ANSWER, now=runtime.clock())

        assert claim(session, IdempotencyRequest(admin.id, "a key", "something else")) is None
