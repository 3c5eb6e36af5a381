"""A kind of document, which is data: its fields, what is derived from them, and the rules between them.

The built-in kinds are the files of `library/`; a user's template brings a declaration in the same language,
as JSON. Both become a `Kind`, and nothing else in the program knows which of the two it was.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Self
from uuid import UUID

import yaml
from pydantic import Field as Option
from pydantic import StringConstraints, ValidationError, model_validator

from core.errors import Fault
from core.kinds.checking import Checked, ItemChecker
from core.kinds.declaring import declared_fault, faults_of
from core.kinds.derivations import Derivation, Known
from core.kinds.faults import InvalidKind
from core.kinds.fields import (
    NAME_PATTERN,
    Declaration,
    Field,
    FieldName,
    Help,
    ImageField,
    Label,
    RowsField,
    ScalarField,
    snake_case,
)
from core.kinds.formatting import DEFAULT_DATE_FORMAT, format_date
from core.kinds.item_schema import DIALECT
from core.kinds.placeholders import Placeholder, placeholder_of
from core.kinds.rules import Rule, find_field
from core.kinds.stored_form import from_json
from core.kinds.uniqueness import Unique, UniqueClaim, claim
from core.kinds.values import Value, Values

# What every document may draw on has these names. `issue_date` is not among them: a kind may ask for one of its own.
RESERVED_NAMES: Final = frozenset({"code", "number", "page", "pages", "signatory", "spa", "verify_url"})

MAX_PATTERNS: Final = 10  # the worst of them take 0.1 s to build

KindName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
NumberPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,5}$")]


class SpaAndDate(Declaration):
    """A recipient that is no person: the spa, and the date that a field holds."""

    spa_and_date: FieldName


class Kind(Declaration):
    """What a document of one kind is made of. Frozen; safe to share between threads.

    `name` is what the API and listings call it, `label` what people read; `number_prefix` begins its
    documents' numbers; `recipient` names the field with the recipient's name; with `spa_required`, a job must
    name a spa. Pydantic's ValidationError tells of a declaration that cannot be; `parse_kind` tells it
    better.
    """

    name: KindName
    label: Label
    description: Help = ""
    number_prefix: NumberPrefix = "DOC"
    spa_required: bool = False
    recipient: FieldName | SpaAndDate
    fields: Annotated[tuple[Field, ...], Option(min_length=1, max_length=60)]
    derived: Annotated[tuple[Derivation, ...], Option(max_length=30)] = ()
    rules: Annotated[tuple[Rule, ...], Option(max_length=30)] = ()
    unique: Annotated[tuple[Unique, ...], Option(max_length=5)] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if faults := _inconsistencies(self):
            raise InvalidKind(faults)
        return self

    @cached_property
    def fields_by_name(self) -> Mapping[str, ScalarField | RowsField]:
        return MappingProxyType({field.name: field for field in self.fields})

    @cached_property
    def image_fields(self) -> tuple[ImageField, ...]:
        """The fields that hold pictures, so that pictures sent inline can be stored before the item is checked."""
        return tuple(field for field in self.fields if isinstance(field, ImageField))

    @cached_property
    def placeholders(self) -> Mapping[str, Placeholder]:
        """What a layout may say of the kind's own, by name: fields first, then what is derived."""
        known = {field.name: placeholder_of(field) for field in self.fields}
        for derivation in self.derived:
            known |= _given(derivation, known)
        return MappingProxyType(known)

    @cached_property
    def checker(self) -> ItemChecker:
        return ItemChecker(self.fields, self.rules, self.derived, self.placeholders)

    def from_json(self, stored: Mapping[str, Any]) -> dict[str, Value]:
        """The typed values of an item that `to_json` wrote."""
        return from_json(self.fields, stored)


def _inconsistencies(kind: Kind) -> list[Fault]:
    """What is wrong between the parts of a declaration whose parts are right each for itself."""
    faults: list[Fault] = []
    known: dict[str, Placeholder] = {}
    for place, field in enumerate(kind.fields):
        if field.name in known or field.name in RESERVED_NAMES:
            owner = "a field before it" if field.name in known else "every document"
            where = ("fields", place, "name")
            faults.append(declared_fault(where, "name_taken", f"is a name that {owner} has already"))
        known[field.name] = placeholder_of(field)
    with _complaints(faults, "recipient"):
        _check_recipient(kind)
    for place, derivation in enumerate(kind.derived):
        with _complaints(faults, "derived", place):
            known |= _given(derivation, known)
    for place, rule in enumerate(kind.rules):
        with _complaints(faults, "rules", place):
            rule.check(kind.fields_by_name)
    for place, unique in enumerate(kind.unique):
        with _complaints(faults, "unique", place):
            unique.check(kind.fields_by_name)
    return faults


@contextmanager
def _complaints(faults: list[Fault], *path: str | int) -> Iterator[None]:
    """What the block complains of (ValueError) becomes a fault at the path."""
    try:
        yield
    except ValueError as error:
        faults.append(declared_fault(path, "inconsistent", f"cannot be: {error}"))


def _check_recipient(kind: Kind) -> None:
    if isinstance(kind.recipient, SpaAndDate):
        find_field(kind.fields_by_name, kind.recipient.spa_and_date, "date")
    elif not find_field(kind.fields_by_name, kind.recipient, "text").required:
        raise ValueError(f"{kind.recipient} names the recipient, so it must be required")


