"""Others go on while a person is forgotten: where both wait for each other, erasing begins anew (E6, S7)."""

import asyncio

from ordergraph.accounts.models import User
from ordergraph.erasing import GONE, erase
from ordergraph.infra.database import again
from ordergraph.kernel.money import Money
from ordergraph.orders import queries
from ordergraph.orders.process import OrderStatus
from ordergraph.refunds import goodwill
from ordergraph.refunds.models import Refund
from tests.limits.waiting import until
from tests.market import ADA, OLGA, Market
from tests.states import order_in


async def test_a_deed_that_holds_the_order_and_erasing_that_holds_the_tables(
    market: Market, clean: str
) -> None:
    order = await order_in(market, OrderStatus.COMPLETED)
    none, some = Money(0, "EUR"), Money(100, "EUR")
    gift = goodwill.Gift(order_id=order.id, lines=[], shipping=none, adjustment=some, note="Sorry.")
    held, may_write = asyncio.Event(), asyncio.Event()
    assert ADA.user_id is not None

    async def give() -> None:
        async with market.edge.transaction(OLGA) as tx:
            await queries.lock(tx, order.id)
            held.set()
            await may_write.wait()
            await goodwill.create(tx, gift)

    giving = asyncio.create_task(again(give))
    await held.wait()
    erasing = asyncio.create_task(erase(clean, ADA.user_id, market.keeper.storage, force=True))
    await until(1)
    may_write.set()
    await giving
    erased = await erasing

    assert erased.rows["users"] == 1
    assert (await User.get(id=ADA.user_id)).display_name == GONE
    assert await Refund.filter(order_id=order.id).count() == 1
