from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text
from standardwebhooks import Webhook

from core.models import Delivery, Endpoint
from core.parts import Parts
from core.settings import Settings
from core.webhooks.events import tell_test
from core.webhooks.turns import deliver
from tests.console.browser import Browser
from tests.console.test_console import go
from tests.receivers import Receiver, answering


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_loopback=True)


@pytest.fixture
def the_endpoint(runtime: Parts) -> Callable[[], UUID]:
    def find() -> UUID:
        with runtime.sessions.begin() as session:
            return session.scalars(select(Endpoint.id)).one()

    return find


def resent(runtime: Parts) -> bool:
    with runtime.sessions.begin() as session:
        return session.scalars(select(Delivery.tries_from)).one() == 1


def test_somebody_adds_an_endpoint_tries_it_and_sends_again_what_failed(
    signed_in: Browser, receiver: Receiver, runtime: Parts, the_endpoint: Callable[[], UUID]
) -> None:
    signed_in.click("nav a", "Webhooks")
    signed_in.see("Nobody is told yet")
    signed_in.click("button", "Add an endpoint")
    signed_in.write("Address", "http://hooks.example/")
    signed_in.click("dialog button", "Add the endpoint")
    signed_in.see("Only https is delivered to.")
    assert signed_in.run("document.activeElement.getAttribute('aria-invalid')") == "true"
    signed_in.write("Address", receiver.url)
    signed_in.write("Description", "Payroll")
    signed_in.click("dialog label", "Certificate issued")
    signed_in.click("dialog button", "Add the endpoint")
    signed_in.see("it is not shown again")
    secret = signed_in.run("document.querySelector('dialog .secret').innerText")
    signed_in.click("dialog button", "Done")
    signed_in.see("Nothing has been delivered yet.")
    for words in (receiver.url, "Payroll", "Job completed, Certificate issued", "Enabled"):
        signed_in.see(words)

    receiver.behave = answering(500)
    signed_in.click("button", "Send a test")
    signed_in.see("Not tried yet")
    deliver(runtime, the_endpoint())
    signed_in.see("Status 500")
    signed_in.see("Failing since")
    receiver.behave = answering(204)
    signed_in.click("button", "Send again")
    deadline = time.monotonic() + 20
    while not resent(runtime):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    deliver(runtime, the_endpoint())
    signed_in.see("Delivered")
    signed_in.see("2 tries")
    for came in receiver.received:
        Webhook(secret).verify(came.body, came.headers)

    signed_in.click("button", "Disable")
    signed_in.see("Disabled by hand.")
    assert signed_in.run("document.querySelector('td button').disabled")


def test_a_disabled_endpoint_says_why(signed_in: Browser, runtime: Parts, receiver: Receiver) -> None:
    go(signed_in, "#/webhooks")
    signed_in.click("button", "Add an endpoint")
    signed_in.write("Address", receiver.url)
    signed_in.click("dialog button", "Add the endpoint")
    signed_in.click("dialog button", "Done")
    signed_in.see("Nothing has been delivered yet.")
    receiver.behave = answering(410)
    with runtime.sessions.begin() as session:
        endpoint_id = session.scalars(select(Endpoint.id)).one()
        tell_test(session, endpoint_id)
        session.execute(text("UPDATE webhook_endpoints SET description = '<b>bold</b>'"))
    deliver(runtime, endpoint_id)
    signed_in.see("It answered 410 Gone.")
    go(signed_in, "#/webhooks")
    signed_in.see("Disabled")
    signed_in.see("<b>bold</b>")


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window_and_nothing_nameless(
    signed_in: Browser, receiver: Receiver, the_endpoint: Callable[[], UUID], width: int
) -> None:
    signed_in.look(width=width, height=800)
    go(signed_in, "#/webhooks")
    signed_in.click("button", "Add an endpoint")
    signed_in.write("Address", receiver.url + "/" + "long-" * 60)
    signed_in.click("dialog button", "Add the endpoint")
    signed_in.click("dialog button", "Done")
    signed_in.click("button", "Send a test")
    signed_in.see("Not tried yet")
    for place in ("#/webhooks", f"#/webhooks/{the_endpoint()}"):
        go(signed_in, place)
        signed_in.see("Not tried yet" if place != "#/webhooks" else "Job completed")
        assert signed_in.run("document.documentElement.scrollWidth <= innerWidth"), place
        nameless = "[...document.querySelectorAll('main :is(button, a)')].some(e => e.offsetParent && !e.innerText.trim())"
        assert not signed_in.run(nameless), place
