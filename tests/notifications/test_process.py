"""The table of notices: complete, readable, and fair."""

from dataclasses import fields

import pytest

import ordergraph.schema  # noqa: F401  (brings every domain's events with it)
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import Event
from ordergraph.kernel.language import LANGUAGES
from ordergraph.notifications.process import (
    DISABLED_ENDPOINT,
    FOR_OPERATORS,
    NEWS,
    NEWS_ELSEWHERE,
    NOTICES,
    TELLS_NOBODY,
    UNTOLD,
    WHO,
    operator_title,
    sides,
    tells_operators,
    title,
)

PARTIES = {Role.BUYER, Role.SELLER}
FOR_THE_BUYER = {"party": "BUYER", "waiting_for": "BUYER"}
BY_RULE = {"dispute.accepted_by_rule", "dispute.offered_by_rule"}


def test_every_event_says_whom_it_concerns() -> None:
    assert set(Event.known) == set(NOTICES) | set(TELLS_NOBODY)


def test_no_event_tells_somebody_and_nobody() -> None:
    assert set(NOTICES).isdisjoint(TELLS_NOBODY)
    assert all(TELLS_NOBODY.values()), "each says why"


@pytest.mark.parametrize("side", sorted(PARTIES))
@pytest.mark.parametrize("event_type", NOTICES)
def test_each_side_of_every_event_is_told_or_there_is_a_reason(event_type: str, side: Role) -> None:
    told = side in NOTICES[event_type].tells

    assert told is not bool(UNTOLD.get((event_type, side)))


def test_no_reason_is_about_an_event_that_nobody_is_told_of() -> None:
    assert {event_type for event_type, _ in UNTOLD} <= set(NOTICES)


def test_operators_are_told_of_events_that_there_are_and_of_what_has_none() -> None:
    assert set(FOR_OPERATORS) - {DISABLED_ENDPOINT} <= set(Event.known)


def test_what_waits_for_nobody_in_particular_is_told_to_operators_if_the_table_has_it() -> None:
    assert tells_operators("dispute.escalated", {})
    assert not tells_operators("order.paid", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event_type", FOR_OPERATORS)
def test_what_operators_read_is_one_line_in_every_language(event_type: str, language: str) -> None:
    facts = {"number": "K7Q4-9XWM", "subject": "shop.example"}

    said = operator_title(event_type, Role.BUYER, facts, language)

    assert said.endswith(".")
    assert ("K7Q4-9XWM" in said) is (event_type != DISABLED_ENDPOINT)
    assert set(FOR_OPERATORS[event_type]) == set(LANGUAGES)


def test_only_the_two_sides_are_told() -> None:
    for notice in NOTICES.values():
        assert notice.tells
        assert notice.tells <= PARTIES


@pytest.mark.parametrize("by", Role)
@pytest.mark.parametrize("event_type", [*NOTICES, *TELLS_NOBODY])
def test_nobody_is_told_of_their_own_doing(event_type: str, by: Role) -> None:
    told = set(sides(event_type, by, FOR_THE_BUYER))

    assert (by in told) is (event_type in BY_RULE and by in PARTIES)


def test_both_are_told_of_what_a_rule_did_in_the_name_of_one() -> None:
    for event_type in BY_RULE:
        assert set(sides(event_type, Role.SELLER, {})) == PARTIES
        assert "rule" in title(event_type, Role.SELLER, "K7Q4-9XWM", "en")


@pytest.mark.parametrize("event_type", TELLS_NOBODY)
def test_an_event_that_tells_nobody_has_no_sides(event_type: str) -> None:
    assert list(sides(event_type, Role.SYSTEM, {})) == []


@pytest.mark.parametrize("event_type", [kind for kind, notice in NOTICES.items() if notice.only])
def test_what_is_for_one_side_is_told_to_that_side(event_type: str) -> None:
    fact = NOTICES[event_type].only or ""

    assert fact in {f.name for f in fields(Event.known[event_type])}
    for role in Role:
        told = list(sides(event_type, Role.SYSTEM, {fact: role.value}))
        assert told == ([role] if role in PARTIES else [])
        for_operators = tells_operators(event_type, {fact: role.value})
        assert for_operators is (event_type in FOR_OPERATORS and role is Role.OPERATOR)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("by", Role)
@pytest.mark.parametrize("event_type", NOTICES)
def test_every_title_reads_as_a_line_about_its_order(
    event_type: str, by: Role, language: str
) -> None:
    line = title(event_type, by, "K7Q4-9XWM", language)

    assert "K7Q4-9XWM" in line
    assert line.endswith(".")
    assert "{" not in line
    assert len(line) <= 100


@pytest.mark.parametrize("event_type", NOTICES)
def test_every_notice_is_written_in_every_language(event_type: str) -> None:
    notice = NOTICES[event_type]

    assert set(notice.says) == set(LANGUAGES)
    assert notice.by_itself is None or set(notice.by_itself) == set(LANGUAGES)


def test_everyone_who_acts_has_a_name_in_every_language() -> None:
    assert set(WHO) == set(Role)
    assert all(set(names) == set(LANGUAGES) for names in WHO.values())


def test_a_cancellation_by_a_deadline_says_which() -> None:
    line = title("order.canceled", Role.SYSTEM, "K7Q4-9XWM", "en")

    assert line == "Order K7Q4-9XWM was canceled: the seller did not act in time."


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_nobody_here_knows_there_is_news(language: str) -> None:
    """A newer version may tell of more, and may tell operators of what it told only the sides before."""
    of_an_order, of_none = (
        {"number": "K7Q4-9XWM", "subject": None}, {"number": None, "subject": "shop.example"},
    )  # fmt: skip

    lines = [
        title("order.teleported", Role.SYSTEM, "K7Q4-9XWM", language),
        operator_title("order.paid", Role.SYSTEM, of_an_order, language),
        operator_title("moon.risen", Role.SYSTEM, of_none, language),
    ]

    for line, about in zip(lines, ("K7Q4-9XWM", "K7Q4-9XWM", "shop.example"), strict=True):
        assert line.endswith(f"{about}.")
        assert set(NEWS) == set(NEWS_ELSEWHERE) == set(LANGUAGES)
