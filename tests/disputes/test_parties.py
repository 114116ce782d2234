"""Whose a dispute is stands in its row, whoever writes it; an installation that knew no such columns."""

from uuid import UUID, uuid4

import asyncpg
import pytest
from tortoise import connections

from ordergraph.disputes.models import Dispute
from tests.conftest import Servers
from tests.disputes.court import disputed
from tests.market import ADA, LAMPS, Market
from tests.migrating import migrate_to
from tests.tour.installation import create_database

BEFORE = "models.0024_open_windows"
OPEN_AS_BEFORE = """
INSERT INTO disputes (id, order_id, status, stage, version, reason_id, description, asked, currency,
                      requested_minor, message_count, opened_at)
SELECT $2, $1, 'AWAITING_SELLER', 'NEGOTIATION', 1, id, 'Broken.', 'REFUND_ONLY', 'EUR', 100, 0, now()
FROM reasons WHERE context = 'DISPUTE' AND handle = 'defective'"""
"""What a version does that does not know the columns."""
OF_STRANGERS = """
INSERT INTO disputes SELECT more.* FROM disputes AS one, jsonb_populate_record(one, jsonb_build_object(
    'id', gen_random_uuid(), 'status', 'RESOLVED', 'outcome', 'NO_REFUND', 'closed_at', now(),
    'buyer_id', gen_random_uuid(), 'seller_id', gen_random_uuid())) AS more"""
ORDER = """
INSERT INTO orders (id, number, buyer_id, seller_id, status, version, currency, total_minor,
                    shipping_minor, policy_version, policy_numbers, placed_at, payment_due_at)
VALUES ($1, $2, $3, $4, 'EXPIRED', 1, 'EUR', 1000, 0, 1, '{}', now(), now())"""
OLDER = """
INSERT INTO disputes (id, order_id, status, stage, version, reason_id, description, asked, currency,
                      requested_minor, message_count, opened_at)
VALUES ($2, $1, 'AWAITING_SELLER', 'NEGOTIATION', 1, $2, 'Broken.', 'REFUND_ONLY', 'EUR', 100, 0, now())"""
COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE table_name = 'disputes'
AND column_name IN ('buyer_id', 'seller_id')"""


async def _parties() -> list[tuple[UUID, UUID]]:
    return [(row.buyer_id, row.seller_id) for row in await Dispute.all()]


async def test_a_dispute_names_the_parties_of_its_order(market: Market) -> None:
    row = await disputed(market)

    assert (row.buyer_id, row.seller_id) == (ADA.user_id, LAMPS.user_id)
    assert await _parties() == [(ADA.user_id, LAMPS.user_id)]


async def test_so_does_one_that_the_version_before_opens(market: Market) -> None:
    order = await market.deliver(await market.place())

    await connections.get("default").execute_query(OPEN_AS_BEFORE, [order.id, uuid4()])

    assert await _parties() == [(ADA.user_id, LAMPS.user_id)]


async def test_nobody_writes_one_that_is_somebody_elses(market: Market) -> None:
    await disputed(market)

    await connections.get("default").execute_query(OF_STRANGERS)

    assert await _parties() == [(ADA.user_id, LAMPS.user_id)] * 2


@pytest.mark.timeout(180)
async def test_those_that_were_there_before_name_them_too(servers: Servers) -> None:
    url = await create_database(servers.database_url, "before_parties")
    await migrate_to(url, BEFORE)
    order, buyer, seller, dispute = (uuid4() for _ in range(4))
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # there are no people here
    await connection.execute(ORDER, order, str(order)[:9], buyer, seller)
    await connection.execute(OLDER, order, dispute)
    await connection.close()

    await migrate_to(url)

    connection = await asyncpg.connect(url)
    (row,) = await connection.fetch("SELECT id, buyer_id, seller_id FROM disputes")
    assert tuple(row) == (dispute, buyer, seller)
    await connection.close()

    await migrate_to(url, BEFORE)

    connection = await asyncpg.connect(url)
    assert await connection.fetch(COLUMNS) == []
    assert await connection.fetchval("SELECT id FROM disputes") == dispute
    await connection.close()
