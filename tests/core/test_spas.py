from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from core.kinds import ImageReference
from core.models import Spa
from core.settings import ROOT
from core.spas import ISSUER_PICTURES, ISSUER_TEXTS, SpaDocument, issuer, issuer_values

LOGO = "sha256:" + 64 * "a"


def codes(**facts: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        SpaDocument.model_validate({"code": "x", "name": "X", **facts})
    return {str(error["loc"][0]): error["type"] for error in refused.value.errors()}


def spa(**details: Any) -> Spa:
    return Spa(code="indiranagar", name="Sohana Lotus Spa", details=details)


def test_a_snapshot_gives_every_placeholder_that_has_a_value() -> None:
    snapshot = issuer(
        spa(
            city="Bengaluru",
            country="India",
            logo=LOGO,
            signatory={"name": "Kavitha Ramaswamy", "signature": LOGO},
        )
    )

    assert issuer_values(snapshot) == {
        "spa.code": "indiranagar",
        "spa.name": "Sohana Lotus Spa",
        "spa.city": "Bengaluru",
        "spa.country": "India",
        "spa.logo": ImageReference(64 * "a"),
        "signatory.name": "Kavitha Ramaswamy",
        "signatory.signature": ImageReference(64 * "a"),
    }
    assert issuer_values(snapshot).keys() <= {*ISSUER_TEXTS, *ISSUER_PICTURES}


def test_no_spa_gives_no_values() -> None:
    assert issuer_values(None) == {}


def test_yesterdays_spa_stays_readable_whatever_todays_rules_are() -> None:
    assert issuer(spa(state="Bombay", country="India", gstin="x"))["state"] == "Bombay"


@pytest.mark.parametrize(
    "state", ["Karnataka", "karnataka", "TAMIL NADU", "Delhi", "Jammu and Kashmir", "Ladakh"]
)
def test_states_are_known_however_they_are_capitalised(state: str) -> None:
    document = SpaDocument.model_validate({"code": "x", "name": "X", "state": state})

    assert document.state is not None
    assert document.state.casefold() == state.casefold()


@pytest.mark.parametrize("state", ["Bombay", "Andhra Pradesh (before 2014)", "Other territory", "K"])
def test_other_states_are_not(state: str) -> None:
    assert codes(state=state) == {"state": "bad_state"}


def test_blank_boxes_of_a_form_are_nothing() -> None:
    document = SpaDocument.model_validate(
        {"code": "x", "name": "X", "email": " ", "gstin": "", "signatory": {"name": ""}}
    )

    assert (document.email, document.gstin) == (None, None)


@pytest.mark.parametrize("website", ["www.example.in", "https://example.in/spa?x=1", "spa.co.in"])
def test_a_website_is_an_address_of_the_web(website: str) -> None:
    assert SpaDocument.model_validate({"code": "x", "name": "X", "website": website}).website == website


@pytest.mark.parametrize(
    "website", ["example", "javascript:alert(1)", "ftp://example.in", "https://", "a b.in"]
)
def test_and_nothing_else(website: str) -> None:
    assert codes(website=website) == {"website": "bad_website"}


def test_the_spas_of_the_samples_are_right() -> None:
    samples = yaml.safe_load(Path(ROOT, "templates", "spas.yaml").read_text())["spas"]
    for sample in samples:
        for holder in (sample, sample["signatory"]):
            for name in ("logo", "signature", "seal"):
                holder.pop(name, None)

    assert len({SpaDocument.model_validate(sample).code for sample in samples}) >= 8
