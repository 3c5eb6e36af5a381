"""The domain of document kinds: what a document is made of, is data.

A `Kind` is a typed list of fields plus declared derivations and rules. Eight are built in (`BUILT_IN`, the files of
`library/`); a user's template brings its own (`custom_kind`). An item goes through here in this order:

    check_item(kind, raw)              Checked(values), or a list of every Fault
    image_references(values)           the pictures that must exist
    unique_claims(kind, values, spa)   what may not come twice
    to_json(values)                    into a JSON column, and kind.from_json(stored) back
    present(kind, values)              display strings, pictures and tables, for a layout's placeholders(kind)
"""

from core.kinds.checking import Checked, ItemChecker
from core.kinds.durations import Duration, duration_between
from core.kinds.faults import InvalidKind
from core.kinds.fields import RowsField, ScalarField
from core.kinds.formatting import (
    DEFAULT_DATE_FORMAT,
    check_date_format,
    financial_year,
    format_date,
    format_money,
    format_number,
    mask,
    money_in_words,
    typeset_date,
)
from core.kinds.gstin import STATE_CODES, check_gstin
from core.kinds.item_schema import item_json_schema
from core.kinds.kinds import (
    BUILT_IN,
    CUSTOM,
    RESERVED_NAMES,
    Kind,
    SpaAndDate,
    check_item,
    counted_kind,
    custom_kind,
    derive,
    kind_json_schema,
    kind_to_json,
    parse_kind,
    recipient_name,
    unique_claims,
)
from core.kinds.placeholders import Placeholder
from core.kinds.presentation import Presented, placeholders, present
from core.kinds.stored_form import from_json, to_json
from core.kinds.text import Refused, clean_text
from core.kinds.uniqueness import UniqueClaim
from core.kinds.values import ImageReference, TypedName, Value, Values, image_reference, image_references

__all__ = [
    "BUILT_IN",
    "CUSTOM",
    "DEFAULT_DATE_FORMAT",
    "RESERVED_NAMES",
    "STATE_CODES",
    "Checked",
    "Duration",
    "ImageReference",
    "InvalidKind",
    "ItemChecker",
    "Kind",
    "Placeholder",
    "Presented",
    "Refused",
    "RowsField",
    "ScalarField",
    "SpaAndDate",
    "TypedName",
    "UniqueClaim",
    "Value",
    "Values",
    "check_date_format",
    "check_gstin",
    "check_item",
    "clean_text",
    "counted_kind",
    "custom_kind",
    "derive",
    "duration_between",
    "financial_year",
    "format_date",
    "format_money",
    "format_number",
    "from_json",
    "image_reference",
    "image_references",
    "item_json_schema",
    "kind_json_schema",
    "kind_to_json",
    "mask",
    "money_in_words",
    "parse_kind",
    "placeholders",
    "present",
    "recipient_name",
    "to_json",
    "typeset_date",
    "unique_claims",
]
