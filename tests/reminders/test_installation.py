"""An installation that knew no reminders: what waits there is taken over, and the version before goes on."""

from datetime import datetime
from importlib import import_module
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import pytest

from ordergraph.kernel.deadline import REMINDED_AFTER, remind_at
from ordergraph.kernel.policy import Policy
from ordergraph.migrations import __name__ as migrations
from tests.conftest import Servers
from tests.market import DAY
from tests.migrating import migrate_to
from tests.tour.installation import create_database

BEFORE: Final = "models.0024_open_windows"
ORDER: Final = """
INSERT INTO orders (id, number, buyer_id, seller_id, status, version, currency, total_minor,
                    shipping_minor, policy_version, policy_numbers, placed_at, payment_due_at,
                    paid_at, cancelable_until, ship_by_at, shipped_at)
VALUES ($1, $2, gen_random_uuid(), gen_random_uuid(), $3::text, 1, 'EUR', 1000, 0, 1, $4, $5, $5, $6, $6, $7,
        CASE $3 WHEN 'SHIPPED' THEN now() END)"""
REFUND: Final = """
INSERT INTO refunds (id, order_id, payment_id, status, version, cause, cause_id, method, borne_by, note,
                     currency, amount_minor, shipping_minor, adjustment_minor, created_at, due_at,
                     action_due_at, attempts, declines, outcome_unknown, unanswered)
VALUES ($1, $2, gen_random_uuid(), 'REQUIRES_ACTION', 1, 'CANCELLATION', gen_random_uuid(),
        'ORIGINAL_PAYMENT', 'SELLER', '', 'EUR', 1000, 0, 1000, now(), now(), $3, 1, 1, false, 0)"""
PAID: Final = """
UPDATE orders SET status = 'PROCESSING', paid_at = $2, cancelable_until = $2, ship_by_at = $3 WHERE id = $1"""
"""What the version before writes when the money comes, …"""
SHIPPED: Final = "UPDATE orders SET status = 'SHIPPED', shipped_at = now() WHERE id = $1"
"""… and when the parcel leaves."""


async def _connect(url: str) -> Any:
    """There are no people here, so nobody looks at foreign keys."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    return connection


async def _write(
    connection: Any, status: str, at: datetime, ship_by_at: datetime | None = None
) -> UUID:
    id_ = uuid4()
    paid_at = at if ship_by_at else None
    values = (status, '{"refund_action_s": 864000}', at, paid_at, ship_by_at)
    await connection.execute(ORDER, id_, str(id_)[:9], *values)
    return id_


async def _noted(connection: Any) -> dict[UUID, tuple[str, datetime | None]]:
    rows = await connection.fetch("SELECT id, kind, remind_at FROM reminders")
    return {row["id"]: (row["kind"], row["remind_at"]) for row in rows}


@pytest.mark.timeout(180)
async def test_what_waits_is_taken_over_and_the_version_before_goes_on(servers: Servers) -> None:
    url = await create_database(servers.database_url, "before_reminders")
    await migrate_to(url, BEFORE)
    connection = await _connect(url)
    now = await connection.fetchval("SELECT now()")
    waits = await _write(connection, "PROCESSING", now, now + 7 * DAY)
    await _write(connection, "SHIPPED", now, now + 7 * DAY)
    unpaid = await _write(connection, "PENDING_PAYMENT", now)
    declined = uuid4()
    await connection.execute(REFUND, declined, waits, now + 6 * DAY)
    await connection.close()

    await migrate_to(url)

    connection = await _connect(url)
    found = {
        waits: ("SHIP_BY", remind_at(now, now + 7 * DAY, given=0)),
        declined: ("REFUND_ACTION_DUE", remind_at(now - 4 * DAY, now + 6 * DAY, given=0)),
    }
    assert await _noted(connection) == found

    await connection.execute("SET session_replication_role = origin")
    await connection.execute(PAID, unpaid, now, now + 2 * DAY)
    paid = {unpaid: ("SHIP_BY", now + DAY)}
    assert await _noted(connection) == found | paid

    await connection.execute(SHIPPED, waits)
    assert waits not in await _noted(connection)
    await connection.close()

    await migrate_to(url, BEFORE)

    connection = await _connect(url)
    assert await connection.fetchval("SELECT to_regclass('reminders')") is None
    await connection.execute("SET session_replication_role = origin")
    await connection.execute(SHIPPED, unpaid)
    await connection.close()


def test_the_database_begins_where_the_rule_does() -> None:
    written = import_module(f"{migrations}.0026_reminders")

    assert REMINDED_AFTER[0] == written.FIRST
    assert f", {Policy().refund_action_s})" in written.REFUND_SINCE
