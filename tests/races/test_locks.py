"""Locks that read in the same statement: whom they let in, what they lock first, how fresh they read."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain, combinations
from uuid import uuid4

import pytest

from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.plan import Left
from ordergraph.cancellations.queries import Held
from ordergraph.infra.database import Tx
from ordergraph.infra.reading import rows
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import SYSTEM, Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders
from ordergraph.orders.models import OrderLine
from ordergraph.refunds import goodwill
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.goodwill import Gift
from tests.limits.waiting import locked, until
from tests.market import ADA, LAMPS, OLGA, Market, line
from tests.states import cancel

EVERYBODY = [ADA.user_id, LAMPS.user_id, OLGA.user_id, uuid4(), None]
ROLES = list(chain.from_iterable(combinations(Role, count) for count in range(len(Role) + 1)))


async def _found(market: Market, actor: Actor, lock: Callable[[Tx], Awaitable[object]]) -> bool:
    try:
        async with market.edge.transaction(actor) as tx:
            await lock(tx)
    except NotFound:
        return False
    return True


async def test_a_lock_lets_in_whom_the_rule_of_reading_lets_in(market: Market) -> None:
    """A1, A7: the rule is written twice, in Tortoise's words and in SQL."""
    done = await cancel(market, await market.place())
    order, refund = done.order, done.refund
    assert refund is not None
    locks: list[Callable[[Tx], Awaitable[object]]] = [
        lambda tx: orders.lock(tx, order.id),
        lambda tx: refunds.lock(tx, refund.id),
        lambda tx: cancellations.hold(tx, order.id, "other"),
    ]
    for actor in [Actor(frozenset(roles), id_) for roles in ROLES for id_ in EVERYBODY]:
        seen = await orders.visible_to(actor).filter(id=order.id).exists()

        assert seen is (actor.role_on(order.parties) is not None)
        assert {await _found(market, actor, lock) for lock in locks} == {seen}, actor


FREE = "SELECT 1 FROM orders WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"


@pytest.mark.parametrize("held", ["refunds", "payments", "order_lines"])
async def test_the_order_is_locked_before_what_hangs_on_it(
    market: Market, database: str, held: str
) -> None:
    """S7: one sequence everywhere, so that nobody waits in a circle."""
    done = await cancel(market, await market.place())
    order, refund = done.order, done.refund
    assert refund is not None

    async def wait() -> None:
        async with market.edge.transaction(SYSTEM) as tx:
            if held == "refunds":
                await refunds.lock(tx, refund.id)
            else:
                await cancellations.hold(tx, order.id, "other")

    hold = f"SELECT 1 FROM {held} WHERE order_id = $1 FOR NO KEY UPDATE"
    async with locked(database, hold, order.id):
        waits = asyncio.create_task(wait())
        await until(1)
        assert await rows(FREE, order.id) == []
    await waits
    assert len(await rows(FREE, order.id)) == 1


async def test_whoever_waited_reads_what_was_written_meanwhile(market: Market) -> None:
    """S6: each row that is locked is as the one before left it, and refunds are read afterwards."""
    order = await market.place(line(), line("Bulb"))
    first_holds, second_waits = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with market.edge.transaction(LAMPS) as tx:
            mine, _ = await orders.lock(tx, order.id)
            first_holds.set()
            await second_waits.wait()
            await change(mine, carrier="Post")
            await OrderLine.filter(order_id=order.id).update(canceled_quantity=1)
            none, shipping = Money(0, "EUR"), Money(order.shipping_minor, "EUR")
            gift = Gift(
                order_id=order.id, lines=[], shipping=shipping, adjustment=none, note="Sorry."
            )
            await goodwill.create(tx, gift)

    async def read() -> tuple[Held, Left]:
        async with market.edge.transaction(ADA) as tx:
            held = await cancellations.hold(tx, order.id, "other")
            return held, await cancellations.left_of(held.order, held.contents)

    first = asyncio.create_task(write())
    await first_holds.wait()
    second = asyncio.create_task(read())
    await until(1)
    second_waits.set()
    await first
    held, left = await second

    assert (held.order.carrier, held.order.version) == ("Post", order.version + 1)
    assert [each.canceled_quantity for each in held.contents.lines] == [1, 1]
    assert held.contents.payment.refund_reserved_minor == order.shipping_minor
    assert left == Left(0, order.total_minor - order.shipping_minor, is_unsent=True, step=1)
