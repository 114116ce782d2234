"""A person is forgotten: what they wrote, and what they are called, goes; what happened stays.

Timelines and the ledger hold ids, words of ours and amounts, and no text of people, so they stay as
they are, to the last hash. Of what people wrote the row stays, and says that something was removed.
Who a user id belonged to is then known to nobody here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg

from ordergraph.files.process import UPLOAD_WITHIN
from ordergraph.files.storages.protocol import Storage
from ordergraph.infra.database import again
from ordergraph.withdrawals.wording import STATEMENT

GONE: Final = "removed"
"""What stands where a text was. It is no secret that there was one."""


class StillInvolved(Exception):
    """Money still moves, or somebody still waits for this person's word."""


class NobodyKnown(Exception):
    """There is nobody of that name here."""


class Busy(Exception):
    """Others hold what would have to be locked; nothing was changed."""


class MayNotErase(Exception):
    """Only the tables' owner gets past the guards of what is never changed otherwise."""


@dataclass(frozen=True, slots=True)
class Text:
    """Columns that hold somebody's words, and in which rows: `$1` is their user id, `$2` is GONE."""

    table: str
    whose: str
    columns: Sequence[str] = ()
    otherwise: str = ""
    """What is set beside the columns, where a constraint wants more."""

    @property
    def statement(self) -> str:
        worded = [f"{c} = CASE WHEN {c} IS NULL THEN NULL ELSE $2 END" for c in self.columns]
        changed = ", ".join([*worded, *filter(None, [self.otherwise])])
        return f"UPDATE {self.table} AS t SET {changed} WHERE {self.whose}"  # noqa: S608  (names of our own tables)


BUYERS_ORDER: Final = "EXISTS (SELECT FROM orders o WHERE o.id = t.order_id AND o.buyer_id = $1)"
SELLERS_ORDER: Final = "EXISTS (SELECT FROM orders o WHERE o.id = t.order_id AND o.seller_id = $1)"
BUYERS_DISPUTE: Final = """
EXISTS (SELECT FROM disputes d JOIN orders o ON o.id = d.order_id WHERE d.id = t.dispute_id AND o.buyer_id = $1)"""
THEIR_DISPUTE: Final = """
EXISTS (SELECT FROM disputes d JOIN orders o ON o.id = d.order_id WHERE d.id = t.dispute_id AND $1 IN (o.buyer_id, o.seller_id))"""
DECIDED_IT: Final = (
    "EXISTS (SELECT FROM decisions d WHERE d.dispute_id = t.id AND d.made_by_id = $1)"
)
WROTE_REFUND: Final = """
EXISTS (SELECT FROM events e WHERE e.order_id = t.order_id AND e.data->>'refund_id' = t.id::text AND e.actor_id = $1)"""
REFUSED_REQUEST: Final = """
EXISTS (SELECT FROM events e WHERE e.order_id = t.order_id AND e.type = 'order.cancellation_rejected'
        AND e.data->>'cancellation_id' = t.id::text AND e.actor_id = $1)"""

OVER: Final = (
    "EXISTS (SELECT FROM orders o WHERE o.id = t.order_id AND o.status IN ('EXPIRED', 'CANCELED'))"
)
"""Nothing is captured any more."""
TO: Final = "|".join(
    line.removesuffix(" {seller}")
    for text in STATEMENT.values()
    for line in text.splitlines()
    if line.endswith(" {seller}")
)
ADDRESSED: Final = f"regexp_replace(content, '^({TO}) .*$', '\\1 ' || $2, 'n')"
"""A document without the name of the seller whom it is addressed to: the first line that begins so."""

