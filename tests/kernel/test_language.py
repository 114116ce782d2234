"""Which language a sentence comes in."""

import pytest

from ordergraph.kernel.language import preferred, say


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.5", "de"),
        ("de;q=0.4, en;q=0.6", "en"),
        ("en;q=0.4, de;q=0.6", "de"),
        ("de;q=0", "en"),
        ("de;q=much", "en"),
        ("de;level=1", "de"),
        ("*", "en"),
        (",,;;", "en"),
        ("fr," * 30 + "de", "en"),  # only the first twenty wishes are read
        ("fr;q=0.9, " * 15 + "de", "de"),  # longer than what is remembered
    ],
)
def test_the_best_wish_that_we_can_fulfil_wins(header: str, language: str) -> None:
    assert preferred(header) == language


def test_a_sentence_is_filled_with_its_facts() -> None:
    says = {"en": "At most {most}.", "de": "Höchstens {most}."}

    assert say(says, "de", {"most": 3}) == "Höchstens 3."


def test_a_missing_language_falls_back_to_english() -> None:
    assert say({"en": "Yes."}, "de", {}) == "Yes."


def test_facts_are_not_read_as_templates() -> None:
    assert say({"en": "{word}"}, "en", {"word": "{field}"}) == "{field}"
