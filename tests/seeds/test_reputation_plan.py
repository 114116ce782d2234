"""Reputation on a bigger market: read by indexes, whatever is in the tables."""

from datetime import timedelta
from functools import partial

from tortoise import connections

from ordergraph.accounts.words import TradingSide
from ordergraph.kernel.actor import user_id_of
from ordergraph.reputation.queries import tallies
from ordergraph.wiring import Wiring
from seeds.big import fill
from tests.market import NOON
from tests.watching import dear_pages, explained, read_whole, steps

NEVER_READ_WHOLE = {"orders", "cancellations", "disputes"}
PEOPLE = {TradingSide.SELLER: "seller-001", TradingSide.BUYER: "buyer-0001"}


async def test_no_table_that_grows_is_read_as_a_whole(wiring: Wiring) -> None:
    async for _ in fill(wiring, 2_000):
        since = NOON - timedelta(days=60)

    for side, name in PEOPLE.items():
        async with dear_pages(bitmaps=True):
            plan = await explained(partial(tallies, side, [user_id_of(name)], since))
        assert not read_whole(plan) & NEVER_READ_WHOLE, plan
        walked = {step.get("Index Name", "") for step in steps(plan)}
        assert any(index.startswith(f"orders_of_{side.lower()}") for index in walked), plan


async def test_the_counts_are_those_of_the_rows(wiring: Wiring) -> None:
    async for _ in fill(wiring, 1_000):
        since = NOON - timedelta(days=60)
    rows = await connections.get("default").execute_query_dict(COUNTED, [since])

    found = await tallies(TradingSide.SELLER, [row["seller_id"] for row in rows], since)

    assert {
        row["seller_id"]: (row["orders"], row["cancellations"], row["disputes"]) for row in rows
    } == {id_: (t.orders, t.cancellations, t.disputes) for id_, t in found.items()}
    assert sum(tally.cancellations for tally in found.values()) > 0


COUNTED = """
SELECT o.seller_id, count(*) AS orders,
  count(*) FILTER (WHERE o.id IN (SELECT c.order_id FROM cancellations c JOIN reasons r ON r.id = c.reason_id
                                  WHERE c.status = 'APPROVED' AND r.fault = 'SELLER')) AS cancellations,
  count(*) FILTER (WHERE o.id IN (SELECT d.order_id FROM disputes d JOIN reasons r ON r.id = d.reason_id
                                  WHERE d.outcome LIKE 'REFUNDED%' AND r.fault = 'SELLER')) AS disputes
FROM orders o WHERE o.placed_at >= $1 AND o.paid_at IS NOT NULL GROUP BY o.seller_id
"""
