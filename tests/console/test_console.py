from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from core.callers import Role
from core.models import Certificate, Job, Spa
from core.parts import Parts
from core.users import UserView
from tests.console.browser import Browser

ROOT = Path(__file__).parents[2]
PHOTO = ROOT / "templates" / "samples" / "photo-01.jpg"
LABEL_OF_FOCUS = (
    "(e => e.ariaLabel ?? (e.labels?.[0] ?? e).innerText.split('\\n')[0])(document.activeElement)"
)
REMARKS = "[...document.querySelectorAll('.remarks:not([hidden]) li')].map(e => e.innerText)"
SLIP = {
    "id": "slip",
    "name": "Slip",
    "publish": True,
    "kind": {
        "label": "Slip",
        "recipient": "guest",
        "fields": [
            {"type": "text", "name": "guest", "label": "Guest", "required": True},
            {
                "type": "rows",
                "name": "services",
                "label": "Services",
                "columns": [{"type": "text", "name": "service", "label": "Service"}],
            },
        ],
    },
    "sample": {"guest": "Meher Khanna", "services": [{"service": "W" * 40}]},
    "layout": {
        "page": {"size": "A5"},
        "styles": {"text": {"face": "sans", "size": 10}},
        "flow": {
            "first": {"x": 15, "y": 60, "width": 60, "height": 120},
            "later": {"x": 15, "y": 15, "width": 60, "height": 160},
            "blocks": [
                {"type": "paragraph", "style": "text", "text": "{guest}"},
                {
                    "type": "table",
                    "rows_from": "services",
                    "columns": [{"text": "{service}", "width": 1}],
                    "look": {"row_style": "text"},
                },
            ],
        },
        "every_page": [{"type": "image", "asset": "emblem", "x": 15, "y": 15, "width": 30, "height": 30}],
    },
}
PREVIEW = "document.querySelector('.preview img:not([hidden])')?.complete"


def go(browser: Browser, place: str) -> None:
    """Open a view, and wait until it has taken the place of the one before."""
    browser.run("document.querySelector('main .page').dataset.left = true")
    browser.run(f"location.hash = '{place}'")
    browser.wait("document.querySelector('main .page:not([data-left]) h1')")


def open_template(browser: Browser, template: str) -> None:
    go(browser, f"#/new/{template}")
    browser.wait(PREVIEW)


def address_of_preview(browser: Browser) -> str:
    return str(browser.run("document.querySelector('.preview img').src"))


def count(runtime: Parts, model: Any) -> int:
    with runtime.sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_somebody_signs_in_issues_a_certificate_looks_at_it_and_leaves(
    browser: Browser, admin_key: str, runtime: Parts
) -> None:
    browser.write("API key", admin_key)
    browser.click("button", "Sign in")
    browser.see("Nothing has been asked for yet")

    browser.click("a", "Make the first document")
    browser.click("a.card", "Therapist certificate")
    browser.wait(PREVIEW)
    before = address_of_preview(browser)

    browser.write("Candidate name", "अनन्या शर्मा")
    browser.write("Course name", "Balinese massage")
    browser.choose("Start date", "2025-11-03")
    browser.choose("End date", "2025-12-12")
    browser.attach("input[type=file]", PHOTO)
    browser.see("413 × 531 pixels")
    browser.wait(f"document.querySelector('.preview img').src !== {json.dumps(before)}")
    assert count(runtime, Job) == 0

    browser.click("button", "Issue document")
    browser.wait("document.querySelector('.document .sheet img')?.naturalWidth > 1500")
    browser.see("THR-2026-")
    for words in ("अनन्या शर्मा", "Completed", "Therapist certificate, classic, version", "/verify/"):
        browser.see(words)
    links = browser.run(
        "[...document.querySelectorAll('.downloads a')].map(a => [a.innerText.split('\\n')[0], a.href])"
    )
    assert [name for name, _ in links] == ["PDF", "PNG"]
    kinds = browser.run(
        f"Promise.all({json.dumps([url for _, url in links])}.map(u => fetch(u).then(r => r.headers.get('Content-Type'))))"
    )
    assert kinds == ["application/pdf", "image/png"]

    browser.click("a", "All jobs")
    browser.see("1 document")
    browser.click("button", "Sign out")
    browser.see("API key")
    assert browser.run("fetch('/me').then(r => r.status)") == 401


