"""The order in which a line of mixed directions is read and seen: the Unicode Bidirectional Algorithm (UAX #9).

Explicit embeddings, overrides and isolates are not honoured: values that hold them are refused long before, and a
layout has no use for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

_BRACKETS: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "⁅": "⁆",
    "⁽": "⁾",
    "₍": "₎",
    "⟨": "⟩",
    "⟦": "⟧",
    "⟪": "⟫",
    "「": "」",
}
_CLOSING: Final = frozenset(_BRACKETS.values())
_STRONG: Final = {"L": "L", "R": "R", "EN": "R", "AN": "R"}  # what neutrals see in their neighbours (N0, N1)
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON"})
_IGNORED: Final = frozenset({"BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def base_level(text: str) -> int:
    """1 where the first letter of a direction is right-to-left, else 0 (rules P2 and P3)."""
    if text.isascii() or _RIGHT_TO_LEFT.search(text) is None:
        return 0
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return 0
            case "R" | "AL":
                return 1
    return 0


def levels_of(text: str, base: int) -> bytes | None:
    """The embedding level of each character (even: left to right), or None where the whole text is left to right."""
    if base == 0 and (text.isascii() or _RIGHT_TO_LEFT.search(text) is None):
        return None
    originals = [unicodedata.bidirectional(character) or "L" for character in text]
    kept = [index for index, kind in enumerate(originals) if kind not in _IGNORED]
    kinds = [originals[index] for index in kept]
    edge = "R" if base else "L"
    _resolve_weak(kinds, edge)
    _resolve_brackets([text[index] for index in kept], [originals[index] for index in kept], kinds, edge)
    _resolve_neutral(kinds, edge)

    levels = bytearray([base]) * len(text)
    for index, kind in zip(kept, kinds, strict=True):
        levels[index] = base + _raise(kind, base)
    for index, kind in enumerate(originals):  # what was left out goes with what stands before it
        if kind in _IGNORED and index:
            levels[index] = levels[index - 1]
    _lower_trailing_space(originals, levels, base)
    return bytes(levels)


def visual_order(levels: Sequence[int]) -> list[int]:
    """The indices of a line's runs from left to right, given their levels in reading order (rule L2)."""
    order = list(range(len(levels)))
    if not levels:
        return order
    lowest_odd = min((level for level in levels if level % 2), default=None)
    if lowest_odd is None:
        return order
    for level in range(max(levels), lowest_odd - 1, -1):
        start = 0
        while start < len(order):
            if levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return order


def _resolve_weak(kinds: list[str], edge: str) -> None:
    """Rules W1 to W7, in place."""
    before, strong = edge, edge
    for index, kind in enumerate(kinds):
        if kind == "NSM":
            kind = before  # noqa: PLW2901 - W1: a mark goes with its letter
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kind = "AN"  # noqa: PLW2901 - W2
        kinds[index] = before = kind
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for index in range(1, len(kinds) - 1):  # W4: one separator between two numbers
        left, kind, right = kinds[index - 1 : index + 2]
        if left == right and ((kind in ("ES", "CS") and left == "EN") or (kind == "CS" and left == "AN")):
            kinds[index] = left
    _resolve_terminators(kinds)
    strong = edge
    for index, kind in enumerate(kinds):
        if kind in ("ES", "ET", "CS"):
            kinds[index] = "ON"  # W6
        elif kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"  # W7


def _resolve_terminators(kinds: list[str]) -> None:
    """Rule W5: signs such as ₹ and % go with the European number beside them."""
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        neighbours = (kinds[start - 1] if start else "", kinds[end] if end < len(kinds) else "")
        if "EN" in neighbours:
            kinds[start:end] = ["EN"] * (end - start)
        start = end + 1


def _resolve_brackets(characters: list[str], originals: list[str], kinds: list[str], edge: str) -> None:
    """Rule N0: a pair of brackets takes one direction, so that it never opens one way and closes the other."""
    for opening, closing in _bracket_pairs(characters, kinds):
        inside = {_STRONG[kind] for kind in kinds[opening + 1 : closing] if kind in _STRONG}
        if edge in inside:
            direction = edge
        elif inside:
            context = next((_STRONG[kind] for kind in reversed(kinds[:opening]) if kind in _STRONG), edge)
            direction = context if context in inside else edge
        else:
            continue
        for bracket in (opening, closing):
            kinds[bracket] = direction
            for follower in range(bracket + 1, len(kinds)):
                if originals[follower] != "NSM":
                    break
                kinds[follower] = direction


def _bracket_pairs(characters: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    """Where brackets open and close, in the order of the opening ones (BD16)."""
    waiting: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for index, character in enumerate(characters):
        if kinds[index] != "ON":
            continue
        if character in _BRACKETS:
            waiting.append((_BRACKETS[character], index))
        elif character in _CLOSING:
            for depth in range(len(waiting) - 1, -1, -1):
                if waiting[depth][0] == character:
                    pairs.append((waiting[depth][1], index))
                    del waiting[depth:]
                    break
    return sorted(pairs)


def _resolve_neutral(kinds: list[str], edge: str) -> None:
    """Rules N1 and N2: neutrals between two of one direction take it, others that of the paragraph."""
    start = 0
    while start < len(kinds):
        if kinds[start] not in _NEUTRAL:
            start += 1
            continue
        end = start
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        left = _STRONG[kinds[start - 1]] if start else edge
        right = _STRONG[kinds[end]] if end < len(kinds) else edge
        kinds[start:end] = [left if left == right else edge] * (end - start)
        start = end


def _raise(kind: str, base: int) -> int:
    """Rules I1 and I2."""
    if base % 2:
        return 0 if kind == "R" else 1
    return {"L": 0, "R": 1}.get(kind, 2)


def _lower_trailing_space(originals: list[str], levels: bytearray, base: int) -> None:
    """Rule L1, but for the ends of lines that do not exist yet (spaces there are never set)."""
    trailing = True
    for index in range(len(originals) - 1, -1, -1):
        kind = originals[index]
        if kind in ("S", "B"):
            trailing = True
        if trailing and (kind in ("S", "B", "WS") or kind in _IGNORED):
            levels[index] = base
        else:
            trailing = False