# fmt: off
TEXTS: Final = (
    Text("users",            "id = $1", ["display_name"], otherwise="external_id = $2 || ':' || id"),
    Text("orders",           "buyer_id = $1 OR seller_id = $1", ["carrier", "tracking_number", "carrier_reference"]),
    Text("cancellations",    "requested_by_id = $1", ["note"]),
    Text("cancellations",    REFUSED_REQUEST, ["answer"]),
    Text("refunds",          WROTE_REFUND, otherwise="note = CASE note WHEN '' THEN '' ELSE $2 END"),
    Text("disputes",         BUYERS_ORDER, ["description", "return_carrier", "return_tracking_number"]),
    Text("disputes",         f"{DECIDED_IT} OR (decided_by = 'SELLER' AND {SELLERS_ORDER})", ["decision_note"]),
    Text("messages",         "author_id = $1", ["body"]),
    Text("messages",         f"facts ?| ARRAY['carrier', 'tracking'] AND {BUYERS_DISPUTE}", otherwise="facts = facts - ARRAY['carrier', 'tracking']"),
    Text("evidence",         "author_id = $1", ["note"]),
    Text("internal_notes",   f"author_id = $1 OR {THEIR_DISPUTE}", ["body"]),
    Text("decisions",        "made_by_id = $1", ["note"]),
    Text("decisions",        "ended_by_id = $1", ["answer"]),
    Text("appeals",          f"(made_by = 'BUYER' AND {BUYERS_ORDER}) OR (made_by = 'SELLER' AND {SELLERS_ORDER})", ["statement"]),
    Text("appeals",          "ended_by_id = $1", ["answer"]),
    Text("return_addresses", "seller_id = $1", otherwise="lines = jsonb_build_array($2::text)"),
    Text("attachments",      "uploader_id = $1", ["file_name"]),
    Text("withdrawals",      BUYERS_ORDER, ["name"], otherwise="contact_email = NULL"),
    Text("documents",        BUYERS_ORDER, ["content"], otherwise="sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex')"),
    Text("documents",        SELLERS_ORDER, otherwise=f"content = {ADDRESSED}, sha256 = encode(sha256(convert_to({ADDRESSED}, 'UTF8')), 'hex')"),
    Text("payments",         f"(captured_at IS NOT NULL OR {OVER}) AND {BUYERS_ORDER}", otherwise="token = NULL"),
)

WAITING: Final = """
SELECT 'order ' || number || ' is ' || status FROM orders
WHERE (buyer_id = $1 OR seller_id = $1) AND status NOT IN ('COMPLETED', 'CANCELED', 'EXPIRED')
UNION ALL SELECT 'a refund of order ' || o.number || ' is ' || r.status FROM refunds r JOIN orders o ON o.id = r.order_id
WHERE (o.buyer_id = $1 OR o.seller_id = $1) AND r.status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELED')
UNION ALL SELECT 'the dispute of order ' || o.number || ' is ' || d.status FROM disputes d JOIN orders o ON o.id = d.order_id
WHERE (o.buyer_id = $1 OR o.seller_id = $1) AND d.status <> 'RESOLVED'
UNION ALL SELECT 'the appeal about order ' || o.number || ' is ' || a.status FROM appeals a JOIN orders o ON o.id = a.order_id
WHERE (o.buyer_id = $1 OR o.seller_id = $1) AND a.status = 'UNDER_REVIEW' LIMIT 20"""
# fmt: on
WHOLE_ROWS: Final = ("idempotency_keys", "acquaintances")
THEIRS: Final = (
    *((text.table, text.whose) for text in TEXTS),
    *((t, "user_id = $1") for t in WHOLE_ROWS),
)
KNOWN: Final = "SELECT " + " OR ".join(  # noqa: S608  (names of our own tables)
    f"EXISTS (SELECT FROM {table} AS t WHERE {whose})" for table, whose in THEIRS
)
"""Whoever there is something of; an operator need not have bought or sold, nor is anybody met for ever."""
GUARDED: Final = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY($1::regclass[])"""
OWNED: Final = """
SELECT bool_and(pg_has_role(current_user, relowner, 'USAGE')) FROM pg_class WHERE oid = ANY($1::regclass[])"""
FILES: Final = """
SELECT storage_key, storage, attached_at IS NOT NULL AND stored_at + $2::interval > ordergraph_now() AS is_fresh
FROM attachments WHERE uploader_id = $1"""
LOCKED_WITHIN: Final = "15s"
"""Whoever wants these tables meanwhile waits behind us."""
ELSEWHERE: Final = "a file is kept in {}: do it once more with ORDERGRAPH_STORAGE={}"
FRESH: Final = "a file could be sent anew by its link: do it once more in a quarter of an hour"


@dataclass(slots=True)
class Erased:
    """How many rows of which table lost a text, the files that were deleted, and what is left to do."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    left: set[str] = field(default_factory=set)


