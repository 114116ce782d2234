"""What people write: one rule for every note and message (R4)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import is_handle, is_storable, written


@given(st.text(max_size=300))
def test_what_is_accepted_is_normal_trimmed_storable_and_stays_as_it_is(text: str) -> None:
    try:
        clean = written(text, field="note", limit=200)
    except InvalidInput:
        return

    assert clean == clean.strip()
    assert unicodedata.is_normalized("NFC", clean)
    assert is_storable(clean)
    assert len(clean) <= 200
    assert written(clean, field="note", limit=200) == clean


def test_letters_and_their_marks_become_one_character() -> None:
    assert written("Cafe\u0301", field="note", limit=4) == "Café"


def test_line_breaks_and_tabs_stay_and_windows_breaks_become_plain() -> None:
    assert written(" one\r\ntwo\tthree\n", field="note", limit=50) == "one\ntwo\tthree"


def test_the_limit_counts_what_is_left_after_trimming() -> None:
    assert written(" " * 50 + "x" * 10, field="note", limit=10) == "x" * 10


def test_one_character_too_many_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refusal:
        written("x" * 11, field="note", limit=10)

    assert refusal.value.field == "note"
    assert refusal.value.problem == "at most 10 characters"


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\r", "\ud800", "\u202e", "\u2066", "\u2069"],
)
def test_control_characters_and_directional_overrides_are_refused(character: str) -> None:
    with pytest.raises(InvalidInput, match="control characters"):
        written(f"a{character}b", field="note", limit=50)


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "שלום", "नमस्ते", "a\u00a0b", "x\u200dy"])
def test_the_worlds_writing_is_accepted_as_it_is(text: str) -> None:
    assert written(text, field="note", limit=50) == text


@pytest.mark.parametrize("text", ["", "  ", "\n\t "])
def test_nothing_is_refused_only_where_something_is_required(text: str) -> None:
    assert written(text, field="note", limit=5) == ""
    with pytest.raises(InvalidInput, match="must not be empty"):
        written(text, field="note", limit=5, required=True)


@pytest.mark.parametrize(
    ("text", "possible"), [("a" * 40, True), ("a" * 41, False), ("", True), ("a\0b", False)]
)
def test_what_cannot_be_a_handle_is_not_looked_up(text: str, possible: bool) -> None:
    assert is_handle(text) is possible


@pytest.mark.parametrize(
    ("text", "storable"), [("a\x00b", False), ("\udfff", False), ("é\x07", True)]
)
def test_only_nul_and_lone_surrogates_cannot_be_stored(text: str, *, storable: bool) -> None:
    assert is_storable(text) is storable
