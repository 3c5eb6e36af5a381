"""Chromium, driven over its DevTools protocol through a pipe: no driver, no package, no port."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

_OPTIONS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "about:blank",
)


class PageFault(AssertionError):
    """The page did not do what was waited for, or complained of something by itself."""


class Browser:
    """One page of one browser. Whatever its scripts throw, log as an error or may not load is kept in `complaints`."""

    def __init__(self, program: Path, profile: Path) -> None:
        to_browser, self._requests = os.pipe()
        self._answers, from_browser = os.pipe()
        command = " ".join(
            [f"exec {program}", f"--user-data-dir={profile}", *_OPTIONS, f"3<&{to_browser} 4>&{from_browser}"]
        )
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = bytearray()
        self._last = 0
        self.complaints: list[str] = []
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        with contextlib.suppress(PageFault, OSError):
            self._session = None
            self._call("Browser.close")
        os.close(self._requests)
        os.close(self._answers)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def look(self, *, width: int = 1280, height: int = 900, scale: float = 1, dark: bool = False) -> None:
        """The window's size in CSS pixels, and whether its reader likes the dark."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call(
            "Emulation.setEmulatedMedia",
            features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}],
        )

    def forget(self) -> None:
        """Cookies, and what pages have stored."""
        self._call("Network.clearBrowserCookies")
        with contextlib.suppress(PageFault):
            self.run("localStorage.clear()")

    def visit(self, address: str) -> None:
        self._call("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        """The value of an expression, promises awaited."""
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageFault(answer["exceptionDetails"].get("exception", {}).get("description", str(answer)))
        return answer["result"].get("value")

    def wait(self, condition: str, *, seconds: float = 20) -> Any:
        """Wait until an expression is truthy, and give its value."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(PageFault):  # a page that is just being replaced
                if value := self.run(f"(value => value instanceof Node ? true : value)({condition})"):
                    return value
            time.sleep(0.05)
        raise PageFault(f"waited {seconds} s for {condition}\n{self.text()[:2000]}")

    def text(self) -> str:
        """What the page says."""
        return str(self.run("document.body.innerText"))

    def see(self, words: str, *, seconds: float = 20) -> None:
        """Wait until the page says something."""
        self.wait(f"document.body.innerText.includes({json.dumps(words)})", seconds=seconds)

    def click(self, selector: str, words: str = "") -> None:
        """Click, with a mouse, the first element of a CSS selector that has these words."""
        find = f"[...document.querySelectorAll({json.dumps(selector)})].find(e => e.innerText.includes({json.dumps(words)}))"
        place = self.wait(
            f"(() => {{ const e = {find}; if (!e) return null; e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
            "const b = e.getBoundingClientRect(); return b.width ? {x: b.x + b.width / 2, y: b.y + b.height / 2} : null })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    def write(self, label: str, words: str) -> None:
        """Focus the control with this label and type into it."""
        self.wait(
            f"(() => {{ const e = {_labelled(label)}; e?.focus(); e?.select?.(); return Boolean(e) }})()"
        )
        self._call("Input.insertText", text=words)

    def choose(self, label: str, value: str) -> None:
        """Set a control whose own picker is not part of the page: a date, a choice."""
        self.run(
            f"(() => {{ const e = {_labelled(label)}; e.value = {json.dumps(value)};"
            "for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind, {bubbles: true})) })()"
        )

    def press(self, key: str) -> None:
        """A key by its name: Tab, Enter."""
        code = {"Tab": 9, "Enter": 13, "Escape": 27}[key]
        text = {"Enter": "\r"}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self._call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text
            )

    def attach(self, selector: str, file: Path) -> None:
        """Give a file input a file."""
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of the window, or of the whole page."""
        answer = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._requests, json.dumps(message).encode() + b"\0")
        for answer in self._messages(30):
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise PageFault(f"{method}: {answer['error']['message']}")
                result: dict[str, Any] = answer["result"]
                return result
            self._hear(answer)
        raise PageFault(f"{method}: no answer")

    def _messages(self, seconds: float) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            whole, separator, rest = self._buffer.partition(b"\0")
            if separator:
                self._buffer = rest
                yield json.loads(whole)
            elif select.select([self._answers], [], [], remaining)[0]:
                part = os.read(self._answers, 1 << 20)
                if not part:
                    raise PageFault("the browser ended")
                self._buffer += part

    def _hear(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                self.complaints.append(details.get("exception", {}).get("description") or details["text"])
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "assert", "warning"):
                self.complaints.append(" ".join(str(each.get("value")) for each in parameters["args"]))
            case "Log.entryAdded" if parameters["entry"]["level"] == "error":
                entry = parameters["entry"]
                self.complaints.append(f"{entry['text']} {entry.get('url', '')}")


def _labelled(label: str) -> str:
    """An expression for the control that a label names, or that names itself."""
    quoted = json.dumps(label)
    by_label = (
        f"[...document.querySelectorAll('label')].find(e => e.innerText.trim().startsWith({quoted}))?.control"
    )
    return f"(document.querySelector('[aria-label=' + JSON.stringify({quoted}) + ']') ?? {by_label})"
