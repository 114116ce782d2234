"""Every no and every fact is a sentence in each language, and has a place in the contract."""

from dataclasses import fields
from string import Formatter
from typing import Any

import pytest
from graphql import is_union_type

from ordergraph.api.refusals import ANSWERS, Refusals
from ordergraph.kernel.event import Event
from ordergraph.kernel.language import LANGUAGES
from ordergraph.kernel.refusal import Refusal
from ordergraph.kernel.words import Words
from ordergraph.schema import schema
from tests.house.walk import descendants, import_everything

import_everything()


def _called(kind: type) -> str:
    return kind.__name__


REFUSALS = sorted(descendants(Refusal), key=_called)
EVENTS = sorted(Event.known.values(), key=_called)
WORDS = sorted(descendants(Words), key=_called)


def _holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("refusal", REFUSALS, ids=_called)
def test_a_refusal_speaks_every_language_of_facts_that_it_has(refusal: Any) -> None:
    facts = {f.name for f in fields(refusal)}

    assert set(refusal.says) == set(LANGUAGES)
    for sentence in refusal.says.values():
        assert sentence.endswith(".")
        assert _holes(sentence) <= facts


@pytest.mark.parametrize("refusal", REFUSALS, ids=_called)
def test_a_refusal_has_an_answer_in_the_schema(refusal: Any) -> None:
    answer = ANSWERS[refusal].error_type

    definition = answer.__strawberry_definition__  # type: ignore[attr-defined]  # it is a Strawberry type
    assert schema.get_type_by_name(definition.name) is not None


@pytest.mark.parametrize("refusal", REFUSALS, ids=_called)
def test_an_answer_asks_only_for_facts_that_the_refusal_has(refusal: Any) -> None:
    facts = {f.name for f in fields(refusal)}
    answer = ANSWERS[refusal].error_type

    assert {f.name for f in fields(answer) if f.init} - {"message"} <= facts


@pytest.mark.parametrize("event", EVENTS, ids=_called)
def test_an_event_speaks_every_language_without_needing_facts(event: Any) -> None:
    assert set(event.says) == set(LANGUAGES)
    for sentence in event.says.values():
        assert sentence.endswith(".")
        assert not _holes(sentence)


@pytest.mark.parametrize("event", EVENTS, ids=_called)
def test_an_event_is_named_after_its_subject_and_a_past_fact(event: Any) -> None:
    subject, _, fact = event.type.partition(".")

    assert event.type.count(".") == 1
    assert subject.islower()
    assert fact.islower()


def test_no_two_events_have_one_name() -> None:
    named = {(e.__module__, e.__name__) for e in descendants(Event) if "type" in vars(e)}

    assert named == {(e.__module__, e.__name__) for e in EVENTS}


@pytest.mark.parametrize("words", WORDS, ids=_called)
def test_every_word_is_explained(words: Any) -> None:
    assert words.__doc__
    for word in words:
        assert word.value == word.name
        assert word.about.endswith((".", "!")), word


def test_where_any_refusal_is_an_answer_the_common_one_is() -> None:
    """So that one handler of exceptions, which is for that one, is asked for all of them."""
    errors = {answer.error_type.__strawberry_definition__.name for answer in ANSWERS.values()}  # type: ignore[attr-defined]  # they are Strawberry types
    common = Refusals.error_type.__strawberry_definition__.name  # type: ignore[attr-defined]  # as above
    unions = [kind for kind in schema._schema.type_map.values() if is_union_type(kind)]
    answered = [union for union in unions if {kind.name for kind in union.types} & errors]

    assert len(answered) > 20
    assert [union.name for union in answered if common not in {k.name for k in union.types}] == []
