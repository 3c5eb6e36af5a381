"""The language in which a kind says what it is made of: a list of typed fields, as JSON or YAML can write it.

    {type: text, name: candidate_name, label: Candidate name, required: true}
    {type: money, name: salary, label: Salary, minimum: 1}
    {type: rows, name: lines, label: Lines, min_rows: 1, columns: [{type: text, name: service_name, label: Service}, ...]}

Every field has a `name` (what `{name}` in a layout says), a `label` (what people read), `required`, `help`.
"""

import re
import unicodedata
from abc import abstractmethod
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Option

from core.kinds.parsing import (
    MONEY_LIMIT,
    Parser,
    choice_parser,
    date_parser,
    integer_parser,
    matcher,
    money_parser,
    number_parser,
    parse_bool,
    parse_image,
    signature_parser,
    text_parser,
)
from core.kinds.text import Refused, clean_text
from core.kinds.text_formats import IDENTITIES, TextFormat
from core.kinds.values import ImageReference, TypedName

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
MAX_ROWS = 1000
ROW_NUMBER = "row"  # what layouts call the number of a row, so no column may


def _written(max_length: int, *, multi_line: bool = False) -> AfterValidator:
    def check(text: str) -> str:
        try:
            return clean_text(text, max_length=max_length, multi_line=multi_line)
        except Refused as refused:
            raise ValueError(refused.reason) from refused

    return AfterValidator(check)


def _check_pattern(pattern: str) -> str:
    matcher(pattern)
    return pattern


FieldName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), _written(80)]
Help = Annotated[str, _written(300, multi_line=True)]
Choice = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), _written(120)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_check_pattern)]
Number = Annotated[Decimal, Option(allow_inf_nan=False, ge=Decimal(-(10**12)), le=Decimal(10**12))]
Rupees = Annotated[Decimal, Option(allow_inf_nan=False, ge=-MONEY_LIMIT, le=MONEY_LIMIT, decimal_places=2)]
Whole = Annotated[int, Option(ge=-(10**12), le=10**12)]


class Declaration(BaseModel):
    """What all declarations of a kind share: they are frozen, and an option nobody knows is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Field(Declaration):
    name: FieldName
    label: Label
    required: bool = False
    help: Help = ""

    @property
    def initial(self) -> Any:
        """What the field holds when nobody says otherwise; None when it then holds nothing."""
        return getattr(self, "default", None)


class _Scalar(_Field):
    @model_validator(mode="after")
    def _takes_its_own_default(self) -> Self:
        if self.initial is not None:
            try:
                self.parser()(self.initial)
            except Refused as refused:
                raise ValueError(f"the default {refused.reason}") from refused
        return self

    @abstractmethod
    def parser(self) -> Parser[Any]:
        """The function that turns what came over the wire into this field's value, or raises `Refused`."""


class TextField(_Scalar):
    """Text of at most `max_length` graphemes. `pattern` (no look-around, no back references) must match all of it.

    `masked` shows only the last four letters and digits; an Aadhaar number or a PAN always is.
    """

    type: Literal["text"]
    max_length: Annotated[int, Option(ge=1, le=5000)] = 120
    multi_line: bool = False
    format: TextFormat | None = None
    pattern: Pattern | None = None
    masked: bool = False
    default: str | None = None

    @property
    def is_masked(self) -> bool:
        return self.masked or self.format in IDENTITIES

    def parser(self) -> Parser[str]:
        return text_parser(
            max_length=self.max_length,
            multi_line=self.multi_line,
            text_format=self.format,
            pattern=self.pattern,
        )


class _Ranged(_Scalar):
    minimum: Any
    maximum: Any

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError("the minimum is above the maximum")
        return self


class MoneyField(_Ranged):
    """Rupees and paise; at most 9,999,999,999.99 either way."""

    type: Literal["money"]
    minimum: Rupees = Decimal("0.00")
    maximum: Rupees = MONEY_LIMIT
    default: Rupees | None = None

    def parser(self) -> Parser[Decimal]:
        return money_parser(minimum=self.minimum, maximum=self.maximum)


class NumberField(_Ranged):
    """A number with `decimals` decimals: a quantity, a rate in percent."""

    type: Literal["number"]
    minimum: Number = Decimal(-(10**12))
    maximum: Number = Decimal(10**12)
    decimals: Annotated[int, Option(ge=0, le=6)] = 2
    default: Number | None = None

    def parser(self) -> Parser[Decimal]:
        return number_parser(minimum=self.minimum, maximum=self.maximum, decimals=self.decimals)


class IntegerField(_Ranged):
    type: Literal["integer"]
    minimum: Whole = -(10**12)
    maximum: Whole = 10**12
    default: Whole | None = None

    def parser(self) -> Parser[int]:
        return integer_parser(minimum=self.minimum, maximum=self.maximum)


class DateField(_Scalar):
    """A day. The default range keeps out slips of the pen; four digits print every year in it."""

    type: Literal["date"]
    earliest: date = date(1900, 1, 1)
    latest: date = date(2199, 12, 31)

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.earliest > self.latest:
            raise ValueError("the earliest day is after the latest")
        return self

    def parser(self) -> Parser[date]:
        return date_parser(earliest=self.earliest, latest=self.latest)


class ChoiceField(_Scalar):
    type: Literal["choice"]
    choices: Annotated[tuple[Choice, ...], Option(min_length=1, max_length=100)]
    default: str | None = None

    @model_validator(mode="after")
    def _offers_each_choice_once(self) -> Self:
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("the same choice stands twice")
        return self

    def parser(self) -> Parser[str]:
        return choice_parser(self.choices)


class BoolField(_Scalar):
    type: Literal["bool"]
    default: bool | None = None

    def parser(self) -> Parser[bool]:
        return parse_bool


class ImageField(_Scalar):
    """A stored picture, by its digest; with `signature`, a typed name will do instead."""

    type: Literal["image"]
    signature: bool = False

    def parser(self) -> Parser[ImageReference | TypedName]:
        return signature_parser(max_length=120) if self.signature else parse_image


Column: TypeAlias = Annotated[
    TextField | MoneyField | NumberField | IntegerField | DateField | ChoiceField | BoolField,
    Option(discriminator="type"),
]


class RowsField(_Field):
    """A table that the item brings: each row an object with the `columns`. `required` asks for at least one row."""

    type: Literal["rows"]
    columns: Annotated[tuple[Column, ...], Option(min_length=1, max_length=20)]
    min_rows: Annotated[int, Option(ge=0, le=MAX_ROWS)] = 0
    max_rows: Annotated[int, Option(ge=1, le=MAX_ROWS)] = 500

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        if self.fewest > self.max_rows:
            raise ValueError("min_rows is above max_rows")
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names):
            raise ValueError("two columns have the same name")
        if ROW_NUMBER in names:
            raise ValueError(f"no column may be named {ROW_NUMBER}: that is the number of the row")
        return self

    @property
    def fewest(self) -> int:
        return max(self.min_rows, 1 if self.required else 0)


ScalarField: TypeAlias = (
    TextField | MoneyField | NumberField | IntegerField | DateField | ChoiceField | BoolField | ImageField
)
Field: TypeAlias = Annotated[ScalarField | RowsField, Option(discriminator="type")]


def snake_case(label: str) -> str:
    """A name made of a label: "Gift voucher" → gift_voucher; empty when it has no Latin letter to begin with."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).lstrip("_0123456789")[:40].rstrip("_")
