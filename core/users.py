"""Users and their API keys.

A key reads `cm_<id>_<secret>_<checksum>`: the id finds its row, the secret is 256 random bits of which only the
SHA-256 is kept, and the checksum tells a mistyped key (and a leaked one, to a scanner) without asking the database.
"""

from __future__ import annotations

import hmac
import re
import secrets
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, cast
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core.callers import SCOPES, Caller, Role, Scope
from core.errors import Conflict, Fault, InvalidRequest, NotFound, Unauthenticated
from core.models import ApiKey, User
from core.pages import Page, Place, decode_place, encode_place, newest_first

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_BYTES: Final = 8
_SECRET_LENGTH: Final = 43  # 62 ** 43 > 2 ** 256
_CHECKSUM_LENGTH: Final = 6  # 62 ** 6 > 2 ** 32
_KEY: Final = re.compile(r"(cm_([0-9a-f]{16})_([0-9A-Za-z]{43}))_([0-9A-Za-z]{6})")


@dataclass(frozen=True, slots=True)
class UserView:
    id: UUID
    name: str
    email: str | None
    role: Role
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key as it may be shown again: without its secret."""

    id: str
    user_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment when its `secret`, all of what a client sends, is known."""

    key: KeyView
    secret: str


def authenticate(session: Session, key: str, *, now: datetime) -> Caller:
    """Who holds this key; raises `Unauthenticated` with the reason."""
    match = _KEY.fullmatch(key)
    if match is None or _checksum(match[1]) != match[4]:
        raise _unknown_key()
    found = _find_key(session, match[2])
    if found is None or not hmac.compare_digest(found[0].digest, _digest(match[3])):
        raise _unknown_key()
    return _admit(*found, now)


def recall(session: Session, key_id: str, *, now: datetime) -> Caller:
    """Who holds the key with this id, for one who has shown it before; raises `Unauthenticated`."""
    found = _find_key(session, key_id)
    if found is None:
        raise _unknown_key()
    return _admit(*found, now)


def create_user(session: Session, *, name: str, email: str | None, role: Role, now: datetime) -> UserView:
    """Raises `Conflict` where somebody has the e-mail address already."""
    user = session.scalar(
        insert(User)
        .values(id=uuid7(), name=name, email=_plain(email), role=role, created_at=now)
        .on_conflict_do_nothing(index_elements=[User.email])
        .returning(User)
    )
    if user is None:
        raise _email_taken()
    return _user_view(user)


def show_user(session: Session, user_id: UUID) -> UserView:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such user.")
    return _user_view(user)


def list_users(session: Session, *, cursor: str | None, limit: int) -> Page[UserView]:
    """Newest first."""
    page = newest_first(session, select(User), User.created_at, User.id, cursor=cursor, limit=limit)
    return page.map(_user_view)


def update_user(
    session: Session, user_id: UUID, *, name: str, email: str | None, role: Role, active: bool
) -> UserView:
    """Raises `NotFound`, and `Conflict` for an e-mail address that is taken and for the end of the last active admin."""
    # Whoever changes users waits here for whoever does the same: two admins cannot depose each other.
    admins = set(
        session.scalars(
            select(User.id).where(User.role == "admin", User.active).order_by(User.id).with_for_update()
        )
    )
    if admins == {user_id} and not (role == "admin" and active):
        raise Conflict("This is the last active admin.", code="last_admin")
    if email is not None and session.scalar(
        select(User.id).where(User.email == _plain(email), User.id != user_id)
    ):
        raise _email_taken()
    user = session.scalar(
        update(User)
        .where(User.id == user_id)
        .values(name=name, email=_plain(email), role=role, active=active)
        .returning(User)
    )
    if user is None:
        raise NotFound("There is no such user.")
    return _user_view(user)


def create_key(
    session: Session,
    *,
    user_id: UUID,
    name: str,
    scopes: Collection[Scope] = SCOPES,
    expires_at: datetime | None = None,
    now: datetime,
) -> NewKey:
    """A new key beside those that the user has. Raises `NotFound`, and `InvalidRequest` for one that is born dead."""
    show_user(session, user_id)
    if expires_at is not None:
        expires_at = _moment(expires_at)
        if expires_at <= now:
            detail = "This moment has passed."
            raise InvalidRequest(detail, faults=[Fault("/expires_at", "in_the_past", detail)])
    key_id = secrets.token_hex(_ID_BYTES)
    secret = _base62(secrets.randbits(256), _SECRET_LENGTH)
    key = session.scalars(
        insert(ApiKey)
        .values(
            id=key_id,
            user_id=user_id,
            name=name,
            digest=_digest(secret),
            scopes=[scope for scope in SCOPES if scope in scopes],
            created_at=now,
            expires_at=expires_at,
        )
        .returning(ApiKey)
    ).one()
    return NewKey(_key_view(key), spell_key(key_id, secret))


