"""Keys of things that are to be done once: a key's row commits with the effect that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import orjson
from tortoise import connections, fields
from tortoise.models import Model
from uuid_utils.compat import uuid7

from ordergraph.infra.fields import identity, text
from ordergraph.kernel.refusal import KeyBusy, KeyReused

KEPT: Final = timedelta(days=9)
"""Longer than anything that a mutation sets going by itself: a refund waits seven days, and a phone
that was off meanwhile may ask once more the day after."""

LONGEST_KEY: Final = 255

Ids = Mapping[str, str | None]
"""For each field of a success the object that it shows, such as `Order:0199…`; None for null."""


class IdempotencyKey(Model):
    """One thing that one person meant to do, and which objects it came to. No text of people."""

    id: UUID = identity()
    user_id: UUID = fields.UUIDField()
    key: str = text(LONGEST_KEY)
    mutation: str = text(64)
    fingerprint: str = text(64)
    result_type: str | None = text(64, null=True)
    result_ids: dict[str, str | None] | None = fields.JSONField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
        unique_together = (("user_id", "key"),)


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody means to do: which mutation, with which arguments, under which key."""

    user_id: UUID
    key: str
    mutation: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Result:
    """What it came to: the type of the success, and the objects in it. Not what was shown of them."""

    type: str
    ids: Ids


# One statement for both cases: it waits for whoever holds the key just now, then either the row is
# ours, or it is theirs, locked and as they committed it, so that no sweep can take it from under us.
CLAIM: Final = """
INSERT INTO idempotency_keys AS kept (id, user_id, key, mutation, fingerprint, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_id, key) DO UPDATE SET key = kept.key
RETURNING id, mutation, fingerprint, result_type, result_ids"""

CONCLUDE: Final = """
UPDATE idempotency_keys SET result_type = $3, result_ids = $4::jsonb
WHERE user_id = $1 AND key = $2 RETURNING id"""

FORGET: Final = """
DELETE FROM idempotency_keys WHERE id = ANY(ARRAY(
    SELECT id FROM idempotency_keys WHERE created_at < $1
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING id"""


async def claim(deed: Deed, now: datetime) -> Result | None:
    """Take the key in this transaction, or say what came of it when it was taken before.

    Whoever comes at the same time waits until the first has committed or rolled back. Raises
    KeyReused for another deed under that key, KeyBusy when the wait took too long.
    """
    own = uuid7()
    values = [own, deed.user_id, deed.key, deed.mutation, deed.fingerprint, now]
    try:
        (row,) = await connections.get("default").execute_query_dict(CLAIM, values)
    except asyncpg.QueryCanceledError:
        raise KeyBusy from None
    if row["id"] == own:
        return None
    if (row["mutation"], row["fingerprint"]) != (deed.mutation, deed.fingerprint):
        raise KeyReused
    assert row["result_type"] is not None, "a key commits together with its result"
    return Result(row["result_type"], orjson.loads(row["result_ids"]))


async def conclude(deed: Deed, result: Result) -> None:
    """Write beside the key what came of it, before the transaction commits."""
    values = [deed.user_id, deed.key, result.type, orjson.dumps(result.ids).decode()]
    rows = await connections.get("default").execute_query_dict(CONCLUDE, values)
    assert len(rows) == 1, "the key was claimed in this transaction"


async def forget(before: datetime, *, limit: int) -> int:
    """Delete up to `limit` keys that are older, oldest first; say how many there were."""
    return len(await connections.get("default").execute_query_dict(FORGET, [before, limit]))