async def refuse(url: str, user_id: UUID, *, force: bool) -> None:
    """Say beforehand why somebody cannot be erased; raises what `erase` does."""
    connection = await asyncpg.connect(url)
    try:
        await _look(connection, user_id, force=force)
    finally:
        await connection.close()


async def erase(url: str, user_id: UUID, storage: Storage, *, force: bool = False) -> Erased:
    """Remove everything that tells who a user was, all of it or nothing; then delete their files.

    Their tokens are taken back before: nothing is written meanwhile that would stay. Done twice it finds
    nothing more, and deletes files that a first time could not. Raises NobodyKnown, StillInvolved unless
    forced, MayNotErase, Busy.
    """
    connection = await asyncpg.connect(url)
    try:
        erased = Erased(await again(lambda: _forget(connection, user_id, force=force)))
        files = await connection.fetch(FILES, user_id, UPLOAD_WITHIN)
    except asyncpg.LockNotAvailableError:
        raise Busy(
            "the tables were in use for too long, nothing was erased: do it once more"
        ) from None
    finally:
        await connection.close()
    for key, kept_in, is_fresh in files:
        if kept_in != storage.name:
            erased.left.add(ELSEWHERE.format(kept_in, kept_in))
            continue
        await storage.delete(key)
        erased.files += 1
        if is_fresh:  # once deleted it may be written once more, and it hangs on something for good
            erased.left.add(FRESH)
    return erased


async def _forget(connection: Any, user_id: UUID, *, force: bool) -> dict[str, int]:
    """All of it in one transaction, which others may come to wait for while it waits for them: they take
    an order first, and tables as they come to them. It is begun anew then.
    """
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCKED_WITHIN}'")
        await _look(connection, user_id, force=force)
        return await _rewrite(connection, user_id)


async def _look(connection: Any, user_id: UUID, *, force: bool) -> None:
    if not await connection.fetchval(KNOWN, user_id):
        raise NobodyKnown("nobody of that name is known here")
    waiting = [row[0] for row in await connection.fetch(WAITING, user_id)]
    if waiting and not force:
        raise StillInvolved("; ".join(waiting))
    if not await connection.fetchval(OWNED, _tables()):
        raise MayNotErase("the owner of the tables erases: give its ORDERGRAPH_DATABASE_URL")


async def _rewrite(connection: Any, user_id: UUID) -> dict[str, int]:
    """The one exception to what is only ever added to.

    Guards are lifted by the tables' owner, inside this transaction, which holds each table until
    it commits: nobody else ever finds one without its guards.
    """
    guarded = [row[0] for row in await connection.fetch(GUARDED, _tables())]
    for table in guarded:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    rows: dict[str, int] = {}
    for text in TEXTS:
        values = [user_id, GONE] if "$2" in text.statement else [user_id]
        done = await connection.execute(text.statement, *values)
        rows[text.table] = rows.get(text.table, 0) + int(done.split()[-1])
    for table in WHOLE_ROWS:
        await connection.execute(f"DELETE FROM {table} WHERE user_id = $1", user_id)  # noqa: S608  (names of our own tables)
    for table in guarded:
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return {table: count for table, count in rows.items() if count}


def _tables() -> list[str]:
    return sorted({text.table for text in TEXTS})
