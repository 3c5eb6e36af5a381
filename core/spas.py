"""The spas that issue documents: what a document may print of them, and the snapshot that a job keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core import assets
from core.callers import Caller
from core.errors import Conflict, Fault, InvalidRequest, NotFound
from core.kinds.gstin import STATE_CODES, check_gstin
from core.kinds.parsing import closest, is_absent
from core.kinds.text import Refused, clean_text
from core.kinds.text_formats import FORMATS
from core.kinds.values import ImageReference
from core.models import Spa
from core.pages import Page, newest_first

_STATES: Final = tuple(
    sorted(name for code, name in STATE_CODES.items() if code not in ("25", "28", "97", "99"))
)
# Registrations of territories since merged or divided, or of no state at all, agree with any state.
_STATELESS: Final = ("25", "26", "28", "97", "99")
_WEBSITE = re.compile(
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?:/[!-~]*)?", re.IGNORECASE
)
_PINCODE = re.compile(r"[1-9][0-9]{5}")


def _checked(check: Callable[[str], str]) -> AfterValidator:
    def validate(text: str) -> str:
        try:
            return check(text)
        except Refused as refused:
            raise PydanticCustomError(
                refused.code, "{reason}", {"reason": f"This {refused.reason}"}
            ) from refused

    return AfterValidator(validate)


def _website(text: str) -> str:
    if not _WEBSITE.fullmatch(text):
        raise Refused("bad_website", "is no web address, such as www.example.in")
    return text


_Short = Annotated[str, _checked(lambda text: clean_text(text, max_length=120))]
_Long = Annotated[str, _checked(lambda text: clean_text(text, max_length=300, multi_line=True))]
_Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]
_Phone = Annotated[_Short, _checked(FORMATS["phone"])]
_Email = Annotated[_Short, _checked(FORMATS["email"])]
_Website = Annotated[_Short, _checked(_website)]
_Gstin = Annotated[_Short, _checked(check_gstin)]
_Picture = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_blanks(cls, raw: object) -> object:
        """A form sends what nobody filled in as a blank text."""
        if not isinstance(raw, dict):
            return raw
        return {name: value for name, value in raw.items() if not is_absent(value)}


class Signatory(_Document):
    """Who signs for the spa. `signature` and `seal` are ids of assets."""

    name: _Short | None = None
    designation: _Short | None = None
    signature: _Picture | None = None
    seal: _Picture | None = None


class SpaDocument(_Document):
    """What is known of a spa. `code` is its short name in lists and files; `logo` is the id of an asset."""

    code: _Code = Field(examples=["indiranagar"])
    name: _Short = Field(examples=["Sohana Lotus Spa"])
    address: _Long | None = None
    area: _Short | None = None
    city: _Short | None = None
    country: _Short = "India"
    state: _Short | None = Field(None, description="In India: a state or union territory.")
    pincode: _Short | None = Field(None, description="In India: six digits.")
    phone_number: _Phone | None = None
    alternate_number: _Phone | None = None
    email: _Email | None = None
    website: _Website | None = None
    gstin: _Gstin | None = Field(
        None, description="Of the spa's own state; the last character checks the others."
    )
    logo: _Picture | None = None
    signatory: Signatory | None = None

    @field_validator("state")
    @classmethod
    def _is_a_state(cls, state: str | None, info: ValidationInfo) -> str | None:
        if state is None or not _is_india(info):
            return state
        known = {name.casefold(): name for name in _STATES}
        if state.casefold() in known:
            return known[state.casefold()]
        near = closest(state, _STATES)
        question = f"; did you mean {near}?" if near else ""
        raise PydanticCustomError(
            "bad_state", "This is no state or union territory of India{question}", {"question": question}
        )

    @field_validator("pincode")
    @classmethod
    def _is_a_pincode(cls, pincode: str | None, info: ValidationInfo) -> str | None:
        if pincode is None or not _is_india(info):
            return pincode
        if not _PINCODE.fullmatch(compact := pincode.replace(" ", "")):
            raise PydanticCustomError("bad_pincode", "This is no PIN code: six digits, the first not 0")
        return compact

    @field_validator("gstin")
    @classmethod
    def _is_of_the_state(cls, gstin: str | None, info: ValidationInfo) -> str | None:
        state = info.data.get("state")
        if (
            gstin
            and state
            and _is_india(info)
            and gstin[:2] not in _STATELESS
            and STATE_CODES[gstin[:2]] != state
        ):
            of = {"of": STATE_CODES[gstin[:2]], "state": state}
            raise PydanticCustomError(
                "gstin_of_other_state", "This is a GSTIN of {of}, but the spa is in {state}", of
            )
        return gstin

    def pictures(self) -> Iterator[tuple[str, str]]:
        """A JSON pointer and a digest for each picture."""
        signatory = self.signatory or Signatory()
        named = {
            "/logo": self.logo,
            "/signatory/signature": signatory.signature,
            "/signatory/seal": signatory.seal,
        }
        yield from (
            (pointer, identity.removeprefix("sha256:")) for pointer, identity in named.items() if identity
        )


def _is_india(info: ValidationInfo) -> bool:
    return str(info.data.get("country", "")).casefold() == "india"


@dataclass(frozen=True, slots=True)
class SpaView:
    """`active` is False once the spa is retired: its documents stay, new ones are refused."""

    id: UUID
    document: SpaDocument
    active: bool
    created_at: datetime
    updated_at: datetime


def create_spa(session: Session, caller: Caller, document: SpaDocument, now: datetime) -> SpaView:
    """Raises `Conflict` where the code is taken, `InvalidRequest` for pictures the caller has no right to."""
    _check_pictures(session, caller, document)
    spa = Spa(id=uuid7(), active=True, created_at=now)
    _write(spa, document, now)
    session.add(spa)
    _flush(session, document)
    return _view(spa)


def replace_spa(
    session: Session, caller: Caller, spa_id: UUID, document: SpaDocument, now: datetime
) -> SpaView:
    """Jobs accepted before still print what was true then. Raises as `create_spa` does, and `NotFound`."""
    spa = _find(session, spa_id)
    _check_pictures(session, caller, document, already=dict(_document(spa).pictures()).values())
    _write(spa, document, now)
    _flush(session, document)
    return _view(spa)


def retire_spa(session: Session, spa_id: UUID, now: datetime) -> None:
    """From now on no job may name the spa. What it issued stays. Raises `NotFound`."""
    spa = _find(session, spa_id)
    spa.active = False
    spa.updated_at = now


def show_spa(session: Session, spa_id: UUID) -> SpaView:
    """A spa, retired or not. Raises `NotFound`."""
    return _view(_find(session, spa_id))


def list_spas(session: Session, *, cursor: str | None, limit: int, code: str | None = None) -> Page[SpaView]:
    """The spas that are not retired, newest first."""
    query = select(Spa).where(Spa.active)
    if code is not None:
        query = query.where(Spa.code == code)
    return newest_first(session, query, Spa.created_at, Spa.id, cursor=cursor, limit=limit).map(_view)


def find_spa(session: Session, spa_id: UUID) -> Spa:
    """The spa that a new job names at `/spa_id`. Raises `InvalidRequest` where there is none, or it is retired."""
    spa = session.get(Spa, spa_id)
    if spa is None or not spa.active:
        detail = "There is no such spa." if spa is None else f"The spa {spa.code} is retired."
        raise InvalidRequest(detail, faults=[Fault("/spa_id", "unknown_spa", detail)])
    return spa


def issuer(spa: Spa) -> dict[str, Any]:
    """What a document may print of the spa, as it is now: JSON that a job keeps. The signatory is an object in it."""
    return _document(spa).model_dump(mode="json", exclude_none=True)


def issuer_values(snapshot: Mapping[str, Any] | None) -> dict[str, str | ImageReference]:
    """The placeholders of an `issuer` snapshot: texts, and pictures by reference. Without a spa, none."""
    spa = dict(snapshot or {})
    groups: dict[str, Mapping[str, str]] = {"signatory": spa.pop("signatory", {}), "spa": spa}
    return {
        f"{group}.{name}": ImageReference(value.removeprefix("sha256:"))
        if (group, name) in _PICTURES
        else value
        for group, facts in groups.items()
        for name, value in facts.items()
    }


_PICTURES: Final = frozenset({("spa", "logo"), ("signatory", "signature"), ("signatory", "seal")})

ISSUER_TEXTS: Final = (
    *(f"spa.{name}" for name in SpaDocument.model_fields if name not in ("logo", "signatory")),
    "signatory.name",
    "signatory.designation",
)
ISSUER_PICTURES: Final = tuple(f"{group}.{name}" for group, name in sorted(_PICTURES))


def _find(session: Session, spa_id: UUID) -> Spa:
    spa = session.get(Spa, spa_id)
    if spa is None:
        raise NotFound("There is no such spa.")
    return spa


def _check_pictures(
    session: Session, caller: Caller, document: SpaDocument, already: Iterable[str] = ()
) -> None:
    pictures = dict(document.pictures())
    strange = assets.unknown(session, caller, set(pictures.values()) - set(already))
    faults = [
        Fault(pointer, "unknown_asset", "There is no such asset; upload it first (POST /assets).")
        for pointer, digest in pictures.items()
        if digest in strange
    ]
    if faults:
        raise InvalidRequest("The spa names pictures that are not there.", faults=faults)


def _write(spa: Spa, document: SpaDocument, now: datetime) -> None:
    spa.code = document.code
    spa.name = document.name
    spa.details = document.model_dump(mode="json", exclude={"code", "name"}, exclude_none=True)
    spa.updated_at = now


def _flush(session: Session, document: SpaDocument) -> None:
    try:
        session.flush()
    except IntegrityError:
        detail = f"Another spa has the code {document.code}."
        raise Conflict(detail, code="code_taken", faults=[Fault("/code", "code_taken", detail)]) from None


def _document(spa: Spa) -> SpaDocument:
    # Trusted: it was checked when it came in, and yesterday's rules must not make today's spa unreadable.
    details = {**spa.details}
    signatory = details.pop("signatory", None)
    return SpaDocument.model_construct(
        code=spa.code,
        name=spa.name,
        signatory=Signatory.model_construct(**signatory) if signatory else None,
        **details,
    )


def _view(spa: Spa) -> SpaView:
    return SpaView(spa.id, _document(spa), spa.active, spa.created_at, spa.updated_at)
