"""Names in any script are found by the beginnings of their words, and by how these sound."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

import pytest
from sqlalchemy import update

from core.models import Certificate
from core.names import keys_of
from core.parts import Parts
from core.users import UserView
from tests.api.contract import Client

Search = Callable[..., set[str]]

NAMES = (
    "Priya Sharma",
    "Dr. Priyanka D'Souza",
    "José Fernandes",
    "Sean-Paul O’Neil",
    "Lakshmi Chatterjee",
    "प्रिया शर्मा",
    "अनन्या ज़ैदी",
    "প্রিয়া সেন",
    "லட்சுமி ஐயர்",
    "రాజేష్ రెడ్డి",
    "ಅನನ್ಯ ಗೌಡ",
    "അനന്യ നായർ",
    "ਸੁਨੀਤਾ ਸਿੰਘ",
    "પ્રિયા પટેલ",
    "محمد فاروق",
    "100% Wellness_Club",
)


@pytest.fixture
def search(
    runtime: Parts,
    as_user: Client,
    user: UserView,
    submit: Callable[..., UUID],
    finish: Callable[..., list[UUID]],
) -> Search:
    """`search("pri")`: whose certificates that finds."""
    for name, certificate_id in zip(NAMES, finish(submit(user, total=len(NAMES))), strict=True):
        with runtime.sessions.begin() as session:
            session.execute(
                update(Certificate)
                .where(Certificate.id == certificate_id)
                .values(recipient_name=name, search_keys=keys_of(name))
            )

    def found(q: str, **also: str) -> set[str]:
        answer = as_user.get(f"/certificates/user/{user.id}", query_string={"q": q, "limit": "200", **also})
        return {item["recipient_name"] for item in answer.json["items"]}

    return found


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("pri", {"Priya Sharma", "Dr. Priyanka D'Souza"}),
        ("PRIYA SHARMA", {"Priya Sharma"}),
        ("sharma priya", {"Priya Sharma"}),
        ("sha pr", {"Priya Sharma"}),
        ("riya", set()),
        ("souza", {"Dr. Priyanka D'Souza"}),
        ("d'souza", {"Dr. Priyanka D'Souza"}),
        ("paul", {"Sean-Paul O’Neil"}),
        ("jose", {"José Fernandes"}),
        ("JOSÉ", {"José Fernandes"}),
        ("fernandés", {"José Fernandes"}),
        ("प्रि", {"प्रिया शर्मा"}),
        ("शर्मा", {"प्रिया शर्मा"}),
        ("ज़ैदी", {"अनन्या ज़ैदी"}),
        ("\u095bैदी", {"अनन्या ज़ैदी"}),  # the same letter, composed
        ("अनन्\u200dया", {"अनन्या ज़ैदी"}),  # a joiner that nobody sees
        ("প্রি", {"প্রিয়া সেন"}),
        ("லட்", {"லட்சுமி ஐயர்"}),
        ("రెడ్డి", {"రాజేష్ రెడ్డి"}),
        ("ಅನ", {"ಅನನ್ಯ ಗೌಡ"}),
        ("നായർ", {"അനന്യ നായർ"}),
        ("ਸਿੰਘ", {"ਸੁਨੀਤਾ ਸਿੰਘ"}),
        ("પટેલ", {"પ્રિયા પટેલ"}),
        ("فار", {"محمد فاروق"}),
        ("100%", {"100% Wellness_Club"}),
        ("wellness_c", {"100% Wellness_Club"}),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("p%a", set()),
    ],
)
def test_every_word_is_the_beginning_of_a_word_of_the_name(
    search: Search, q: str, names: Collection[str]
) -> None:
    assert search(q) == names


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("Prya Sharma", "Priya Sharma"),
        ("Priyaa Sharmaa", "Priya Sharma"),
        ("Fernandez", "José Fernandes"),
        ("Chaterjee", "Lakshmi Chatterjee"),
        ("Laxmi Chatterji", "Lakshmi Chatterjee"),
        ("प्रीया", "प्रिया शर्मा"),
        ("ఱాజేష్", "రాజేష్ రెడ్డి"),
        ("Priya Sharma", "प्रिया शर्मा"),  # in another script
        ("Ananya", "ಅನನ್ಯ ಗೌಡ"),
        ("Rajesh Reddy", "రాజేష్ రెడ్డి"),
        ("Suneeta", "ਸੁਨੀਤਾ ਸਿੰਘ"),
        ("Mohammad Farooq", "محمد فاروق"),
        ("প্রিয়া", "Priya Sharma"),
    ],
)
def test_a_similar_name_is_found_by_who_asks_for_it(search: Search, q: str, name: str) -> None:
    assert name not in search(q)
    assert name in search(q, match="similar")


def test_what_looks_like_no_name_finds_none(search: Search) -> None:
    assert search("Zbigniew", match="similar") == set()
    assert search("%%", match="similar") == set()


def test_a_similar_name_is_so_in_its_own_question_only(search: Search) -> None:
    assert search("Fernandez", match="similar")
    assert search("Fernandez") == set()
