"""Global ids: opaque outside, type and uuid inside."""

from uuid import UUID

from asyncpg.pgproto import pgproto
from strawberry import relay

from ordergraph.kernel.refusal import NotFound


def uuid_of(global_id: relay.GlobalID, type_name: str) -> UUID:
    """Return the uuid, or refuse as not found: an id of something else finds nothing here."""
    try:
        found: UUID = pgproto.UUID(global_id.node_id)  # as the driver makes those that it reads
    except ValueError:
        raise NotFound(what=type_name) from None
    if global_id.type_name != type_name:
        raise NotFound(what=type_name)
    return found


def peek(global_id: relay.GlobalID, type_name: str) -> UUID | None:
    """Like uuid_of, for queries that answer null."""
    try:
        return uuid_of(global_id, type_name)
    except NotFound:
        return None
