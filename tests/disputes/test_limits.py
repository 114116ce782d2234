"""A private limit stays private: no door tells the other side, or the operator, that there is one."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type
from strawberry import relay

from ordergraph.disputes.models import Dispute
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from tests.disputes.documents import moved, sent
from tests.disputes.documents import opened as opened_by_phone
from tests.market import ADA, BEN, LAMPS, OLGA, Market, gid
from tests.notifications.feed import tell
from tests.walking import calls, introspected, sample, selection
from tests.watching import snapshot, statements

DEPTH = 3
SIDES = {"buyer": (ADA, LAMPS), "seller": (LAMPS, ADA)}
each_side = pytest.mark.parametrize(("setter", "other"), SIDES.values(), ids=SIDES)
QUIET_S = 0.2
OWN = re.compile(rb'"Dispute_myLimit":(null|\{[^{}]*(\{[^{}]*\})?[^{}]*\})')
NUMBER = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")
DIFFER = {"id", "hash", "cursor", "startCursor", "endCursor"}


async def limited(market: Market, who: Actor, id_: str, amount: str | None) -> dict[str, Any]:
    said = ", amount: null" if amount is None else f', amount: "{amount}"'
    return await moved(market, who, "disputeLimitSet", id_, said)


async def opened(market: Market) -> dict[str, Any]:
    """A dispute with something in its thread, about which everyone has been told."""
    dispute = await opened_by_phone(market)
    await sent(market, LAMPS, dispute["id"], "What happened?")
    await tell(market)
    return dispute


ASK = {
    # argument or its type: what to ask with
    "ID": ["$dispute", "$order"],
    "ids": ["$ids"],
    "number": ["$number"],
    "disputeId": ["$dispute"],
    "orderId": ["$order"],
}
VARIABLES = {"dispute": "ID!", "order": "ID!", "ids": "[ID!]!", "number": "String!"}


async def known(id_: str) -> dict[str, Any]:
    """The ids of this dispute and its order."""
    dispute = await Dispute.all().order_by("-opened_at", "-id").first()
    assert dispute is not None
    assert gid("Dispute", dispute.id) == id_
    order = await Order.get(id=dispute.order_id)
    ids = [id_, gid("Order", order.id)]
    return {"dispute": id_, "order": ids[1], "ids": ids, "number": order.number}


def documents(
    kind: str, root: GraphQLObjectType, schema: GraphQLSchema, depth: int = DEPTH
) -> Iterator[str]:
    """One for each field of the root and each way to ask for it, with all that is below."""
    for name, field in root.fields.items():
        below = get_named_type(field.type)
        shown = "" if is_leaf_type(below) else selection(below, schema, ASK, depth)
        for call in calls(name, field, ASK):
            yield with_variables(kind, f"{{ {call} {shown} }}")


def with_variables(kind: str, text: str) -> str:
    used = ", ".join(f"${name}: {of}" for name, of in VARIABLES.items() if f"${name}" in text)
    return f"{kind} Walk({used}) {text}" if used else f"{kind} Walk {text}"


async def answers(market: Market, who: Actor, asked: list[str], id_: str) -> list[bytes]:
    """What each document is answered, data and errors, as bytes."""
    given, said = await known(id_), []
    for document in asked:
        named = {name: value for name, value in given.items() if f"${name}:" in document}
        result = await market.execute(who, document, **named)
        errors = [error.formatted for error in result.errors or []]
        said.append(orjson.dumps({"data": result.data, "errors": errors}))
    return said


@each_side
async def test_no_query_shows_that_there_is_a_limit_but_to_its_owner(
    market: Market, setter: Actor, other: Actor
) -> None:
    schema = await introspected(market)
    assert schema.query_type is not None
    asked, id_ = list(documents("query", schema.query_type, schema)), (await opened(market))["id"]
    before = {who: await answers(market, who, asked, id_) for who in (*SIDES["buyer"], OLGA, BEN)}

    assert (await limited(market, setter, id_, "10.00"))["__typename"] == "DisputeLimitSetSuccess"

    for who in (other, OLGA, BEN):
        assert await answers(market, who, asked, id_) == before[who]
    own = await answers(market, setter, asked, id_)
    assert own != before[setter], "the walk reaches the limit"
    without = [[OWN.sub(b"", said) for said in found] for found in (own, before[setter])]
    assert without[0] == without[1]


@each_side
async def test_a_limit_changes_no_row_but_itself_and_its_key(
    market: Market, setter: Actor, other: Actor
) -> None:
    """No event, version, notification, message, mark: nothing that anything could be read from."""
    id_ = (await opened(market))["id"]
    await limited(market, other, id_, {ADA: "60.00", LAMPS: "5.00"}[other])
    before = await snapshot()

    for amount in ("10.00", "20.00", None):
        assert (await limited(market, setter, id_, amount))["__typename"] == (
            "DisputeLimitSetSuccess"
        )

    assert {table for table, _ in await snapshot() ^ before} == {
        "private_limits",
        "idempotency_keys",
    }


@each_side
async def test_no_subscription_delivers_anything(
    market: Market, setter: Actor, other: Actor
) -> None:
    schema = await introspected(market)
    assert schema.subscription_type is not None
    id_ = (await opened(market))["id"]
    given = await known(id_)
    asked = list(documents("subscription", schema.subscription_type, schema, 1))
    heard: list[list[bytes]] = []
    async with AsyncExitStack() as stack:
        for who in (other, OLGA, setter):
            for document in asked:
                named = {n: v for n, v in given.items() if f"${n}:" in document}
                stream, lines = await market.listen(who, document, **named), list[bytes]()
                heard.append(lines)
                stack.push_async_callback(listen_to(stream, lines))
        await until(lambda: any(heard))
        await asyncio.sleep(QUIET_S)

        for amount in ("10.00", None, "20.00"):
            await limited(market, setter, id_, amount)
        await asyncio.sleep(QUIET_S)

        assert max(len(lines) for lines in heard) == 1, "the present state, and nothing after it"
        await sent(market, setter, id_, "Still here.")
        await until(lambda: max(len(lines) for lines in heard) > 1)  # for they do listen


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  (what others write down sets no event)
            await asyncio.sleep(0.02)


def listen_to(stream: Any, lines: list[bytes]) -> Callable[[], Awaitable[None]]:
    """Write down what comes from now on; what is returned ends that."""

    async def hear() -> None:
        async for result in stream:
            lines.append(orjson.dumps(result.data))  # noqa: PERF401  (as they come, not at the end)

    task = asyncio.create_task(hear())

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task])
        await stream.aclose()

    return end


async def done(market: Market, who: Actor, document: str, given: Any) -> tuple[Any, int]:
    """What a mutation is answered, but for what differs between any two disputes; and its SQL."""
    with statements() as seen:
        result = await market.execute(who, document, input=given)
    errors = [error.formatted for error in result.errors or []]
    return alike({"data": result.data, "errors": errors}), len(seen)


def alike(said: Any) -> Any:
    if isinstance(said, dict):
        kept = {name: value for name, value in said.items() if name.split("_")[-1] not in DIFFER}
        return {name: alike(value) for name, value in kept.items()}
    if isinstance(said, list):
        return [alike(value) for value in said]
    return NUMBER.sub("K7Q4-9XWM", said) if isinstance(said, str) else said


@each_side
async def test_no_mutation_answers_otherwise_when_the_other_side_has_a_limit(
    market: Market, setter: Actor, other: Actor
) -> None:
    """Two disputes that are the same but for the limit: the same answer, by as many statements."""
    schema = await introspected(market)
    assert schema.mutation_type is not None
    twins: list[dict[str, Any]] = []

    for name, field in schema.mutation_type.fields.items():
        kind = get_named_type(field.args["input"].type)
        if "disputeId" not in getattr(kind, "fields", {}):
            continue
        shown = selection(get_named_type(field.type), schema, ASK, 1)
        document = f"mutation Do($input: {kind.name}!) {{ {name}(input: $input) {shown} }}"
        for who in (other, OLGA, BEN):
            if not await still_open(twins):
                twins = await two_alike(market, setter)
            found = []
            for twin in twins:
                given = sample(kind, {"disputeId": [twin["id"]], "ID": [twin["id"]]})
                found.append(await done(market, who, document, given))
            assert found[0] == found[1], name


async def two_alike(market: Market, setter: Actor) -> list[dict[str, Any]]:
    """Two disputes; in the second one this side has set a limit."""
    twins = [await opened(market) for _ in range(2)]
    await limited(market, setter, twins[1]["id"], {ADA: "80.00", LAMPS: "2.00"}[setter])
    return twins


async def still_open(twins: list[dict[str, Any]]) -> bool:
    ids = [relay.from_base64(twin["id"])[1] for twin in twins]
    rows = await Dispute.filter(id__in=ids)
    return len(rows) == 2 and all(row.status == "AWAITING_SELLER" for row in rows)


@each_side
async def test_setting_a_limit_that_does_not_meet_the_others_takes_as_many_statements_as_without(
    market: Market, setter: Actor, other: Actor
) -> None:
    twins = await two_alike(market, setter)
    document = """mutation Do($input: DisputeLimitSetInput!) {
      disputeLimitSet(input: $input) { __typename ... on DisputeLimitSetSuccess { dispute {
        status closedAt myLimit { amount { amount } changesLeft } actions { kind available }
      } } ... on UserError { message } } }"""
    apart = {ADA: "70.00", LAMPS: "9.00"}[other]

    for amount in (apart, apart, "0.00", "0.01" if other is LAMPS else "84.70", None):
        found = [
            await done(market, other, document, {"disputeId": twin["id"], "amount": amount})
            for twin in twins
        ]
        assert found[0] == found[1]
