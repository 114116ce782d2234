"""Every door asks who is there: what you may not see answers exactly as if it did not exist (A1, A2)."""

from typing import Any
from uuid import uuid4

import pytest
from strawberry.relay import to_base64

from ordergraph.accounts import actions as accounts
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.models import OrderLine
from tests.market import ADA, BEN, LAMPS, NAMES, OLGA, PAPER, Market, gid
from tests.states import cancel

NODE = "query Q($id: ID!) { node(id: $id) { id } }"
NODES = "query Q($id: ID!) { nodes(ids: [$id]) { id } }"
ORDER = "query Q($id: ID!) { order(id: $id) { id } }"
BY_NUMBER = "query Q($number: String!) { orderByNumber(number: $number) { id } }"
LISTS = """query Q { viewer {
  purchases { nodes { id } } sales { nodes { id } } } }"""
LIVE = {
    "order": "subscription S($id: ID!) { orderUpdated(orderId: $id) { id } }",
    "refund": "subscription S($id: ID!) { refundUpdated(orderId: $id) { id } }",
}

NOT_A_PARTY = {
    "another buyer": BEN,
    "another seller": PAPER,
    "the buyer without the buyer's role": Actor(frozenset({Role.SELLER}), ADA.user_id),
    "the seller without the seller's role": Actor(frozenset({Role.BUYER}), LAMPS.user_id),
    "staff who bought it": Actor(frozenset({Role.OPERATOR}), ADA.user_id),
    "staff who sold it": Actor(frozenset({Role.OPERATOR}), LAMPS.user_id),
    "somebody without any role": Actor(frozenset(), uuid4()),
}
PARTY = {
    "the buyer": ADA,
    "the seller": LAMPS,
    "staff": OLGA,
    "staff who bought it, as a buyer": Actor(frozenset({Role.OPERATOR, Role.BUYER}), ADA.user_id),
}
KINDS = ["Order", "Refund", "Cancellation", "OrderLine", "Event"]
strangers = pytest.mark.parametrize("who", NOT_A_PARTY.values(), ids=NOT_A_PARTY)
parties = pytest.mark.parametrize("who", PARTY.values(), ids=PARTY)


class Found:
    """A canceled order of Ada's with its refund, by the ids that clients have."""

    def __init__(self, done: Any) -> None:
        self.order = gid("Order", done.order.id)
        self.number = done.order.number
        self.things = {
            "Order": self.order,
            "Refund": gid("Refund", done.refund.id),
            "Cancellation": gid("Cancellation", done.cancellation.id),
        }


@pytest.fixture
async def found(market: Market) -> Found:
    found = Found(await cancel(market, order := await market.place()))
    for kind, rows in {"OrderLine": OrderLine, "Event": EventRow}.items():
        found.things[kind] = gid(kind, (await rows.filter(order_id=order.id).first()).id)
    return found


@strangers
@pytest.mark.parametrize("kind", KINDS)
async def test_a_strangers_look_up_finds_as_much_as_one_of_nothing(
    market: Market, found: Found, who: Actor, kind: str
) -> None:
    missing = gid(kind, uuid4())

    for document in (NODE, NODES):
        theirs = await market.ask(who, document, id=found.things[kind])
        nothing = await market.ask(who, document, id=missing)
        assert theirs == nothing
        assert theirs in ({"node": None}, {"nodes": [None]})


@strangers
async def test_a_stranger_finds_no_order_by_id_or_number_or_list(
    market: Market, found: Found, who: Actor
) -> None:
    by_id = await market.ask(who, ORDER, id=found.order)
    by_number = await market.ask(who, BY_NUMBER, number=found.number)
    lists = await market.ask(who, LISTS)

    assert by_id == {"order": None}
    assert by_number == {"orderByNumber": None}
    assert lists["viewer"] == {"purchases": {"nodes": []}, "sales": {"nodes": []}}


@strangers
@pytest.mark.parametrize("topic", LIVE)
async def test_a_strangers_subscription_ends_like_one_to_nothing(
    market: Market, found: Found, who: Actor, topic: str
) -> None:
    theirs = [r async for r in await market.listen(who, LIVE[topic], id=found.order)]
    nothing = [r async for r in await market.listen(who, LIVE[topic], id=gid("Order", uuid4()))]

    ends = [[(e.message, e.extensions) for e in only.errors] for only in (*theirs, *nothing)]
    assert ends == [[("There is no such order.", {"code": "NOT_FOUND"})]] * 2
    assert not market.hub.listeners


