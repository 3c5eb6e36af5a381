"""The Goods and Services Tax Identification Number of a supplier.

Fifteen characters: two digits of the state, the ten of the holder's PAN, one that counts the holder's
registrations in the state, `Z` (or, for some classes of taxpayer, another letter), and a check character. The
check character is a Luhn sum over base 36, as the GST portal computes it: factors 1 and 2 in turn from the
left, quotient and remainder by 36 added.
"""

import re
from types import MappingProxyType
from typing import Final

from core.kinds.text import Refused

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHAPE = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z][A-Z][0-9A-Z]")

# The GST portal's list of state codes; 25 and 28 are of territories since merged and still stand on old registrations.
STATE_CODES: Final = MappingProxyType(
    {
        "01": "Jammu and Kashmir",
        "02": "Himachal Pradesh",
        "03": "Punjab",
        "04": "Chandigarh",
        "05": "Uttarakhand",
        "06": "Haryana",
        "07": "Delhi",
        "08": "Rajasthan",
        "09": "Uttar Pradesh",
        "10": "Bihar",
        "11": "Sikkim",
        "12": "Arunachal Pradesh",
        "13": "Nagaland",
        "14": "Manipur",
        "15": "Mizoram",
        "16": "Tripura",
        "17": "Meghalaya",
        "18": "Assam",
        "19": "West Bengal",
        "20": "Jharkhand",
        "21": "Odisha",
        "22": "Chhattisgarh",
        "23": "Madhya Pradesh",
        "24": "Gujarat",
        "25": "Daman and Diu",
        "26": "Dadra and Nagar Haveli and Daman and Diu",
        "27": "Maharashtra",
        "28": "Andhra Pradesh (before 2014)",
        "29": "Karnataka",
        "30": "Goa",
        "31": "Lakshadweep",
        "32": "Kerala",
        "33": "Tamil Nadu",
        "34": "Puducherry",
        "35": "Andaman and Nicobar Islands",
        "36": "Telangana",
        "37": "Andhra Pradesh",
        "38": "Ladakh",
        "97": "Other territory",
        "99": "Centre jurisdiction",
    }
)


def check_gstin(text: str) -> str:
    """The GSTIN in capitals, without outer white space.

    Raises `Refused` with code `bad_gstin`, whose reason says what is wrong: the shape, the state or the check
    character.
    """
    gstin = text.strip().upper()
    if not _SHAPE.fullmatch(gstin):
        raise Refused("bad_gstin", "is no GSTIN: 15 characters, such as 29AAGCB7383J1Z4")
    if gstin[:2] not in STATE_CODES:
        raise Refused("bad_gstin", f"is no GSTIN: there is no state {gstin[:2]}")
    if gstin[14] != gstin_check_character(gstin[:14]):
        raise Refused(
            "bad_gstin", "is no GSTIN: its last character, which checks the others, does not agree with them"
        )
    return gstin


def gstin_check_character(first_fourteen: str) -> str:
    """The fifteenth character of a GSTIN, from the fourteen before it (digits and capitals)."""
    total = 0
    for position, character in enumerate(first_fourteen):
        product = _DIGITS.index(character) * (1 + position % 2)
        total += product // 36 + product % 36
    return _DIGITS[-total % 36]
