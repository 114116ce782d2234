"""Taking tokens back. Tokens live by the real clock, which no test clock moves."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.identity.claims import BadToken, moment
from ordergraph.identity.signed import unchecked

UNKNOWN_END: Final = timedelta(days=400)
"""How long a token is kept in mind of which only the name is known."""

# Raw, because the moment is the database's: one clock for all who revoke, and all who read what is new.
ONE: Final = """
INSERT INTO revoked_tokens (id, expires_at, revoked_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (id) DO NOTHING"""
ALL: Final = """
INSERT INTO revoked_users (id, revoked_at) VALUES ($1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at"""
EXPIRED: Final = "DELETE FROM revoked_tokens WHERE expires_at < clock_timestamp()"


async def revoke_token(named: str) -> str:
    """Take one token back, given whole or by its `jti`; return the name it is known by."""
    token_id, expires_at = _named(named)
    connection = connections.get("default")
    await connection.execute_query(EXPIRED)
    await connection.execute_query(ONE, [token_id, expires_at])
    return token_id


async def revoke_user(user_id: UUID) -> None:
    """Take back whatever this user was given until now; what they are given later is good."""
    await connections.get("default").execute_query(ALL, [user_id])


def _named(named: str) -> tuple[str, datetime]:
    """A token need not be good to be taken back: it only has to be found again."""
    try:
        token = unchecked(named)
        return token.token_id, moment(token.expires_at, "expiry")
    except BadToken:
        return named, datetime.now(UTC) + UNKNOWN_END
