"""Operators see what failed for good, and let it be tried anew; nobody else sees anything."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ordergraph.infra import dead_letters
from ordergraph.infra.dead_letters import PAUSES, DeadLetter
from ordergraph.kernel.actor import Actor
from tests.market import ADA, LAMPS, NOON, OLGA, Market, gid
from tests.watching import snapshot

LIST = """query { deadLetters(first: 2) { nodes { id work subject problem failures retryAt }
  pageInfo { hasNextPage } } }"""
RETRY = """mutation Retry($id: ID!) { deadLetterRetry(input: {deadLetterId: $id}) { __typename
  ... on DeadLetterRetrySuccess { deadLetter { failures retryAt } }
  ... on NotFoundError { what } } }"""
NODE = "query Node($id: ID!) { node(id: $id) { id ... on DeadLetter { work } } }"


async def _dead(work: str = "refund.due") -> DeadLetter:
    row_id = uuid4()
    for minute in range(len(PAUSES) + 1):
        await dead_letters.failed(work, row_id, KeyError("x"), NOON + timedelta(minutes=minute))
    return await DeadLetter.get(row_id=row_id)


async def test_the_dead_are_listed_and_those_that_only_rest_are_not(market: Market) -> None:
    letter = await _dead()
    await dead_letters.failed("refund.due", uuid4(), KeyError("x"), NOON)

    shown = (await market.ask(OLGA, LIST))["deadLetters"]

    assert shown["nodes"] == [
        {
            "id": gid("DeadLetter", letter.id),
            "work": "refund.due",
            "subject": str(letter.row_id),
            "problem": "KeyError",
            "failures": 7,
            "retryAt": None,
        }
    ]
    assert shown["pageInfo"] == {"hasNextPage": False}


async def test_an_operator_lets_one_be_tried_anew(market: Market) -> None:
    letter = await _dead()

    answer: Any = await market.ask(OLGA, RETRY, id=gid("DeadLetter", letter.id))

    tried = answer["deadLetterRetry"]["deadLetter"]
    assert tried == {"failures": 0, "retryAt": "2026-11-23T12:00:00.000Z"}
    assert not await dead_letters.resting("refund.due", NOON).exists()


async def test_what_is_not_there_cannot_be_tried(market: Market) -> None:
    answer = await market.ask(OLGA, RETRY, id=gid("DeadLetter", uuid4()))

    assert answer["deadLetterRetry"] == {"__typename": "NotFoundError", "what": "dead letter"}


@pytest.mark.parametrize("actor", [ADA, LAMPS], ids=["buyer", "seller"])
async def test_nobody_else_sees_or_does_anything(market: Market, actor: Actor) -> None:
    letter = await _dead()
    before = await snapshot()

    shown = await market.execute(actor, LIST)
    tried = await market.execute(actor, RETRY, id=gid("DeadLetter", letter.id))
    found = await market.ask(actor, NODE, id=gid("DeadLetter", letter.id))

    assert [error.extensions["code"] for error in shown.errors] == ["FORBIDDEN"]
    assert [error.extensions["code"] for error in tried.errors] == ["FORBIDDEN"]
    assert found["node"] is None
    assert await snapshot() == before


async def test_an_operator_finds_one_by_its_id(market: Market) -> None:
    letter = await _dead()

    found = await market.ask(OLGA, NODE, id=gid("DeadLetter", letter.id))

    assert found["node"]["work"] == "refund.due"
