"""Whether every name in braces stands for something: a field of the kind, a fact of the document or its issuer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.errors import Fault
from core.kinds import Kind, Placeholder
from core.kinds.parsing import closest
from core.rendering.blocks import CLAUSE, ROW
from core.rendering.layout import (
    Block,
    Column,
    Element,
    FlowBlock,
    Group,
    Image,
    Paragraph,
    Qr,
    Run,
    SideBySide,
    Signature,
    Table,
    TableRow,
    Text,
)
from core.rendering.placeholders import MalformedTemplateError, parse_template
from core.spas import ISSUER_PICTURES, ISSUER_TEXTS
from core.templates.document import TemplateDocument

DOCUMENT_FACTS: Final = ("number", "issue_date", "code", "verify_url")
"""What every document has of its own, whatever its kind. A kind may have an `issue_date` field, which then comes first."""

PAGE_NUMBERS: Final = ("page", "pages")


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names that may be written at one place of the layout."""

    texts: frozenset[str]
    pictures: frozenset[str]
    tables: Mapping[str, Placeholder]
    faults: list[Fault] = field(default_factory=list, compare=False)

    def with_texts(self, names: Sequence[str]) -> _Scope:
        return replace(self, texts=self.texts | frozenset(names))

    def text(self, pointer: str, text: str | None) -> None:
        """Every hole of `text` must be known."""
        try:
            template = parse_template(text or "")
        except MalformedTemplateError as error:
            self.faults.append(
                Fault(pointer, "bad_placeholder", f"This is no text with placeholders: {error}.")
            )
            return
        for name in template.names:
            self.known(pointer, name, self.texts, "stands for no text here")

    def condition(self, pointer: str, name: str | None) -> None:
        if name is not None:
            everything = self.texts | self.pictures | self.tables.keys()
            self.known(pointer, name, everything, "is nothing that this kind has")

    def known(
        self, pointer: str, name: str, names: frozenset[str] | Mapping[str, object], otherwise: str
    ) -> None:
        if name in names:
            return
        near = closest(name, tuple(names))
        question = f"; did you mean {near}?" if near else ""
        self.faults.append(Fault(pointer, "unknown_placeholder", f"{name} {otherwise}{question}."))


def check_names(document: TemplateDocument) -> list[Fault]:
    """A fault for every name in the document that neither its kind nor every document has."""
    scope = _scope_of(document.kind)
    scope.text("/title", document.title)
    layout = document.layout
    running = scope.with_texts(PAGE_NUMBERS)
    for number, side in enumerate(layout.sides):
        _elements(running, f"/layout/sides/{number}/elements", side.elements)
    for name in ("every_page", "first_page", "later_pages", "last_page"):
        _elements(running, f"/layout/{name}", getattr(layout, name))
    if layout.flow is not None:
        for number, block in enumerate(layout.flow.blocks):
            _block(scope, f"/layout/flow/blocks/{number}", block)
    return scope.faults


def _scope_of(kind: Kind) -> _Scope:
    own = kind.placeholders
    texts = {name for name, placeholder in own.items() if placeholder.shows not in ("image", "rows")}
    pictures = {name for name, placeholder in own.items() if placeholder.shows in ("image", "signature")}
    return _Scope(
        texts=frozenset(texts.union(DOCUMENT_FACTS, ISSUER_TEXTS)),
        pictures=frozenset(pictures.union(ISSUER_PICTURES)),
        tables={name: placeholder for name, placeholder in own.items() if placeholder.shows == "rows"},
    )


def _elements(scope: _Scope, pointer: str, elements: Sequence[Element]) -> None:
    for number, element in enumerate(elements):
        _element(scope, f"{pointer}/{number}", element)


def _element(scope: _Scope, pointer: str, element: Element) -> None:
    _conditions(scope, pointer, element)
    match element:
        case Text():
            _words(scope, pointer, element)
        case Qr():
            scope.text(f"{pointer}/text", element.text)
        case Image(field=str() as name) | Signature(field=name):
            scope.known(f"{pointer}/field", name, scope.pictures, "stands for no picture")
        case Group():
            _elements(scope, f"{pointer}/elements", element.elements)
        case _:
            pass


def _block(scope: _Scope, pointer: str, block: FlowBlock) -> None:
    _conditions(scope, pointer, block)
    match block:
        case Paragraph():
            counting = scope.with_texts([CLAUSE])
            _words(counting, pointer, block)
            counting.text(f"{pointer}/marker", block.marker)
        case Table():
            _table(scope, pointer, block)
        case Block():
            _elements(scope, f"{pointer}/elements", block.elements)
        case SideBySide():
            for number, strip in enumerate(block.strips):
                for place, part in enumerate(strip.blocks):
                    _block(scope, f"{pointer}/strips/{number}/blocks/{place}", part)
        case _:
            pass


def _words(scope: _Scope, pointer: str, element: Text | Paragraph) -> None:
    scope.text(f"{pointer}/text", element.text)
    for number, run in enumerate(element.runs):
        _conditions(scope, f"{pointer}/runs/{number}", run)
        scope.text(f"{pointer}/runs/{number}/text", run.text)
        scope.text(f"{pointer}/runs/{number}/join", run.join)


def _table(scope: _Scope, pointer: str, table: Table) -> None:
    columns: tuple[Placeholder, ...] = ()
    if table.rows_from is not None:
        scope.known(f"{pointer}/rows_from", table.rows_from, scope.tables, "stands for no table")
        source = scope.tables.get(table.rows_from)
        columns = source.columns if source else ()
    inside = scope.with_texts([ROW, *(column.name for column in columns)])
    for number, column in enumerate(table.columns):
        _column(scope, inside, f"{pointer}/columns/{number}", column)
    for name, rows in (("rows", table.rows), ("totals", table.totals)):
        for number, row in enumerate(rows):
            _row(scope, f"{pointer}/{name}/{number}", row)
    scope.text(f"{pointer}/page_total_label", table.page_total_label)
    scope.text(f"{pointer}/empty", table.empty)
    if table.page_total is not None:
        money = frozenset(column.name for column in columns if column.shows == "money")
        scope.known(f"{pointer}/page_total", table.page_total, money, "is no column of money in this table")


def _column(scope: _Scope, inside: _Scope, pointer: str, column: Column) -> None:
    scope.text(f"{pointer}/header", column.header)
    inside.text(f"{pointer}/text", column.text)


def _row(scope: _Scope, pointer: str, row: TableRow) -> None:
    _conditions(scope, pointer, row)
    for number, cell in enumerate(row.cells):
        scope.text(f"{pointer}/cells/{number}", cell)


def _conditions(scope: _Scope, pointer: str, drawn: Element | FlowBlock | Run | TableRow) -> None:
    scope.condition(f"{pointer}/when", drawn.when)
    scope.condition(f"{pointer}/unless", drawn.unless)
