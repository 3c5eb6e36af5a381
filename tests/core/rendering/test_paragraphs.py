from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.layout import Style
from core.rendering.lines import Line
from core.rendering.paragraphs import (
    Span,
    even_lines,
    greedy_lines,
    joined_again,
    paragraphs_of,
    plain_paragraph,
    without_wide_words,
)
from core.rendering.styles import StyleBook, TextStyle
from tests.core.rendering.layouts import fonts

TEXT = "The house has always held that a good letter says what it means and says it only once."


@cache
def style(size: float = 10) -> TextStyle:
    book = StyleBook({"text": Style.model_validate({"face": "sans", "size": size})}, fonts(), "en")
    return book.style("text")


def width_of(text: str) -> float:
    return plain_paragraph(text, style()).width


def texts(lines: list[Line]) -> list[str]:
    return [
        " ".join("".join(word.text for word, _ in token.parts) for token in line.tokens) for line in lines
    ]


@given(st.lists(st.tuples(st.text("ab -", max_size=5), st.sampled_from((10, 12))), min_size=2, max_size=5))
@settings(max_examples=300, deadline=None)
def test_every_letter_has_its_own_style_wherever_styles_meet(parts: list[tuple[str, int]]) -> None:
    spans = [Span(text, style(size)) for text, size in parts]
    [paragraph] = paragraphs_of(spans)
    tokens = paragraph.whole.tokens
    letters = [(letter, style) for token in tokens for word, style in token.parts for letter in word.text]
    assert letters == [(letter, style) for text, style in spans for letter in text if letter != " "]


def test_greedy_lines_are_as_full_as_they_can_be() -> None:
    lines = greedy_lines(plain_paragraph(TEXT, style()), 120)
    assert " ".join(texts(lines)) == TEXT
    for line, following in pairwise(lines):
        assert line.width <= 120
        assert line.width + width_of(" x") - width_of("x") + following.tokens[0].width > 120


@pytest.mark.parametrize("width", range(70, 400, 7))
def test_even_lines_are_no_wider_and_no_more_than_needed(width: int) -> None:
    paragraph = plain_paragraph(TEXT, style())
    even, greedy = even_lines(paragraph, width, fill=False), greedy_lines(paragraph, width)
    assert " ".join(texts(even)) == TEXT
    assert all(line.width <= width for line in even)
    assert len(even) == len(greedy)
    assert max(line.width for line in even) - min(line.width for line in even) <= max(
        line.width for line in greedy
    ) - min(line.width for line in greedy)


def test_a_first_line_may_be_shorter() -> None:
    first, second, *_ = even_lines(plain_paragraph(TEXT, style()), 200, 80, fill=True)
    assert first.width <= 80 < second.width


@pytest.mark.parametrize(
    "text, line",
    [
        ("formation professionnelle !", "professionnelle !"),
        ("fifty rupees ₹ 500", "₹ 500"),
        ("कर्तव्य पूरा किया ।", "किया ।"),
    ],
)
def test_a_sign_that_belongs_to_its_neighbour_is_not_left_alone(text: str, line: str) -> None:
    width = width_of(text) - 1
    assert texts(greedy_lines(plain_paragraph(text, style()), width))[-1] == line
    assert texts(even_lines(plain_paragraph(text, style()), width, fill=True))[-1].endswith(line)


def test_what_belongs_together_is_let_go_where_no_line_holds_it() -> None:
    paragraph = without_wide_words(plain_paragraph("professionnelle !", style()), width_of("professionnelle"))
    assert texts(greedy_lines(paragraph, width_of("professionnelle"))) == ["professionnelle", "!"]


def test_lines_can_be_joined_and_broken_again() -> None:
    lines = greedy_lines(plain_paragraph(TEXT, style()), 120)
    [rest] = joined_again(lines[2:])
    assert texts([rest.whole]) == [" ".join(texts(lines[2:]))]
    assert texts(greedy_lines(rest, 120)) == texts(lines[2:])


WORDS = (
    *(
        "Dr.",
        "K.",
        "R.",
        "e",
        "da",
        "Om",
        "Al",
        "Rao",
        "Iyer",
        "Devi",
        "Singh",
        "Asha",
        "Maria",
        "and",
        "of",
        "the",
    ),
    *("Noronha", "Fernandes", "Ayurvedic", "Massage", "Satyanarayana", "Krishnamurthy", "Balasubramanian"),
    *("अनन्या", "कुलकर्णी", "கவிதா", "வெங்கடேசன்", "محمد", "عرفان", "therapist/manager", "Anne-Marie"),
)


@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=3, max_size=40),
    share=st.floats(0.0, 1.0),
    fill=st.booleans(),
)
def test_no_short_word_ends_a_text_alone_where_another_would_go_with_it(
    words: list[str], share: float, fill: bool
) -> None:
    paragraph = plain_paragraph(" ".join(words), style())
    widest = max(token.width for token in paragraph.whole.tokens)
    width = widest + share * max(paragraph.width - widest, 0.0)
    lines = even_lines(paragraph, width, fill=fill)
    assert len(lines) == len(greedy_lines(paragraph, width))
    assert [token for line in lines for token in line.tokens] == list(paragraph.whole.tokens)
    assert all(line.width <= width + 0.011 for line in lines)
    last = lines[-1]
    if len(lines) > 1 and len(last.tokens) == 1 and last.width < width / 4:
        before = lines[-2].tokens[-1]
        assert before.width + before.space_width + last.width > width


def test_letters_about_a_hyphen_are_kerned_and_part_at_the_end_of_a_line() -> None:
    whole = plain_paragraph("Ayur-Therapy", style())
    apart = width_of("Ayur-") + width_of("Therapy")
    assert whole.width < apart - 0.3
    assert len(greedy_lines(whole, apart - 0.3)) == 1
    first, second = greedy_lines(whole, apart - 1)
    assert first.width == pytest.approx(width_of("Ayur-"))
    assert second.width == pytest.approx(width_of("Therapy"))
    [run] = whole.whole.runs(0.0)
    assert run.words[1][0] == pytest.approx(whole.width - second.width)
