"""An installation whose orders ended before anybody looked again: what its migration makes of them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from ordergraph.orders.process import LOOKS
from tests.conftest import Servers
from tests.migrating import migrate_to
from tests.tour.installation import create_database

ORDER = """
INSERT INTO orders (id, number, buyer_id, seller_id, status, version, currency, total_minor,
                    shipping_minor, policy_version, policy_numbers, placed_at, payment_due_at,
                    paid_at, cancelable_until, canceled_at, payment_given_up_at)
VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), $3::text, 1, 'EUR', 1000,
        0, 1, '{}', $4::timestamptz, $4,
        CASE WHEN $5::bool THEN $4 END, CASE WHEN $5 THEN $4 END,
        CASE $3 WHEN 'CANCELED' THEN $4 END, CASE WHEN $6::bool THEN $4 END)"""
PAYMENT = """
INSERT INTO payments (id, order_id, gateway, currency, amount_minor, captured_minor, captured_at,
                      decline_reason, refund_reserved_minor, refunded_minor, created_at)
VALUES ($1, $1, 'sandbox', 'EUR', 1000, CASE WHEN $2::bool THEN 1000 ELSE 0 END,
        CASE WHEN $2 THEN now() END, $3, 0, 0, now())"""
LETTER = """
INSERT INTO dead_letters (id, work, row_id, problem, failures, first_failed_at, last_failed_at)
VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'x', 7, now(), now())"""

LATELY, LONG_AGO = 2, 16
NEVER, WHEN_DUE, SOON = "never", "when it was due", "in the course of a day"
# fmt: off
BEFORE = [
    # an order is   due, days ago  paid    given up  captured  declined     looked at
    ("EXPIRED",     LATELY,        False,  False,    False,    None,        SOON),
    ("EXPIRED",     LONG_AGO,      False,  False,    False,    None,        NEVER),
    ("EXPIRED",     LATELY,        False,  False,    False,    "DECLINED",  NEVER),
    ("EXPIRED",     LATELY,        False,  False,    True,     None,        NEVER),   # found late
    ("CANCELED",    LATELY,        False,  True,     False,    None,        SOON),    # looked at once
    ("CANCELED",    LONG_AGO,      False,  True,     False,    None,        NEVER),
    ("CANCELED",    LONG_AGO,      False,  False,    False,    None,        WHEN_DUE),
    ("CANCELED",    LATELY,        False,  False,    False,    None,        WHEN_DUE),
    ("CANCELED",    LATELY,        True,   False,    True,     None,        NEVER),
    ("PROCESSING",  LATELY,        True,   False,    True,     None,        NEVER),
    ("PENDING_PAYMENT", LATELY,    False,  False,    False,    None,        NEVER),
]
# fmt: on


def _id(at: datetime) -> UUID:
    """It begins with the time, as ours do (UUID version 7)."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (uuid4().int & ((1 << 80) - 1)))


async def _write(connection: asyncpg.Connection, now: datetime) -> dict[UUID, str]:
    await connection.execute("SET session_replication_role = replica")  # there are no people here
    looked_at = {}
    for status, days, paid, given_up, captured, declined, looked in BEFORE:
        due_at = now - timedelta(days=days)
        order_id = _id(due_at)
        looked_at[order_id] = looked
        number = order_id.hex[-9:]
        await connection.execute(ORDER, order_id, number, status, due_at, paid, given_up)
        await connection.execute(PAYMENT, order_id, captured, declined)
    await connection.execute("SET session_replication_role = origin")
    for work in ("order.canceled_unpaid", "refund.due"):
        await connection.execute(LETTER, work)
    return looked_at


@pytest.mark.timeout(180)
async def test_who_ended_lately_is_looked_at_and_the_others_are_left_alone(
    servers: Servers,
) -> None:
    url = await create_database(servers.database_url, "before_the_looks")
    await migrate_to(url, "models.0022_fewer_indexes")
    connection = await asyncpg.connect(url)
    now = datetime.now(UTC)
    looked_at = await _write(connection, now)

    await migrate_to(url)

    for row in await connection.fetch(
        "SELECT id, payment_look_at AS at, payment_due_at, payment_given_up_at FROM orders"
    ):
        match looked_at[row["id"]]:
            case "never":
                assert row["at"] is None
            case "when it was due":
                assert row["at"] == row["payment_due_at"]
            case _:
                assert now <= row["at"] <= datetime.now(UTC) + timedelta(days=1)
                assert row["payment_given_up_at"] is None
    letters = await connection.fetch("SELECT work FROM dead_letters")
    assert [letter["work"] for letter in letters] == ["refund.due"], "looked at under its new name"
    assert timedelta(days=LATELY) < LOOKS[-1] < timedelta(days=LONG_AGO)
    await connection.close()
