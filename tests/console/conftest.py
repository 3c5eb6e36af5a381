"""The console in a real browser, on real parts: the web server in a thread, workers in another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from api.contract import Application
from core.clock import utc_now
from core.parts import Parts
from core.settings import Settings
from core.templates.builtin import publish_builtin
from tests.console.browser import Browser
from tests.parts import Queue, StillClock


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Served without TLS, so that the session's cookie may go over plain HTTP."""
    return replace(settings, public_url="http://127.0.0.1:8000")


@pytest.fixture
def clock() -> StillClock:
    """Stands at the browser's own time, by which its cookies end."""
    return StillClock(utc_now())


@pytest.fixture
def address(app: Application, runtime: Parts, queue: Queue) -> Iterator[str]:
    """Where the console is served, with the built-in templates and somebody who works."""
    publish_builtin(runtime)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            queue.work(runtime)

    threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    stop.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium(
    debian_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    browser = Browser(debian_tool("chromium"), tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium: Browser, address: str) -> Iterator[Browser]:
    """On the sign-in page. A test fails if the page's scripts throw, or load what the policy forbids."""
    chromium.complaints.clear()
    chromium.look()
    chromium.forget()
    chromium.visit(f"{address}/")
    chromium.see("API key")
    yield chromium
    chromium.visit("about:blank")
    refused = "Failed to load resource: the server responded with a status of 4"
    assert [complaint for complaint in chromium.complaints if not complaint.startswith(refused)] == []


@pytest.fixture
def signed_in(browser: Browser, admin_key: str) -> Browser:
    browser.write("API key", admin_key)
    browser.press("Enter")
    browser.wait("document.querySelector('h1')?.innerText === 'Jobs'")
    return browser
