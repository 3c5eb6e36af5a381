"""What a name is found by."""

from __future__ import annotations

import pytest

from core.names import LONGEST_BEGINNING, keys_of, sound_of, words_of


def sounds(name: str) -> list[str]:
    return [sound_of(word) for word in words_of(name)]


def test_the_keys_of_a_name_are_the_beginnings_of_its_words_and_their_sounds() -> None:
    assert keys_of("José Rao") == ["j", "jo", "jos", "jose", "r", "ra", "rao", "~js", "~r"]


def test_a_long_word_is_found_by_its_first_letters() -> None:
    long = "Venkatanarasimharajuvaripeta"
    assert max(len(key) for key in keys_of(long) if not key.startswith("~")) == LONGEST_BEGINNING


@pytest.mark.parametrize("name", ["", "  ", "%_\\", "…—", "\u200d"])
def test_what_has_no_letters_has_no_keys(name: str) -> None:
    assert keys_of(name) == []


@pytest.mark.parametrize(
    "alike",
    [
        (
            "Priya",
            "Prya",
            "PRIYAA",
            "प्रिया",
            "प्रीया",
            "প্রিয়া",
            "પ્રિયા",
            "ப்ரியா",
            "ప్రియా",
            "ಪ್ರಿಯಾ",
            "പ്രിയ",
            "ਪ੍ਰਿਯਾ",
        ),
        ("Lakshmi", "Laxmi", "लक्ष्मी", "లక్ష్మి", "ಲಕ್ಷ್ಮಿ"),
        ("Krishna", "कृष्ण", "કૃષ્ણ", "কৃষ্ণ"),
        ("Chatterjee", "Chaterji", "Chatterji"),
        ("Fernandez", "Fernandes"),
        ("Zaidi", "ज़ैदी"),
        ("Mohammed", "Muhammad", "Mohamad", "محمد"),
        ("Singh", "सिंघ", "ਸਿੰਘ"),
        ("Philip", "Filip"),
        ("Reddy", "Reddi", "రెడ్డి", "रेड्डी"),
        ("Catherine", "Kathryn"),
        ("Aarti", "Arti", "आरती"),
    ],
)
def test_spellings_of_one_name_sound_alike_in_every_script(alike: tuple[str, ...]) -> None:
    assert {tuple(sounds(name)) for name in alike} == {tuple(sounds(alike[0]))}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Priya", "Pooja"), ("Raj", "Das"), ("Anil", "Sunil"), ("Meena", "Leena"), ("राम", "श्याम")],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert sounds(one) != sounds(other)


def test_letters_of_no_script_that_it_knows_sound_as_they_are() -> None:
    assert sounds("Σοφία 42") == ["~σοφια", "~42"]
