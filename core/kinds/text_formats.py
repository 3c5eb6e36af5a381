"""Texts with a form of their own: telephone numbers, tax numbers, bill numbers and the like.

Each form is a function that takes cleaned text, gives it in its usual writing, and raises `Refused` with the
form's own code. `PATTERNS` says the same to a form on a page, as far as a regular expression of ECMA 262 can.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from core.kinds.gstin import check_gstin
from core.kinds.text import Refused

TextFormat = Literal[
    "aadhaar", "bill_number", "card_reference", "email", "gstin", "hsn_code", "pan", "phone", "time_of_day"
]

IDENTITIES: Final = frozenset({"aadhaar", "pan"})  # shown masked whatever the field says

PATTERNS: Final[Mapping[TextFormat, str]] = MappingProxyType(
    {
        "aadhaar": r"^[2-9][0-9]{3} ?[0-9]{4} ?[0-9]{4}$",
        "bill_number": r"^[A-Za-z0-9/-]{1,16}$",
        "card_reference": r"^[A-Za-z0-9*][A-Za-z0-9*/ -]{2,27}$",
        "email": r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$",
        "gstin": r"^[0-9]{2}[A-Za-z]{5}[0-9]{4}[A-Za-z][1-9A-Za-z][A-Za-z][0-9A-Za-z]$",
        "hsn_code": r"^([0-9]{4}|[0-9]{6}|[0-9]{8})$",
        "pan": r"^[A-Za-z]{5}[0-9]{4}[A-Za-z]$",
        "phone": r"^\+?[0-9(][0-9 ()-]{5,22}[0-9]$",
        "time_of_day": r"^([01]?[0-9]|2[0-3]):[0-5][0-9]$",
    }
)
_SHAPES = {name: re.compile(pattern, re.ASCII) for name, pattern in PATTERNS.items()}


def _check_aadhaar(text: str) -> str:
    """Twelve digits, the last a Verhoeff check digit (UIDAI), in groups of four."""
    digits = text.replace(" ", "")
    if not _SHAPES["aadhaar"].fullmatch(text) or not _passes_verhoeff(digits):
        raise Refused(
            "bad_aadhaar", "is no Aadhaar number: twelve digits, the last of which checks the others"
        )
    return f"{digits[:4]} {digits[4:8]} {digits[8:]}"


def _check_bill_number(text: str) -> str:
    """CGST Rules 2017, rule 46(b): at most sixteen of letters, digits, hyphen and slash."""
    if not _SHAPES["bill_number"].fullmatch(text):
        raise Refused("bad_bill_number", "is not made of at most 16 letters, digits, hyphens and slashes")
    return text


def _check_card_reference(text: str) -> str:
    """The last four digits of a card, or the reference of a payment. A whole card number must not be kept (PCI DSS 3.5)."""
    digits = re.sub(r"[ -]", "", text)
    if re.fullmatch(r"[0-9]{13,19}", digits) and _passes_luhn(digits):
        raise Refused("full_card_number", "is a whole card number; give its last four digits only")
    if not _SHAPES["card_reference"].fullmatch(text):
        raise Refused(
            "bad_card_reference", "is neither the last four digits of a card nor a payment reference"
        )
    return text


def _check_email(text: str) -> str:
    if len(text) > 254 or not _SHAPES["email"].fullmatch(text):  # RFC 5321, section 4.5.3.1
        raise Refused("bad_email", "is no e-mail address")
    return text


def _check_hsn_code(text: str) -> str:
    """Harmonised System of Nomenclature or Services Accounting Code: 4, 6 or 8 digits (Notification 78/2020-CT)."""
    if not _SHAPES["hsn_code"].fullmatch(text):
        raise Refused("bad_hsn_code", "is no HSN or SAC code: 4, 6 or 8 digits")
    return text


def _check_pan(text: str) -> str:
    if not _SHAPES["pan"].fullmatch(text):
        raise Refused("bad_pan", "is no PAN: five letters, four digits, a letter")
    return text.upper()


def _check_phone(text: str) -> str:
    """Seven to fifteen digits (ITU-T E.164), written as people write them."""
    if not _SHAPES["phone"].fullmatch(text) or not 7 <= sum(map(str.isdigit, text)) <= 15:
        raise Refused("bad_phone", "is no telephone number: 7 to 15 digits, such as +91 98765 43210")
    return text


def _check_time_of_day(text: str) -> str:
    if not _SHAPES["time_of_day"].fullmatch(text):
        raise Refused("not_a_time", "is no time of day; write it as 14:30")
    return text.rjust(5, "0")


FORMATS: Final[Mapping[TextFormat, Callable[[str], str]]] = MappingProxyType(
    {
        "aadhaar": _check_aadhaar,
        "bill_number": _check_bill_number,
        "card_reference": _check_card_reference,
        "email": _check_email,
        "gstin": check_gstin,
        "hsn_code": _check_hsn_code,
        "pan": _check_pan,
        "phone": _check_phone,
        "time_of_day": _check_time_of_day,
    }
)


def _passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _passes_verhoeff(digits: str) -> bool:
    """J. Verhoeff, Error Detecting Decimal Codes (1969): products in the dihedral group of order ten."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _dihedral(check, _PERMUTED[place % 8][int(digit)])
    return check == 0


def _dihedral(left: int, right: int) -> int:
    turned = (right if left < 5 else -right) + left
    return turned % 5 + (5 if (left < 5) != (right < 5) else 0)


def _permutations() -> tuple[tuple[int, ...], ...]:
    step = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(step[value] for value in rows[-1]))
    return tuple(rows)


_PERMUTED = _permutations()
