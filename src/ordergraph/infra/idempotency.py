"""Keys of things that are to be done once: a key's row commits with the effect that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import orjson
from tortoise import connections, fields
from uuid_utils.compat import uuid7

from ordergraph.infra.fields import identity, text
from ordergraph.infra.model import Model
from ordergraph.infra.reading import rows
from ordergraph.infra.writing import Write
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
# It reads the clock, too, unless the moment is known: a transaction begins with it.
CLAIM: Final = """
WITH clock AS MATERIALIZED (SELECT coalesce($6::timestamptz, ordergraph_now()) AS now)
INSERT INTO idempotency_keys AS kept (id, user_id, key, mutation, fingerprint, created_at)
SELECT $1::uuid, $2::uuid, $3, $4, $5, now FROM clock
ON CONFLICT (user_id, key) DO UPDATE SET key = kept.key
RETURNING id, mutation, fingerprint, result_type, result_ids, (SELECT now FROM clock) AS now"""

CONCLUDE: Final = """
UPDATE idempotency_keys SET result_type = $3, result_ids = $4::jsonb
WHERE user_id = $1 AND key = $2"""

FORGET: Final = """
DELETE FROM idempotency_keys WHERE id = ANY(ARRAY(
    SELECT id FROM idempotency_keys WHERE created_at < $1
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))
RETURNING id"""


async def claim(deed: Deed, known: datetime | None) -> tuple[datetime, Result | None]:
    """Take the key in this transaction, or say what came of it when it was taken before.

    Returns the moment, too: the one that is `known`, or else what the database's clock says.
    Whoever comes at the same time waits until the first has committed or rolled back. Raises
    KeyReused for another deed under that key, KeyBusy when the wait took too long.
    """
    own = uuid7()
    values = [own, deed.user_id, deed.key, deed.mutation, deed.fingerprint, known]
    try:
        (row,) = await rows(CLAIM, *values)
    except asyncpg.QueryCanceledError:
        raise KeyBusy from None
    if row["id"] == own:
        return row["now"], None
    if (row["mutation"], row["fingerprint"]) != (deed.mutation, deed.fingerprint):
        raise KeyReused
    assert row["result_type"] is not None, "a key commits together with its result"
    return row["now"], Result(row["result_type"], orjson.loads(row["result_ids"]))


def conclusion(deed: Deed, result: Result) -> Write:
    """What came of it, to be written beside the key before the transaction commits."""
    ids = orjson.dumps(result.ids).decode()
    return Write("idempotency_keys", CONCLUDE, [deed.user_id, deed.key, result.type, ids])


async def forget(before: datetime, *, limit: int) -> int:
    """Delete up to `limit` keys that are older, oldest first; say how many there were."""
    return len(await connections.get("default").execute_query_dict(FORGET, [before, limit]))