def show_key(session: Session, key_id: str) -> KeyView:
    key = session.get(ApiKey, key_id)
    if key is None:
        raise NotFound("There is no such key.")
    return _key_view(key)


def list_keys(session: Session, *, user_id: UUID | None, cursor: str | None, limit: int) -> Page[KeyView]:
    """One user's keys or everybody's, newest first, revoked ones among them."""
    query = select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.id.desc()).limit(limit + 1)
    if user_id is not None:
        query = query.where(ApiKey.user_id == user_id)
    if cursor is not None:
        place = decode_place(cursor)
        query = query.where(tuple_(ApiKey.created_at, ApiKey.id) < (place.moment, _key_id(place.id)))
    keys = session.scalars(query).all()
    last = keys[limit - 1] if len(keys) > limit else None
    following = None if last is None else encode_place(Place(last.created_at, _as_uuid(last.id)))
    return Page(tuple(map(_key_view, keys[:limit])), following)


def revoke_key(session: Session, key_id: str, *, now: datetime) -> KeyView:
    """The key opens nothing from the commit on. Revoking it again keeps the first moment. Raises `NotFound`."""
    key = session.scalar(
        update(ApiKey)
        .where(ApiKey.id == key_id)
        .values(revoked_at=func.coalesce(ApiKey.revoked_at, now))
        .returning(ApiKey)
    )
    if key is None:
        raise NotFound("There is no such key.")
    return _key_view(key)


def ensure_admin(session: Session, *, name: str, now: datetime) -> UserView:
    """The oldest active admin of this name, made if there is none."""
    query = select(User).where(User.name == name, User.role == "admin", User.active).order_by(User.created_at)
    admin = session.scalar(query.limit(1))
    if admin is not None:
        return _user_view(admin)
    return create_user(session, name=name, email=None, role="admin", now=now)


def spell_key(key_id: str, secret: str) -> str:
    spelled = f"cm_{key_id}_{secret}"
    return f"{spelled}_{_checksum(spelled)}"


def _find_key(session: Session, key_id: str) -> tuple[ApiKey, User] | None:
    query = select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.id == key_id)
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _admit(key: ApiKey, user: User, now: datetime) -> Caller:
    if key.revoked_at is not None:
        raise Unauthenticated("This key has been revoked.", code="key_revoked")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated("This key has expired.", code="key_expired")
    if not user.active:
        raise Unauthenticated("This key's user is no longer active.", code="user_inactive")
    return Caller(
        user.id, cast(Role, user.role), user.name, key.id, frozenset(key.scopes), expires_at=key.expires_at
    )


def _unknown_key() -> Unauthenticated:
    return Unauthenticated("This key is not known.", code="key_unknown")


def _email_taken() -> Conflict:
    return Conflict("Another user has this e-mail address.", code="email_taken")


def _plain(email: str | None) -> str | None:
    return None if email is None else email.lower()


def _user_view(user: User) -> UserView:
    return UserView(user.id, user.name, user.email, cast(Role, user.role), user.active, user.created_at)


def _key_view(key: ApiKey) -> KeyView:
    return KeyView(
        key.id, key.user_id, key.name, tuple(key.scopes), key.created_at, key.expires_at, key.revoked_at
    )


def _as_uuid(key_id: str) -> UUID:
    # A page's place is a moment and a UUID; a key's id, sixteen hexadecimal digits, fits into one.
    return UUID(int=int(key_id, 16))


def _key_id(place: UUID) -> str:
    return f"{place.int:016x}"


def _digest(secret: str) -> bytes:
    # The secret is 256 random bits: nobody can guess towards its digest, so a slow hash would guard nothing.
    return sha256(secret.encode()).digest()


def _checksum(spelled: str) -> str:
    return _base62(zlib.crc32(spelled.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _moment(written: datetime) -> datetime:
    """In UTC. The first and last hours of the calendar have no such moment in every zone."""
    try:
        return written.astimezone(UTC)
    except OverflowError:
        detail = "This moment is beyond the calendar."
        raise InvalidRequest(detail, faults=[Fault("/expires_at", "not_a_moment", detail)]) from None
