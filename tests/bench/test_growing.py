"""A market that grows by copies: everything in them is as valid as in what was copied."""

from bench import growing
from bench import market as measured
from bench.stage import Stage

TOTALS = """
SELECT (SELECT count(*) FROM orders), (SELECT count(DISTINCT number) FROM orders),
       (SELECT count(*) FROM events), (SELECT count(*) FROM users),
       (SELECT count(*) FROM orders o JOIN users u ON u.id = o.buyer_id),
       (SELECT max(each) FROM (SELECT count(*) AS each FROM orders GROUP BY buyer_id) AS buyers)"""
GUARDS = """
SELECT count(*) FROM (
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public') AS guards"""
BUYING = """
SELECT u.external_id, u.id FROM users u JOIN orders o ON o.buyer_id = u.id
WHERE u.external_id LIKE 'buyer-%-2'"""


async def test_two_copies_have_all_that_one_has_and_people_of_their_own(stage: Stage) -> None:
    async with measured.connected(stage.database_url) as connection:
        before, guards = await connection.fetchrow(TOTALS), await connection.fetchval(GUARDS)
        await growing.remember(connection)
        try:
            await growing.grow(connection, 2)
            after = await connection.fetchrow(TOTALS)
            copies = await connection.fetch(BUYING)
            assert await connection.fetchval(GUARDS) == guards
        finally:
            await connection.execute("DROP SCHEMA original CASCADE")

    orders, _, events, users, _, most = before
    assert tuple(after) == (3 * orders, 3 * orders, 3 * events, 3 * users, 3 * orders, most)
    assert {growing.user_id_of(row["external_id"]) for row in copies} == {
        row["id"] for row in copies
    }
    assert copies
