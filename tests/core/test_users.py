from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core import users
from core.callers import Role
from core.errors import Conflict, Unauthenticated
from core.models import ApiKey
from core.parts import Parts
from core.users import UserView, spell_key

AddUser = Callable[[Role, str], UserView]


def test_a_key_has_its_id_a_secret_and_a_checksum(user_key: str) -> None:
    prefix, key_id, secret, checksum = user_key.split("_")

    assert (prefix, len(key_id), len(secret), len(checksum)) == ("cm", 16, 43, 6)


def test_of_a_key_only_a_digest_is_kept(runtime: Parts, user_key: str) -> None:
    with runtime.sessions() as session:
        row = session.scalars(select(ApiKey)).one()

    secret = user_key.split("_")[2]
    assert len(row.digest) == 32
    assert secret not in repr([getattr(row, column.key) for column in ApiKey.__table__.columns])


def test_no_two_keys_are_alike(runtime: Parts, user: UserView, give_key: Callable[..., str]) -> None:
    keys = [give_key(user).split("_") for _ in range(20)]

    assert len({key[1] for key in keys}) == len({key[2] for key in keys}) == 20


@given(st.binary(min_size=8, max_size=8), st.text("0123456789ABCXYZabcxyz", min_size=43, max_size=43))
def test_a_spelled_key_is_written_in_one_way(key_id: bytes, secret: str) -> None:
    spelled = spell_key(key_id.hex(), secret)

    assert spelled == spell_key(key_id.hex(), secret)
    assert len(spelled) == 70


def test_the_right_id_with_another_secret_is_not_known(
    runtime: Parts, user: UserView, give_key: Callable[..., str]
) -> None:
    first, second = give_key(user).split("_"), give_key(user).split("_")

    with runtime.sessions() as session, pytest.raises(Unauthenticated) as refused:
        users.authenticate(session, spell_key(first[1], second[2]), now=runtime.clock())

    assert refused.value.code == "key_unknown"


def test_two_admins_cannot_depose_each_other_at_once(
    runtime: Parts, admin: UserView, add_user: AddUser
) -> None:
    other = add_user("admin", "Other")
    together = threading.Barrier(2)

    def depose(victim: UserView) -> bool:
        together.wait()
        try:
            with runtime.sessions.begin() as session:
                users.update_user(session, victim.id, name=victim.name, email=None, role="user", active=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(depose, (admin, other))) == [False, True]


def test_the_admin_of_a_name_is_made_once(runtime: Parts) -> None:
    with runtime.sessions.begin() as session:
        first = users.ensure_admin(session, name="ready-made", now=runtime.clock())
        again = users.ensure_admin(session, name="ready-made", now=runtime.clock())

    assert first == again
    assert first.role == "admin"