def _given(derivation: Derivation, known: Known) -> dict[str, Placeholder]:
    """What a derivation adds to the known placeholders, or the table that it gives more columns. Raises ValueError."""
    given = {placeholder.name: placeholder for placeholder in derivation.gives(known)}
    taken = given.keys() & (known.keys() | RESERVED_NAMES) - {derivation.widens}
    if taken:
        verb = "is a name" if len(taken) == 1 else "are names"
        raise ValueError(f"{', '.join(sorted(taken))} {verb} that something has already")
    return given


def parse_kind(declaration: object) -> Kind:
    """The kind that JSON data declare, as `kind_to_json` writes it. Raises `InvalidKind` with every fault."""
    if _count_patterns(declaration) > MAX_PATTERNS:
        message = f"have more than {MAX_PATTERNS} patterns"
        raise InvalidKind((declared_fault(("fields",), "too_many_patterns", message),))
    try:
        return Kind.model_validate(declaration)
    except ValidationError as error:
        raise InvalidKind(faults_of(error, declaration, tuple(Kind.model_fields))) from error


def _count_patterns(declaration: object) -> int:
    """How many patterns data declare at any depth of lists and objects, before anybody builds one."""
    match declaration:
        case Mapping():
            return ("pattern" in declaration) + sum(map(_count_patterns, declaration.values()))
        case list() | tuple():
            return sum(map(_count_patterns, declaration))
        case _:
            return 0


def kind_to_json(kind: Kind) -> dict[str, Any]:
    """A kind as JSON data, for a column or an answer; what stands at its default is left out."""
    return kind.model_dump(mode="json", exclude_defaults=True)


def kind_json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of what `custom_kind` takes: the language of fields, derivations and rules."""
    schema = Kind.model_json_schema()
    required = [name for name in schema["required"] if name != "name"]
    return {"$schema": DIALECT, **schema, "required": required}


def _load_library() -> dict[str, Kind]:
    files = sorted(Path(__file__).with_name("library").glob("*.yaml"))
    kinds = [parse_kind(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files]
    return {kind.name: kind for kind in kinds}


BUILT_IN: Final[Mapping[str, Kind]] = MappingProxyType(_load_library())


CUSTOM: Final = "custom"


def counted_kind(name: str) -> str:
    """What a kind is counted under: users' own are one."""
    return name if name in BUILT_IN else CUSTOM


def custom_kind(declaration: object) -> Kind:
    """The kind that a user's template brings, from JSON such as

        {"label": "Gift voucher", "recipient": "guest_name",
         "fields": [{"type": "text", "name": "guest_name", "label": "Guest", "required": true}]}

    and, if it likes, `name` (else the label in snake case), `description`, `number_prefix`, `spa_required`,
    `derived`, `rules` and `unique`. Raises `InvalidKind`, which names every fault, a built-in kind's name
    (`name_taken`) among them.
    """
    if not isinstance(declaration, Mapping):
        raise InvalidKind((declared_fault((), "not_an_object", "is declared by a JSON object"),))
    name = snake_case(str(declaration.get("label", "")))
    named = {"name": name, **declaration} if name else declaration
    if named.get("name") in BUILT_IN:
        raise InvalidKind((declared_fault(("name",), "name_taken", "is the name of a built-in kind"),))
    # A document must not pass for one of the house's own: verification shows its label, people read its number.
    label = str(declaration.get("label", "")).strip().casefold()
    if label in {kind.label.casefold() for kind in BUILT_IN.values()}:
        raise InvalidKind((declared_fault(("label",), "label_taken", "is the label of a built-in kind"),))
    if declaration.get("number_prefix") in {kind.number_prefix for kind in BUILT_IN.values()}:
        raise InvalidKind(
            (declared_fault(("number_prefix",), "prefix_taken", "begins a built-in kind's numbers"),)
        )
    return parse_kind(named)


def check_item(kind: Kind, raw: object) -> Checked | list[Fault]:
    """The typed values of an item, or every fault it has: see `ItemChecker.check`."""
    return kind.checker.check(raw)


def derive(kind: Kind, values: Values) -> dict[str, Value]:
    """What follows from a checked item's values, typed, by name; a table that gained columns is there whole."""
    derived: dict[str, Value] = {}
    for derivation in kind.derived:
        derived |= derivation.compute({**values, **derived})
    return derived


def recipient_name(
    kind: Kind, values: Values, *, spa_name: str | None, date_format: str = DEFAULT_DATE_FORMAT
) -> str:
    """The name that listings show: the kind's name field or, for the document of a day, the spa and the date."""
    if isinstance(kind.recipient, SpaAndDate):
        day = values[kind.recipient.spa_and_date]
        assert isinstance(day, date)
        return ", ".join(filter(None, (spa_name, format_date(day, date_format))))
    return str(values[kind.recipient])


def unique_claims(kind: Kind, values: Values, spa_id: UUID | str | None) -> tuple[UniqueClaim, ...]:
    """What an item claims for itself: scope `invoice_spa_bill.bill_number:<spa>:2026-27`, value `SB/0042`.

    Kinds that users made may share a name; whoever keeps their claims keeps them apart by template.
    """
    claims = (claim(u, kind.name, kind.fields_by_name[u.field].label, values, spa_id) for u in kind.unique)
    return tuple(filter(None, claims))
