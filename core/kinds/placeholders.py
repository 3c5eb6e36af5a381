"""The names that a layout may write in braces, and what stands in their place."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.kinds.fields import ImageField, RowsField, ScalarField, TextField

Shown: TypeAlias = Literal[
    "text", "masked", "money", "number", "integer", "date", "bool", "image", "signature", "rows"
]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name for a layout: `{name}` in text, the source of a picture (`image`, `signature`), or of a table (`rows`).

    `shows` says how the value is written; a `signature` is a picture or, where a name was typed, text.
    `columns` are the names inside a row of a table. What is not `always` there is missing where the item does
    not give it.
    """

    name: str
    label: str
    shows: Shown
    help: str = ""
    always: bool = True
    columns: tuple["Placeholder", ...] = ()


def placeholder_of(field: ScalarField | RowsField) -> Placeholder:
    """What a layout may draw of a field. Rows are always there, if only as none."""
    always = field.required or field.initial is not None
    match field:
        case RowsField():
            columns = tuple(map(placeholder_of, field.columns))
            return Placeholder(field.name, field.label, "rows", field.help, columns=columns)
        case ImageField():
            return Placeholder(
                field.name, field.label, "signature" if field.signature else "image", field.help, always
            )
        case TextField() if field.is_masked:
            return Placeholder(field.name, field.label, "masked", field.help, always)
        case _:
            shows: Shown = "text" if field.type == "choice" else field.type
            return Placeholder(field.name, field.label, shows, field.help, always)
