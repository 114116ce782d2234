"""Taking tokens back. Tokens live by the real clock, which no test clock moves."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tortoise import connections

from ordergraph.identity.claims import BadToken, moment
from ordergraph.identity.signed import unchecked
from ordergraph.kernel.refusal import InvalidInput

UNKNOWN_END: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Until when a token is kept in mind of which only the name is known: some are good for years."""
LONGEST_NAME: Final = 255
BEGINNING: Final = "eyJ"
"""How every token begins: it is the Base64 of `{"`."""

# Raw, because the moment is the database's: one clock for all who revoke, and all who read what is new.
ONE: Final = """
INSERT INTO revoked_tokens (id, expires_at, revoked_at) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at,
    expires_at = greatest(revoked_tokens.expires_at, excluded.expires_at)"""
ALL: Final = """
INSERT INTO revoked_users (id, revoked_at) VALUES ($1, clock_timestamp())
ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at"""
EXPIRED: Final = "DELETE FROM revoked_tokens WHERE expires_at < clock_timestamp()"


async def revoke_token(named: str) -> str:
    """Take one token back, given whole or by its `jti`; return the name it is known by.

    Raises InvalidInput for what is neither.
    """
    token_id, expires_at = _named(named)
    connection = connections.get("default")
    await connection.execute_query(EXPIRED)
    await connection.execute_query(ONE, [token_id, expires_at])
    return token_id


async def revoke_user(user_id: UUID) -> None:
    """Take back whatever this user was given until now; what they are given later is good."""
    await connections.get("default").execute_query(ALL, [user_id])


def _named(named: str) -> tuple[str, datetime]:
    """A token need not be good to be taken back: it only has to be found again.

    A part of one would be taken for a name, and the token would stay as good as it was.
    """
    given = named.strip()
    if given[:7].lower() == "bearer ":
        given = given[7:].strip()
    try:
        token = unchecked(given)
        return token.token_id, moment(token.expires_at, "expiry")
    except BadToken:
        if not 0 < len(given) <= LONGEST_NAME or given.startswith(BEGINNING):
            raise InvalidInput(field="token", problem="neither a whole token nor a jti") from None
        return given, UNKNOWN_END