def test_a_wrong_key_is_told_and_the_field_kept(browser: Browser) -> None:
    browser.write("API key", "cm_nobody")
    browser.press("Enter")

    browser.see("This is no key that is known and valid.")
    assert browser.run("document.activeElement.id") == "key"
    assert browser.run("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_faults_stand_at_their_fields_and_the_first_gets_the_focus(
    signed_in: Browser, runtime: Parts
) -> None:
    open_template(signed_in, "therapist-classic")
    signed_in.write("Course name", "Balinese massage")
    signed_in.choose("Start date", "2025-12-12")
    signed_in.choose("End date", "2025-11-03")
    signed_in.see("End date is before Start date.")  # while one writes, by the preview

    signed_in.click("button", "Issue document")

    signed_in.see("Candidate name is missing.")
    signed_in.see("2 fields need a look.")
    signed_in.wait("document.activeElement.id.startsWith('candidate_name')")
    told_by = signed_in.run(
        "document.activeElement.getAttribute('aria-describedby').split(' ').map(id => document.getElementById(id).innerText)"
    )
    assert told_by == ["Candidate name is missing."]
    assert count(runtime, Job) == 0


def test_what_may_not_please_stands_beside_the_preview_and_leads_to_its_field(
    signed_in: Browser, runtime: Parts, tmp_path: Path
) -> None:
    coarse = tmp_path / "coarse.png"
    Image.new("RGB", (70, 90), "#8a6839").save(coarse)
    open_template(signed_in, "therapist-classic")
    assert signed_in.run(REMARKS) == []

    signed_in.write("Candidate name", "Meher Khanna")
    signed_in.attach("input[type=file]", coarse)

    signed_in.see("It can be issued as it is. Perhaps have a look:")
    [remark] = signed_in.run(REMARKS)
    assert remark.startswith("Passport-size photo: the picture has ")
    assert remark.endswith(" dpi where it is drawn (25.0 × 32.4 mm); 200 make it look sharp.")
    signed_in.click(".remarks button", "Passport-size photo")
    assert signed_in.run("document.activeElement.type") == "file"
    signed_in.attach("input[type=file]", PHOTO)
    signed_in.wait("document.querySelector('.remarks').hidden")


