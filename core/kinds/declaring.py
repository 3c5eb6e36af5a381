"""From pydantic's report on a declaration to faults: pointers into the JSON that was sent, codes that stay."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from core.errors import Fault
from core.kinds.faults import pointer_to
from core.kinds.parsing import closest

_TAGS: Final = ("type", "rule", "derive")
_CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown_option",
    "union_tag_invalid": "unknown_type",
    "union_tag_not_found": "missing",
}


def faults_of(error: ValidationError, declaration: object, options: Sequence[str]) -> tuple[Fault, ...]:
    """Every fault of a declaration; `options` are those of its outermost object, to guess which was meant."""
    faults: dict[tuple[str, str], Fault] = {}
    for problem in error.errors(include_url=False, include_input=False):
        fault = _fault(problem, declaration, options)
        # Of a list whose members are all faulty, pydantic says too that it is too short.
        is_echo = problem["type"] == "too_short" and any(
            place.startswith(f"{fault.pointer}/") for place, _ in faults
        )
        if not is_echo:
            faults.setdefault((fault.pointer, fault.code), fault)
    return tuple(faults.values())


def _fault(problem: Mapping[str, Any], declaration: object, options: Sequence[str]) -> Fault:
    path = _path(problem["loc"], declaration)
    message = str(problem["msg"]).removeprefix("Value error, ")
    match problem["type"]:
        case "missing":
            message = "is missing"
        case "extra_forbidden":
            near = closest(str(path[-1]), options) if len(path) == 1 else None
            message = f"is no option here{f' (did you mean {near}?)' if near else ''}"
        case "union_tag_not_found":
            path = (*path, problem["ctx"]["discriminator"].strip("'"))
            message = "is missing"
        case "union_tag_invalid":
            path = (*path, problem["ctx"]["discriminator"].strip("'"))
            message = f"is not one of {problem['ctx']['expected_tags']}"
    return declared_fault(path, _CODES.get(problem["type"], "invalid"), message)


def declared_fault(path: Sequence[str | int], code: str, message: str) -> Fault:
    """A fault at a place of a declaration; the message continues a sentence that begins with the place."""
    return Fault(pointer_to(*path), code, f"{_place(path)} {message}.")


def _place(path: Sequence[str | int]) -> str:
    """Where a person looks for it: `fields[3].label` counts from one, as people do."""
    place = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)
    return place.removeprefix(".") or "The kind"


def _path(location: Sequence[str | int], declaration: object) -> tuple[str | int, ...]:
    """Where in the declaration pydantic's location points: without the names of types that stand in it."""
    path: list[str | int] = []
    here: Any = declaration
    tag: object = None
    for place, step in enumerate(location, 1):
        is_last = place == len(location)
        if (tag is not None and step == tag) or not _leads_on(here, step, is_last):
            tag = None
            continue
        path.append(step)
        here = here[step] if not isinstance(here, Mapping) or step in here else None
        tag = next((here[name] for name in _TAGS if name in here), None) if _is_tagged(step, here) else None
    return tuple(path)


def _is_tagged(step: str | int, here: object) -> bool:
    return isinstance(step, int) and isinstance(here, Mapping)


def _leads_on(here: object, step: str | int, is_last: bool) -> bool:
    """Whether a step is one in the data (the last may name what is missing) and not the name of a type tried."""
    match here, step:
        case Mapping(), str():
            return step in here or is_last
        case [*items], int():
            return step < len(items)
        case _:
            return False
