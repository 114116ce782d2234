"""Many who follow one object: it is read once for each change, and each sees what is theirs."""

import asyncio
from itertools import chain, combinations
from typing import Any, Final

from strawberry import relay

from ordergraph.disputes import queries as disputes
from ordergraph.infra.database import Edge
from ordergraph.kernel.actor import GATEWAY, SYSTEM, Actor, Role
from ordergraph.orders import queries as orders
from ordergraph.orders.events import OrderPaymentDeclined
from tests.disputes.documents import opened, sent
from tests.market import ADA, BEN, LAMPS, OLGA, PAPER, Market, gid
from tests.watching import statements

ORDER: Final = "subscription S($id: ID!) { orderUpdated(orderId: $id) { status number } }"
DISPUTE: Final = "subscription S($id: ID!) { disputeUpdated(disputeId: $id) { messageCount } }"
THREAD: Final = "subscription S($id: ID!) { messageAdded(disputeId: $id) { node { body } } }"
BELOW: Final = "carrier canCancel buyer { displayName } lines { title } refunds { status }"
SCREEN: Final = f"subscription S($id: ID!) {{ orderUpdated(orderId: $id) {{ {BELOW} }} }}"
HATS: Final = [
    frozenset(hats)
    for hats in chain.from_iterable(
        combinations((Role.BUYER, Role.SELLER, Role.OPERATOR), n) for n in range(4)
    )
]


async def _each_next(streams: list[Any]) -> list[Any]:
    async with asyncio.timeout(10):
        results = await asyncio.gather(*(anext(stream) for stream in streams))
    assert not any(result.errors for result in results)
    return [next(iter(result.data.values())) for result in results]


async def _all_over(streams: list[Any]) -> None:
    for stream in streams:
        await stream.aclose()


async def test_a_change_is_read_once_however_many_follow_the_order(market: Market) -> None:
    order = await market.place()
    actors = (ADA, LAMPS, OLGA) * 10
    streams = [await market.listen(actor, ORDER, id=gid("Order", order.id)) for actor in actors]
    await _each_next(streams)
    waiting = asyncio.create_task(_each_next(streams))
    await asyncio.sleep(0.1)

    with statements() as seen:
        market.hub.publish([f"order:{order.id}"])
        await asyncio.sleep(0.1)
    assert len(seen) == 1, seen
    assert not waiting.done()

    await market.ship(order)
    assert {told["status"] for told in await waiting} == {"SHIPPED"}
    await _all_over(streams)


async def test_all_that_an_event_shows_is_read_by_one_statement_more(market: Market) -> None:
    order = await market.place()
    stream = await market.listen(ADA, SCREEN, id=gid("Order", order.id))
    await _each_next([stream])
    waiting = asyncio.create_task(_each_next([stream]))
    await asyncio.sleep(0.1)
    async with Edge(market.clock).transaction(ADA) as tx:  # which announces nothing
        await orders.lock(tx, order.id)
        tx.emit(OrderPaymentDeclined(order_id=order.id), Role.GATEWAY)

    with statements() as seen:
        market.hub.publish([f"order:{order.id}"])
        (told,) = await waiting

    assert len(seen) == 2, seen
    asked = await market.ask(ADA, f"query Q($id: ID!) {{ order(id: $id) {{ {BELOW} }} }}",
                             id=gid("Order", order.id))  # fmt: skip
    assert told == asked["order"]
    await stream.aclose()


async def test_a_message_is_read_once_however_many_follow_the_thread(market: Market) -> None:
    """Where the thread goes on, and whether it may still be seen; and the same for the dispute."""
    id_ = (await opened(market))["id"]
    streams = [await market.listen(actor, THREAD, id=id_) for actor in (ADA, LAMPS, OLGA) * 10]
    others = [await market.listen(actor, DISPUTE, id=id_) for actor in (ADA, LAMPS, OLGA) * 10]
    await _each_next(others)
    waiting = asyncio.create_task(_each_next([*streams, *others]))
    await asyncio.sleep(0.1)

    with statements() as seen:
        market.hub.publish([f"dispute:{relay.from_base64(id_)[1]}"])
        await asyncio.sleep(0.1)
    assert len(seen) == 2, seen
    assert not waiting.done()

    await sent(market, LAMPS, id_, "Hello.")
    told = await waiting
    assert told[:30] == [{"node": {"body": "Hello."}}] * 30
    assert told[30:] == [{"messageCount": 1}] * 30
    await _all_over([*streams, *others])


async def test_who_is_shown_a_shared_row_is_who_would_have_found_it(market: Market) -> None:
    """What is read for all is shown by `role_on`; what is read for one is found by `seen_by`."""
    await opened(market)
    order, dispute = await orders.visible_to(SYSTEM).get(), await disputes.visible_to(SYSTEM).get()
    of_order = (await orders.seen([order.id]))[order.id].parties
    of_dispute = (await disputes.seen([dispute.id]))[dispute.id].parties
    verdicts = []
    for who in (ADA, LAMPS, BEN, PAPER, OLGA, SYSTEM, GATEWAY, Actor(frozenset())):
        for hats in (*HATS, who.roles):
            actor = Actor(hats, who.user_id)
            shown = actor.role_on(of_order) is not None, actor.role_on(of_dispute) is not None
            found = (
                await orders.visible_to(actor).filter(id=order.id).exists(),
                await disputes.visible_to(actor).filter(id=dispute.id).exists(),
            )
            assert shown == found, actor
            verdicts.append(found)

    assert {(True, True), (False, False)} == set(verdicts)
