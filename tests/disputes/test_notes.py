"""Operators' own notes: nothing that a party can ask, hear or count shows that there is one."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError

from ordergraph.accounts import actions as accounts
from ordergraph.disputes.models import InternalNote
from ordergraph.infra.outbox import EventRow, OutboxRow
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.models import Order
from tests.disputes.documents import SHAPE, opened, sent
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid, person

ADD = """mutation($id: ID!, $body: String!) { disputeNoteAdd(input: {disputeId: $id, body: $body}) {
  __typename ... on DisputeNoteAddSuccess { edge { cursor node { id body author { displayName } writtenAt
    dispute { id } } } }
  ... on NotAllowedError { message action } ... on NotFoundError { message what }
  ... on InvalidInputError { field } } }"""
NOTES = """query($id: ID!, $after: String) { dispute(id: $id) { internalNotes(after: $after) {
  edges { cursor } nodes { body } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
ALL = (
    """query($id: ID!) { dispute(id: $id) { ...Shape readCursors { readAt }
    internalNotes { nodes { id } pageInfo { hasNextPage endCursor } }
    messages { edges { cursor node { id body } } }
    order { timeline { edges { cursor node { id type hash } } } timelineIntegrity { events lastHash } } }
  viewer { notifications { nodes { id } } } }"""
    + SHAPE
)
NODE = "query($id: ID!) { node(id: $id) { __typename } }"
LISTEN = (
    "subscription($id: ID!) { disputeUpdated(disputeId: $id) { id } }",
    "subscription($id: ID!) { messageAdded(disputeId: $id) { cursor } }",
)
BOTH = person("olga", Role.OPERATOR, Role.BUYER)


async def note(market: Market, who: Actor, id_: str, body: str = "Second case of his.") -> Any:
    return (await market.ask(who, ADD, id=id_, body=body))["disputeNoteAdd"]


async def notes(market: Market, who: Actor, id_: str, after: str | None = None) -> Any:
    return (await market.ask(who, NOTES, id=id_, after=after))["dispute"]["internalNotes"]


async def test_operators_note_things_for_each_other(market: Market) -> None:
    id_ = (await opened(market))["id"]

    first = await note(market, OLGA, id_, "  Cafe\u0301 receipt is real. ")
    await note(market, OLGA, id_)
    shown = await notes(market, OLGA, id_)
    rest = await notes(market, OLGA, id_, after=first["edge"]["cursor"])

    assert first["edge"]["node"]["body"] == "Café receipt is real."
    assert first["edge"]["node"]["dispute"] == {"id": id_}
    assert [each["body"] for each in shown["nodes"]] == [
        "Café receipt is real.",
        "Second case of his.",
    ]
    assert [each["body"] for each in rest["nodes"]] == ["Second case of his."]
    assert (await note(market, OLGA, id_, " "))["field"] == "body"
    assert await InternalNote.all().count() == 2


async def test_a_party_can_tell_by_nothing_that_there_is_a_note(market: Market) -> None:
    id_ = (await opened(market))["id"]
    await sent(market, ADA, id_, "Hello.")
    before = {who: await market.ask(who, ALL, id=id_) for who in (ADA, LAMPS)}
    written = (await EventRow.all().count(), await OutboxRow.all().count())
    streams = [await market.listen(who, doc, id=id_) for who in (ADA, LAMPS) for doc in LISTEN]
    for stream in streams:
        await anext(stream)
    waiting = [asyncio.create_task(anext(stream)) for stream in streams]

    made = await note(market, OLGA, id_)
    _, silent = await asyncio.wait(waiting, timeout=0.3)

    assert len(silent) == len(streams), "nobody hears of it"
    assert {who: await market.ask(who, ALL, id=id_) for who in (ADA, LAMPS)} == before
    assert (await EventRow.all().count(), await OutboxRow.all().count()) == written
    for who in (ADA, LAMPS, BEN):
        for node_id in (made["edge"]["node"]["id"], gid("InternalNote", uuid4())):
            assert await market.ask(who, NODE, id=node_id) == {"node": None}
    for task, stream in zip(waiting, streams, strict=True):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await stream.aclose()


async def test_only_operators_add_notes_and_not_over_their_own_order(market: Market) -> None:
    order = await market.deliver(await market.place())
    id_ = (await opened(market, order))["id"]

    denied = [await note(market, who, id_) for who in (ADA, LAMPS, BEN)]
    await note(market, OLGA, id_)
    async with market.edge.transaction(BOTH) as tx:
        await accounts.know(tx, "olga", "Olga")
    await Order.filter(id=order.id).update(buyer_id=BOTH.user_id)
    own = await note(market, BOTH, id_)

    assert [answer["__typename"] for answer in denied] == [
        "NotAllowedError",
        "NotAllowedError",
        "NotFoundError",
    ]
    assert own["__typename"] == "NotAllowedError"
    assert (await notes(market, BOTH, id_))["nodes"] == []
    assert await InternalNote.all().count() == 1


async def test_a_note_stays_as_it_was_written(market: Market) -> None:
    id_ = (await opened(market))["id"]
    await note(market, OLGA, id_)

    for statement in ("UPDATE internal_notes SET body = 'x'", "DELETE FROM internal_notes"):
        with pytest.raises(IntegrityError, match="append-only"):
            await connections.get("default").execute_query(statement)
