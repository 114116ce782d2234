"""An installation that is older than the ledger: what happened before is entered when it is migrated."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import Servers
from tests.migrating import migrate_to
from tests.tour.installation import create_database

ORDER = """
INSERT INTO orders (id, number, buyer_id, seller_id, status, version, currency, total_minor,
                    shipping_minor, policy_version, policy_numbers, placed_at, payment_due_at,
                    shipped_at, completed_at, canceled_at)
VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), $3::text, 1, 'EUR', 1000, 0, 1, '{}', now(), now(),
        CASE $3 WHEN 'COMPLETED' THEN now() END, CASE $3 WHEN 'COMPLETED' THEN now() END,
        CASE $3 WHEN 'CANCELED' THEN now() END)"""
PAYMENT = """
INSERT INTO payments (id, order_id, gateway, currency, amount_minor, captured_minor,
                      refund_reserved_minor, refunded_minor, captured_at, created_at)
VALUES ($1, $1, 'sandbox', 'EUR', 1000, $2, $3, $4, now(), now())"""
REFUND = """
INSERT INTO refunds (id, order_id, payment_id, status, version, cause, cause_id, method, currency,
                     amount_minor, shipping_minor, adjustment_minor, created_at, due_at,
                     settled_at, attempts, declines, outcome_unknown)
VALUES (gen_random_uuid(), $1, $1, $2::text, 1, 'GOODWILL', gen_random_uuid(), 'ORIGINAL_PAYMENT', 'EUR', $3,
        0, 0, now(), now(), CASE $2 WHEN 'SUCCEEDED' THEN now() END, 0, 0, false)"""
SUMS = "SELECT account, sum(amount_minor)::int FROM ledger_entries WHERE order_id = $1 GROUP BY account"

# fmt: off
PAST = [
    # an order is   its payment      its refunds                             what the ledger says
    ("EXPIRED",    (0, 0, 0),        [],                                     {}),
    ("PROCESSING", (1000, 0, 0),     [],                                     {"SELLER_PAYABLE": -1000}),
    ("CANCELED",   (1000, 1000, 0),  [("SCHEDULED", 1000)],                  {"REFUND_RESERVED": -1000}),
    ("CANCELED",   (1000, 0, 1000),  [("CANCELED", 5), ("SUCCEEDED", 1000)], {"REFUNDED": -1000}),
    ("COMPLETED",  (1000, 0, 0),     [],                                     {"PAID_OUT": -1000}),
    ("COMPLETED",  (1000, 0, 1000),  [("SUCCEEDED", 1000)],                  {"REFUNDED": -1000}),
    ("COMPLETED",  (1000, 100, 200), [("SCHEDULED", 100), ("SUCCEEDED", 200)], {
        "REFUND_RESERVED": -100, "REFUNDED": -200, "PAID_OUT": -700}),
]
# fmt: on


async def _write(connection: asyncpg.Connection) -> list[UUID]:
    await connection.execute("SET session_replication_role = replica")  # there are no people here
    ids = []
    for status, columns, refunds, _ in PAST:
        ids.append(order_id := uuid4())
        await connection.execute(ORDER, order_id, str(order_id)[:9], status)
        await connection.execute(PAYMENT, order_id, *columns)
        for state, minor in refunds:
            await connection.execute(REFUND, order_id, state, minor)
    await connection.execute("SET session_replication_role = origin")
    return ids


@pytest.mark.timeout(180)
async def test_what_happened_before_the_ledger_is_entered_in_it(servers: Servers) -> None:
    url = await create_database(servers.database_url, "before_the_ledger")
    await migrate_to(url, "models.0002_guards")
    connection = await asyncpg.connect(url)
    ids = await _write(connection)

    await migrate_to(url)

    for order_id, (*_, expected) in zip(ids, PAST, strict=True):
        sums = {
            account: minor for account, minor in await connection.fetch(SUMS, order_id) if minor
        }
        assert sums == ({"CAPTURED": 1000} | expected if expected else {})
        paid_out = await connection.fetchval(
            "SELECT paid_out_minor FROM payments WHERE order_id = $1", order_id
        )
        assert paid_out == -expected.get("PAID_OUT", 0)
    await connection.close()