@parties
@pytest.mark.parametrize("kind", KINDS)
async def test_a_party_and_staff_find_everything(
    market: Market, found: Found, who: Actor, kind: str
) -> None:
    thing = found.things[kind]

    assert await market.ask(who, NODE, id=thing) == {"node": {"id": thing}}
    assert await market.ask(who, ORDER, id=found.order) == {"order": {"id": found.order}}
    by_number = await market.ask(who, BY_NUMBER, number=found.number.lower())
    assert by_number == {"orderByNumber": {"id": found.order}}


async def test_each_side_has_the_order_in_its_own_list(market: Market, found: Found) -> None:
    bought, sold = await market.ask(ADA, LISTS), await market.ask(LAMPS, LISTS)
    staff = await market.ask(OLGA, LISTS)

    assert bought["viewer"] == {
        "purchases": {"nodes": [{"id": found.order}]},
        "sales": {"nodes": []},
    }
    assert sold["viewer"] == {"purchases": {"nodes": []}, "sales": {"nodes": [{"id": found.order}]}}
    assert staff["viewer"] == {"purchases": {"nodes": []}, "sales": {"nodes": []}}


@pytest.mark.parametrize("document", [NODE, NODES, ORDER, BY_NUMBER, LISTS, *LIVE.values()])
async def test_nobody_is_asked_for_a_token(market: Market, found: Found, document: str) -> None:
    variables = {"number": found.number} if "$number" in document else {"id": found.order}
    if document.startswith("subscription"):
        results = [r async for r in await market.listen(None, document, **variables)]
    else:
        results = [await market.execute(None, document, **variables)]

    (result,) = results
    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
    assert not any((result.data or {}).values())


async def test_nobody_may_look_at_the_reasons_and_the_clock(market: Market) -> None:
    """What is no person's is everybody's."""
    open_to_all = await market.ask(None, "{ now reasons(context: CANCELLATION) { handle } }")

    assert open_to_all["now"] == "2026-11-23T12:00:00.000Z"
    assert {"handle": "no-longer-needed"} in open_to_all["reasons"]


@pytest.mark.parametrize(
    ("who", "whom", "seen"),
    [
        (ADA, ADA, True),
        (ADA, LAMPS, True),
        (LAMPS, ADA, True),
        (OLGA, ADA, True),
        (ADA, BEN, False),
        (BEN, ADA, False),
        (PAPER, LAMPS, False),
    ],
)
async def test_people_are_seen_by_those_who_trade_with_them(
    market: Market, found: Found, who: Actor, whom: Actor, *, seen: bool
) -> None:
    assert found
    async with market.edge.transaction(OLGA) as tx:
        for someone, name in NAMES.items():
            assert await accounts.know(tx, name, None) == someone.user_id
    assert whom.user_id is not None
    person = gid("User", whom.user_id)

    answer = await market.ask(who, NODE, id=person)

    assert answer == {"node": {"id": person} if seen else None}


@pytest.mark.parametrize("kind", ["OrderLine", "Event", "Payment", "Nothing"])
async def test_what_has_no_door_of_its_own_is_not_found_by_id(market: Market, kind: str) -> None:
    assert await market.ask(OLGA, NODE, id=gid(kind, uuid4())) == {"node": None}


@pytest.mark.parametrize("kind", ["Order", "Refund", "Cancellation", "User", "Reason"])
async def test_an_id_without_a_number_of_ours_finds_nothing(market: Market, kind: str) -> None:
    assert await market.ask(OLGA, NODE, id=to_base64(kind, "five")) == {"node": None}


async def test_an_id_of_one_kind_opens_no_door_of_another(market: Market, found: Found) -> None:
    refund = found.things["Refund"]

    assert await market.ask(ADA, ORDER, id=refund) == {"order": None}
    (live,) = [r async for r in await market.listen(ADA, LIVE["order"], id=refund)]
    assert live.errors[0].extensions == {"code": "NOT_FOUND"}
