"""Chromium, driven over its DevTools protocol, one page reused. python -m benchmarks.peers.chromium pdf|png300|png150

CPU and memory are those of all its processes and of this one.
"""

import json
import subprocess
import sys
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import psutil
from websocket import create_connection

from benchmarks.peers.html import document, stylesheet
from benchmarks.turns import serve
from benchmarks.workload import FOLDER, HEIGHT, HEIGHT_MM, WIDTH, WIDTH_MM, recipient

_PROGRAM: Final = "/usr/bin/chromium"
_FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--allow-file-access-from-files", "--remote-debugging-port=0"),
)
_PRINTED: Final = {
    "paperWidth": WIDTH_MM / 25.4,
    "paperHeight": HEIGHT_MM / 25.4,
    "preferCSSPageSize": True,
    "printBackground": True,
    **{f"margin{side}": 0 for side in ("Top", "Bottom", "Left", "Right")},
}
_SHOWN: Final = """
    Promise.all([document.fonts.ready, ...[...document.images].map(image => image.decode())]).then(() => true)
"""


class Chromium:
    """A browser with one page open, which a file of the workload's folder is: so it may show the other files."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [_PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._numbers = count(1)
        self._socket = create_connection(self._address(folder), suppress_origin=True, timeout=60)
        target = self._ask("Target.createTarget", url=(FOLDER / "README.md").as_uri())["targetId"]
        session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._session: dict[str, Any] = {"sessionId": session}
        self.ask("Page.enable")
        self._frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def _address(self, folder: Path) -> str:
        """Where it listens, which it writes into its folder."""
        deadline = time.monotonic() + 30
        file = folder / "DevToolsActivePort"
        while not file.exists() or len(lines := file.read_text().split()) < 2:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("Chromium did not start")
            time.sleep(0.05)
        return f"ws://127.0.0.1:{lines[0]}{lines[1]}"

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._ask(method, **parameters, session=self._session)

    def _ask(
        self, method: str, *, session: dict[str, Any] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        number = next(self._numbers)
        order = {"id": number, "method": method, "params": parameters, **(session or {})}
        self._socket.send(json.dumps(order))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def show(self, html: str) -> None:
        """Show a document, with its fonts and pictures there."""
        self.ask("Page.setDocumentContent", frameId=self._frame, html=html)
        self.ask("Runtime.evaluate", expression=_SHOWN, awaitPromise=True)

    def printed(self) -> bytes:
        return b64decode(self.ask("Page.printToPDF", **_PRINTED)["data"])

    def pictured(self) -> bytes:
        return b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        self._socket.close()
        self.process.terminate()
        self.process.wait(timeout=20)


@contextmanager
def chromium() -> Iterator[Chromium]:
    with tempfile.TemporaryDirectory(prefix="certmill-chromium-", ignore_cleanup_errors=True) as folder:
        browser = Chromium(Path(folder))
        try:
            yield browser
        finally:
            browser.close()


class Meter:
    """CPU seconds of this process and of a browser's, of those that have ended too; the most memory they had."""

    def __init__(self, browser: psutil.Process) -> None:
        self._browser = browser
        self._cpu: dict[int, float] = {}
        self._memory: dict[int, int] = {}

    def cpu_seconds(self) -> float:
        for process in (self._browser, *self._browser.children(recursive=True)):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    self._cpu[process.pid] = times.user + times.system
                    peak = self._memory.get(process.pid, 0)
                    self._memory[process.pid] = max(peak, process.memory_full_info().pss)
            except psutil.NoSuchProcess:
                pass
        return time.process_time() + sum(self._cpu.values())

    def peak_bytes(self) -> int:
        """Of the moments between documents; what processes share is counted once."""
        return sum(self._memory.values())


def main() -> None:
    form = sys.argv[1]
    with chromium() as browser:
        if form == "pdf":
            style, px = stylesheet("0.24pt"), "0.24pt"
        else:
            scale = int(form.removeprefix("png")) / 300
            px = f"{scale}px"
            style = stylesheet(px)
            browser.ask(
                "Emulation.setDeviceMetricsOverride",
                width=round(WIDTH * scale),
                height=round(HEIGHT * scale),
                deviceScaleFactor=1,
                mobile=False,
            )

        def draw(number: int) -> bytes:
            html = document(recipient(number), px)
            browser.show(html.replace("<body>", f"<style>{style}</style><body>"))
            return browser.printed() if form == "pdf" else browser.pictured()

        meter = Meter(psutil.Process(browser.process.pid))
        serve(draw, cpu_seconds=meter.cpu_seconds, peak_bytes=meter.peak_bytes)


if __name__ == "__main__":
    main()
