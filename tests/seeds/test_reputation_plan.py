"""Reputation on a bigger market: read by indexes, whatever is in the tables."""

from datetime import timedelta

from tortoise import connections
from tortoise.transactions import in_transaction

from ordergraph.accounts.words import TradingSide
from ordergraph.kernel.actor import user_id_of
from ordergraph.reputation.queries import statement, tallies
from ordergraph.wiring import Wiring
from seeds.big import fill
from tests.market import NOON

NEVER_READ_WHOLE = ("orders", "cancellations", "disputes")
PEOPLE = {TradingSide.SELLER: "seller-001", TradingSide.BUYER: "buyer-0001"}


async def test_no_table_that_grows_is_read_as_a_whole(wiring: Wiring) -> None:
    async for _ in fill(wiring, 2_000):
        since = NOON - timedelta(days=60)

    for side, name in PEOPLE.items():
        ids = [user_id_of(name)]
        async with in_transaction() as connection:
            # a table of a few pages is read whole however it is indexed; so pages are made dear
            await connection.execute_query("SET LOCAL enable_seqscan = off")
            plan = await connection.execute_query_dict(
                f"EXPLAIN {statement(side)}", [ids, since, side.value]
            )
        steps = [row["QUERY PLAN"] for row in plan]
        whole = [s for s in steps for table in NEVER_READ_WHOLE if f"Seq Scan on {table}" in s]
        assert whole == [], steps
        assert any(f"orders_of_{side.lower()}" in step for step in steps)


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
