"""The database's clock: one for all processes, and movable in development."""

from datetime import datetime, timedelta
from typing import Final

from tortoise import connections


class DatabaseClock:
    """Asks Postgres, so that processes whose own clocks differ agree on every deadline."""

    known: Final = None

    async def now(self) -> datetime:
        rows = await connections.get("default").execute_query_dict("SELECT ordergraph_now() AS now")
        moment: datetime = rows[0]["now"]
        return moment


async def move_test_clock(by: timedelta) -> None:
    """Move the clock of this database forward for everyone; it never moves back."""
    assert by >= timedelta(), "the clock only moves forward"
    await connections.get("default").execute_query_dict(
        "INSERT INTO test_clock (id, ahead) VALUES (1, $1)"
        " ON CONFLICT (id) DO UPDATE SET ahead = test_clock.ahead + excluded.ahead RETURNING id",
        [by],
    )
