"""SVG's path language: all commands of SVG 1.1, section 8.3, absolute and relative, with arcs turned into curves."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path, Segment

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_FLAG: Final = re.compile(r"[01]")
_SKIP: Final = re.compile(r"[\s,]*")
_ARGUMENTS: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}


class PathSyntaxError(ValueError):
    """Text that is no path. The message says what was found and where."""


def parse_path(text: str) -> Path:
    """Raises PathSyntaxError where the text is not a path that begins with a move."""
    pen = _Pen()
    for command, arguments in _commands(text):
        pen.do(command, arguments)
    return tuple(pen.segments)


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with one set of its arguments; a repeated set repeats the command (after a move: a line)."""
    position = _skip(text, 0)
    while position < len(text):
        command = text[position]
        if command.upper() not in _ARGUMENTS:
            raise PathSyntaxError(f"expected a command at character {position + 1}, found {command!r}")
        position = _skip(text, position + 1)
        count = _ARGUMENTS[command.upper()]
        repeats = 0
        while repeats == 0 or (count and position < len(text) and not text[position].isalpha()):
            arguments: list[float] = []
            for index in range(count):
                pattern = _FLAG if command in "Aa" and index in (3, 4) else _NUMBER
                match = pattern.match(text, position)
                if match is None:
                    raise PathSyntaxError(f"expected a number for {command!r} at character {position + 1}")
                arguments.append(float(match[0]))
                position = _skip(text, match.end())
            yield command, arguments
            repeats += 1
            command = {"M": "L", "m": "l"}.get(command, command)


def _skip(text: str, position: int) -> int:
    match = _SKIP.match(text, position)
    return match.end() if match else position


class _Pen:
    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._x = self._y = 0.0
        self._start = (0.0, 0.0)
        self._cubic: tuple[float, float] | None = None  # the last control point, which S and T mirror
        self._quadratic: tuple[float, float] | None = None

    def do(self, command: str, arguments: list[float]) -> None:
        if not self.segments and command not in "Mm":
            raise PathSyntaxError(f"a path begins with a move, not with {command!r}")
        relative = command.islower()
        dx, dy = (self._x, self._y) if relative else (0.0, 0.0)
        cubic, quadratic = self._cubic, self._quadratic
        self._cubic = self._quadratic = None
        match command.upper(), arguments:
            case "M", [x, y]:
                self.segments.append(MoveTo(x + dx, y + dy))
                self._start = (x + dx, y + dy)
                self._x, self._y = self._start
            case "Z", []:
                if not isinstance(self.segments[-1], Close):
                    self.segments.append(Close())
                self._x, self._y = self._start
            case "L", [x, y]:
                self._line(x + dx, y + dy)
            case "H", [x]:
                self._line(x + dx, self._y)
            case "V", [y]:
                self._line(self._x, y + dy)
            case "C", [x1, y1, x2, y2, x, y]:
                self._curve(x1 + dx, y1 + dy, x2 + dx, y2 + dy, x + dx, y + dy)
            case "S", [x2, y2, x, y]:
                x1, y1 = self._mirrored(cubic)
                self._curve(x1, y1, x2 + dx, y2 + dy, x + dx, y + dy)
            case "Q", [x1, y1, x, y]:
                self._quadratic_curve(x1 + dx, y1 + dy, x + dx, y + dy)
            case "T", [x, y]:
                self._quadratic_curve(*self._mirrored(quadratic), x + dx, y + dy)
            case "A", [rx, ry, turn, large, sweep, x, y]:
                self._arc(rx, ry, turn, bool(large), bool(sweep), x + dx, y + dy)

    def _mirrored(self, control: tuple[float, float] | None) -> tuple[float, float]:
        if control is None:
            return self._x, self._y
        return 2 * self._x - control[0], 2 * self._y - control[1]

    def _begin(self) -> None:
        """After a close the next piece starts where the closed one did."""
        if isinstance(self.segments[-1], Close):
            self.segments.append(MoveTo(*self._start))

    def _line(self, x: float, y: float) -> None:
        self._begin()
        self.segments.append(LineTo(x, y))
        self._x, self._y = x, y

    def _curve(self, x1: float, y1: float, x2: float, y2: float, x: float, y: float) -> None:
        self._begin()
        self.segments.append(CurveTo(x1, y1, x2, y2, x, y))
        self._cubic = (x2, y2)
        self._x, self._y = x, y

    def _quadratic_curve(self, x1: float, y1: float, x: float, y: float) -> None:
        x0, y0 = self._x, self._y
        third = 2 / 3
        self._curve(
            x0 + third * (x1 - x0), y0 + third * (y1 - y0), x + third * (x1 - x), y + third * (y1 - y), x, y
        )
        self._cubic, self._quadratic = None, (x1, y1)

    def _arc(self, rx: float, ry: float, turn: float, large: bool, sweep: bool, x: float, y: float) -> None:
        """An elliptical arc as cubics of at most a quarter turn each (SVG 1.1, appendix F.6.5 and F.6.6)."""
        rx, ry = abs(rx), abs(ry)
        half_x, half_y = (self._x - x) / 2, (self._y - y) / 2
        if rx == 0 or ry == 0:
            self._line(x, y)
            return
        if half_x == 0 and half_y == 0:
            return
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        px, py = cos * half_x + sin * half_y, cos * half_y - sin * half_x
        excess = (px / rx) ** 2 + (py / ry) ** 2
        if excess > 1:  # too small to reach: grown until they do
            rx, ry = rx * math.sqrt(excess), ry * math.sqrt(excess)
        square = (rx * ry) ** 2 / ((rx * py) ** 2 + (ry * px) ** 2) - 1
        factor = math.sqrt(max(square, 0.0)) * (-1 if large == sweep else 1)
        cx, cy = factor * rx * py / ry, -factor * ry * px / rx
        middle_x, middle_y = (self._x + x) / 2, (self._y + y) / 2
        start = math.atan2((py - cy) / ry, (px - cx) / rx)
        angle = math.atan2((-py - cy) / ry, (-px - cx) / rx) - start
        if sweep and angle < 0:
            angle += 2 * math.pi
        elif not sweep and angle > 0:
            angle -= 2 * math.pi

        def point(across: float, down: float) -> tuple[float, float]:
            across, down = rx * across + cx, ry * down + cy
            return cos * across - sin * down + middle_x, sin * across + cos * down + middle_y

        pieces = max(1, math.ceil(abs(angle) / (math.pi / 2) - 1e-9))
        step = angle / pieces
        reach = 4 / 3 * math.tan(step / 4)
        for index in range(pieces):
            a, b = start + index * step, start + (index + 1) * step
            end = (x, y) if index == pieces - 1 else point(math.cos(b), math.sin(b))
            self._curve(
                *point(math.cos(a) - reach * math.sin(a), math.sin(a) + reach * math.cos(a)),
                *point(math.cos(b) + reach * math.sin(b), math.sin(b) - reach * math.cos(b)),
                *end,
            )
        self._cubic = None