def test_remarks_on_rows_lead_to_their_cells_and_those_on_the_template_nowhere(
    signed_in: Browser, client: FlaskClient, admin_key: str, tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {admin_key}"}
    coarse = tmp_path / "coarse.png"
    Image.new("RGB", (40, 40), "#8a6839").save(coarse)
    uploaded: Any = client.post(
        "/assets", data={"file": (coarse.open("rb"), "coarse.png")}, headers=headers
    ).json
    emblem = uploaded["id"]
    made = client.post(
        "/certificates/templates", json={**SLIP, "assets": {"emblem": emblem}}, headers=headers
    )
    assert made.status_code == 201, made.text
    own = (
        "The template's picture emblem has 34 dpi where it is drawn (30.0 × 30.0 mm); 200 make it look sharp."
    )

    open_template(signed_in, "slip")
    signed_in.see("About the template's sample:")
    cut = "a word is wider than its line and was cut."
    assert signed_in.run(REMARKS) == [f"Services, row 1: Service: {cut}", own]
    assert signed_in.run("document.querySelectorAll('.remarks button').length") == 0

    signed_in.write("Guest", "Meher Khanna")
    signed_in.see("It can be issued as it is.")
    assert signed_in.run(REMARKS) == [own]
    signed_in.click("button", "Add a row")
    signed_in.write("Service", "Donaudampfschifffahrtsgesellschaftsmassage" * 2)
    signed_in.see("Services, row 1: Service")
    signed_in.click(".remarks button", "Services, row 1: Service")
    assert signed_in.run(LABEL_OF_FOCUS) == "Service"


def test_a_bill_has_rows_a_spa_and_fields_that_follow_from_others(signed_in: Browser, runtime: Parts) -> None:
    open_template(signed_in, "invoice-classic")
    signed_in.click("button", "Add a spa")
    signed_in.see("GSTIN")
    signed_in.write("Name", "Sohana Lotus Spa")
    signed_in.write("Code", "indiranagar")
    signed_in.write("GSTIN", "29AAKCS4821M1ZT")
    signed_in.click("dialog button", "Add the spa")
    signed_in.see("its last character, which checks the others, does not agree with them")
    signed_in.write("GSTIN", "29AAKCS4821M1ZS")
    signed_in.click("dialog button", "Add the spa")
    signed_in.wait("!document.querySelector('dialog')")
    assert count(runtime, Spa) == 1

    signed_in.write("Bill number", "BLR/25-26/00418")
    signed_in.choose("Bill date", "2026-01-04")
    assert "Card number or reference" not in signed_in.text()
    signed_in.choose("Payment mode", "Card")
    signed_in.see("Card number or reference")
    signed_in.write("Card number or reference", "4821")
    signed_in.write("Customer name", "ಶ್ರುತಿ ರಾವ್")
    for row, (service, rate) in enumerate([("Swedish massage", "3,400.00"), ("Hair spa", "1850")]):
        if row:
            signed_in.click("button", "Add a row")
        inside = f"document.querySelectorAll('.rows li')[{row}]"
        for name, value in (("Service", service), ("Rate", rate), ("GST %", "5")):
            label = f"[...{inside}.querySelectorAll('label')].find(e => e.innerText === {json.dumps(name)})"
            signed_in.run(f"{label}.control.value = {json.dumps(value)}")
            signed_in.run(f"{label}.control.dispatchEvent(new Event('input', {{bubbles: true}}))")
    signed_in.click("button", "Issue document")

    signed_in.wait("document.querySelector('.document .sheet img')?.naturalWidth")
    with runtime.sessions() as session:
        assert session.scalars(select(Certificate.recipient_name)).all() == ["ಶ್ರುತಿ ರಾವ್"]


def test_a_job_of_many_moves_while_one_looks_and_tells_what_failed(
    signed_in: Browser, client: FlaskClient, admin_key: str, address: str
) -> None:
    values = {"course_name": "Massage", "start_date": "2025-11-03", "end_date": "2025-12-12"}
    names = [f"Guest {number}" for number in range(40)] + ["𓀀"]
    body = {
        "template": "therapist-classic",
        "items": [{"candidate_name": name, **values} for name in names],
        "renditions": ["thumbnail"],
        "external_id": "Course 12",
    }
    accepted = client.post(
        "/certificates/generate", json=body, headers={"Authorization": f"Bearer {admin_key}"}
    )
    assert accepted.status_code == 202

    signed_in.click("a.title", "Course 12")

    signed_in.see("With failures", seconds=60)
    assert (
        signed_in.run("document.querySelector('[role=progressbar]').getAttribute('aria-valuenow')") == "100"
    )
    for words in (
        "40\nDocuments",
        "1\nFailed",
        "41\nIn all",
        "No font has the character",
        "Try the failed ones again",
        "All in one PDF",
    ):
        signed_in.see(words)
    signed_in.run(
        "fetch(document.querySelector('a.button[href*=zip]').href).then((answer) => window.got = answer.status)"
    )
    signed_in.wait("window.got === 200")
    signed_in.click("td a", "Guest 3")
    signed_in.wait("document.querySelector('h1')?.innerText === 'Guest 3'")


def test_what_people_write_is_never_read_as_markup(signed_in: Browser, runtime: Parts) -> None:
    name = "<img src=x onerror=alert(1)><b>Asha</b>"
    open_template(signed_in, "therapist-classic")
    for label, words in (("Candidate name", name), ("Course name", "<script>alert(1)</script>")):
        signed_in.write(label, words)
    signed_in.choose("Start date", "2025-11-03")
    signed_in.choose("End date", "2025-12-12")
    signed_in.click("button", "Issue document")

    signed_in.see(name)
    assert signed_in.run("document.querySelectorAll('main b, main script, main img[src=x]').length") == 0


def test_a_user_sees_their_own_jobs_and_adds_no_spas(
    browser: Browser,
    add_user: Callable[[Role, str], UserView],
    give_key: Callable[..., str],
) -> None:
    browser.write("API key", give_key(add_user("user", "Uma")))
    browser.press("Enter")
    browser.see("Uma")

    open_template(browser, "offer-letter-classic")

    browser.see("There is none yet. A manager adds them.")
    assert "Add a spa" not in browser.text()


def test_every_page_can_be_used_without_a_mouse_and_without_looking(signed_in: Browser) -> None:
    """Every control has a name, every picture a text, every view one first heading, and the keyboard reaches them all."""
    nameless = """
        [...document.querySelectorAll('main :is(input, select, textarea, button, a), header :is(button, a)')]
          .filter(e => e.offsetParent && !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length))
          .map(e => e.outerHTML.slice(0, 120))
    """
    templates = ("therapist-classic", "invoice-classic", "appointment-letter-classic", "daily-sheet-classic")
    for place in ("#/new", "#/", *(f"#/new/{template}" for template in templates)):
        go(signed_in, place)
        assert signed_in.run(nameless) == [], place
        assert signed_in.run("document.querySelectorAll('main h1').length") == 1, place
        assert signed_in.run("[...document.images].filter(e => !e.hasAttribute('alt')).length") == 0, place
        assert signed_in.run("document.activeElement.tagName") == "H1", place

    shows_focus = """
        (style => style.outlineStyle !== 'none' || style.boxShadow !== 'none')(getComputedStyle(document.activeElement))
    """
    signed_in.see("Page 1 of")
    reached = []
    for _ in range(9):
        signed_in.press("Tab")
        reached.append(signed_in.run(LABEL_OF_FOCUS))
        signed_in.wait(shows_focus)
    # On from the heading, which has the focus when a view opens; a date takes several steps.
    assert list(dict.fromkeys(reached)) == [
        "Spa",
        "Add a spa",
        "Date",
        "Add a row",
        "Issue document",
        "Next page",
    ]


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_window(signed_in: Browser, width: int) -> None:
    signed_in.look(width=width, height=800)
    for place in ("#/new", "#/", "#/new/invoice-classic", "#/new/appointment-letter-classic"):
        go(signed_in, place)
        assert signed_in.run("document.documentElement.scrollWidth <= innerWidth"), place
