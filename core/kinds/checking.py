"""Whether an item is what its kind asks for: every fault at once, or its typed values."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Fault
from core.kinds.derivations import Derivation, Known
from core.kinds.faults import pointer_to
from core.kinds.fields import RowsField, ScalarField
from core.kinds.parsing import Parser, closest, is_absent
from core.kinds.rules import Rule
from core.kinds.text import Refused
from core.kinds.values import Row, Value
from core.plurals import counted

MAX_UNKNOWN_NAMED: Final = (
    20  # of a thousand unknown names, the first twenty are enough to see what went wrong
)


@dataclass(frozen=True, slots=True)
class Checked:
    """An item that is what its kind asks for."""

    values: dict[str, Value]


class ItemChecker:
    """The fields, rules and derivations of a kind, made ready to check many items. Safe to share between threads."""

    def __init__(
        self,
        fields: Sequence[ScalarField | RowsField],
        rules: Sequence[Rule] = (),
        derived: Sequence[Derivation] = (),
        known: Known | None = None,
    ) -> None:
        self._fields = {field.name: field for field in fields}
        self._scalars = _Scalars(field for field in fields if not isinstance(field, RowsField))
        self._tables = tuple(_Table(field) for field in fields if isinstance(field, RowsField))
        self._rules = tuple(rules)
        self._derived = tuple(derived)
        self._known = known or {}

    def check(self, raw: object) -> Checked | list[Fault]:
        """The typed values of an item, or all its faults, never none: its fields' first, then unknown names, then rules.

        `raw` is what JSON, a form or the row of a spreadsheet gave; a null or a blank text counts as absent.
        Pointers are relative to the item; details name the field's label and never repeat a value. Sums past
        the range of money are looked for only in an item without other faults.
        """
        if not isinstance(raw, Mapping):
            return [Fault("", "not_an_object", "An item is an object with a value for each field.")]
        faults: list[Fault] = []
        values = self._scalars.read(raw, faults)
        for table in self._tables:
            values[table.name] = table.read(raw.get(table.name), faults)
        if not raw.keys() <= self._fields.keys():
            faults += _unknown(raw, self._fields.keys())
        if self._rules:
            faulty = {fault.pointer.split("/")[1] for fault in faults if fault.pointer}
            for rule in self._rules:
                faults += rule.apply(values, faulty, self._fields)
        if not faults:
            for derivation in self._derived:
                faults += derivation.faults(values, self._known)
        return faults or Checked(values)


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A field or a column that holds one value, ready to read it."""

    name: str
    label: str
    required: bool
    parse: Parser[Any]
    initial: Any


class _Scalars:
    """The single values of an object, be it an item or a row of a table."""

    def __init__(self, fields: Iterable[ScalarField]) -> None:
        self._parts = tuple(_ready(field) for field in fields)
        self.names = frozenset(part.name for part in self._parts)

    def read(
        self, raw: Mapping[str, object], faults: list[Fault], *path: str | int, where: str = ""
    ) -> dict[str, Any]:
        """The values of an object that stands at `path`; faults are added, their details beginning with `where`."""
        values: dict[str, Any] = {}
        for part in self._parts:
            given = raw.get(part.name)
            if is_absent(given):
                if part.initial is not None:
                    values[part.name] = part.initial
                elif part.required:
                    detail = f"{where}{part.label} is missing."
                    faults.append(Fault(pointer_to(*path, part.name), "missing", detail))
                continue
            try:
                values[part.name] = part.parse(given)
            except Refused as refused:
                detail = f"{where}{part.label} {refused.reason}."
                faults.append(Fault(pointer_to(*path, part.name), refused.code, detail))
        return values


def _ready(field: ScalarField) -> _Scalar:
    parse = field.parser()
    initial = None if field.initial is None else parse(field.initial)
    return _Scalar(field.name, field.label, field.required, parse, initial)


class _Table:
    """A field of rows, ready to read them."""

    def __init__(self, field: RowsField) -> None:
        self.name = field.name
        self._label = field.label
        self._fewest = field.fewest
        self._most = field.max_rows
        self._cells = _Scalars(field.columns)

    def read(self, raw: object, faults: list[Fault]) -> tuple[Row, ...]:
        """The rows; none when nothing is given. Of a table that is too long no row is looked at."""
        problem = self._problem(raw)
        if problem:
            faults.append(Fault(pointer_to(self.name), *problem))
        if problem or is_absent(raw):
            return ()
        assert isinstance(raw, list | tuple)
        return tuple(self._row(row, position, faults) for position, row in enumerate(raw))

    def _problem(self, raw: object) -> tuple[str, str] | None:
        if is_absent(raw):
            return ("missing", f"{self._label} is missing.") if self._fewest else None
        if not isinstance(raw, list | tuple):
            return "not_rows", f"{self._label} is not a list of rows."
        if len(raw) < self._fewest:
            return (
                "too_few_rows",
                f"{self._label} needs at least {counted(self._fewest, 'row')}, not {len(raw)}.",
            )
        if len(raw) > self._most:
            return (
                "too_many_rows",
                f"{self._label} takes at most {counted(self._most, 'row')}, not {len(raw)}.",
            )
        return None

    def _row(self, raw: object, position: int, faults: list[Fault]) -> Row:
        where = f"{self._label}, row {position + 1}: "
        if not isinstance(raw, Mapping):
            detail = f"{where}a row is an object with a value for each column."
            faults.append(Fault(pointer_to(self.name, position), "not_an_object", detail))
            return {}
        if not raw.keys() <= self._cells.names:
            faults += _unknown(raw, self._cells.names, self.name, position, where=where)
        return self._cells.read(raw, faults, self.name, position, where=where)


def _unknown(
    raw: Mapping[str, object], known: Collection[str], *path: str | int, where: str = ""
) -> Iterator[Fault]:
    """A fault for each name that is no field's, with the one that was probably meant."""
    strangers = [str(name) for name in raw if name not in known]
    for name in strangers[:MAX_UNKNOWN_NAMED]:
        near = closest(name, known)
        hint = f" (did you mean {near}?)" if near else ""
        yield Fault(pointer_to(*path, name), "unknown_field", f"{where}There is no field of that name{hint}.")
    if len(strangers) > MAX_UNKNOWN_NAMED:
        more = len(strangers) - MAX_UNKNOWN_NAMED
        names = counted(more, "more name that is no field's", "more names that are no field's")
        yield Fault(pointer_to(*path), "unknown_field", f"{where}And {names}.")
