"""The limit: a bare ASGI function; Postgres builds the answer by one statement, Python copies it.

It authenticates nobody, knows no GraphQL, and takes the path for granted: /purchases/USER,
/dispute/USER/ORDER or /cancel/USER/ORDER. `uvicorn bench.servers.limit:app`.
"""

import os
from typing import Any, Final

import asyncpg

from bench.servers.canceling import cancel
from bench.servers.sql import CAN_CANCEL, global_id, moment, money, place, position

PURCHASES: Final = f"""
WITH found AS MATERIALIZED (
    SELECT * FROM orders WHERE buyer_id = $1::text::uuid ORDER BY placed_at DESC, id DESC LIMIT 21
), page AS MATERIALIZED (
    SELECT *, {place("placed_at", "id")} AS cursor FROM found
    ORDER BY placed_at DESC, id DESC LIMIT 20
)
SELECT row_to_json(purchases)::text FROM (SELECT
    (SELECT coalesce(array_to_json(array_agg(row_to_json(edge))), '[]') FROM (
        SELECT o.cursor, (SELECT row_to_json(node) FROM (SELECT
            {global_id("Order", "o.id")} AS id, o.number, o.status,
            {money("o.total_minor", "o.currency")} AS total,
            {CAN_CANCEL} AS "canCancel",
            {moment("o.cancelable_until")} AS "cancelableUntil",
            (SELECT coalesce(array_to_json(array_agg(row_to_json(line))), '[]') FROM (
                SELECT {global_id("OrderLine", "l.id")} AS id, l.title, l.quantity,
                       {money("l.unit_price_minor", "o.currency")} AS "unitPrice"
                FROM order_lines l WHERE l.order_id = o.id ORDER BY l.position) line) AS lines,
            (SELECT coalesce(array_to_json(array_agg(row_to_json(refund))), '[]') FROM (
                SELECT {global_id("Refund", "r.id")} AS id, r.status,
                       {money("r.amount_minor", "r.currency")} AS amount,
                       {moment("r.due_at")} AS "dueAt"
                FROM refunds r WHERE r.order_id = o.id ORDER BY r.created_at, r.id) refund
            ) AS refunds
        ) node) AS node
        FROM page o ORDER BY o.placed_at DESC, o.id DESC) edge) AS edges,
    (SELECT row_to_json(info) FROM (SELECT
        (SELECT count(*) FROM found) > 20 AS "hasNextPage",
        (SELECT cursor FROM page ORDER BY placed_at, id LIMIT 1) AS "endCursor"
    ) info) AS "pageInfo"
) purchases"""

ORDER: Final = f"""
WITH dispute AS MATERIALIZED (
    SELECT * FROM disputes WHERE order_id = $2::text::uuid ORDER BY opened_at DESC, id DESC LIMIT 1
), found AS MATERIALIZED (
    SELECT m.* FROM messages m JOIN dispute d ON m.dispute_id = d.id ORDER BY m.position LIMIT 21
), page AS MATERIALIZED (
    SELECT *, {position("position")} AS cursor FROM found ORDER BY position LIMIT 20
)
SELECT row_to_json(answer)::text FROM (SELECT
    {global_id("Order", "o.id")} AS id, o.number, o.status,
    {money("o.total_minor", "o.currency")} AS total,
    {moment("o.placed_at")} AS "placedAt", {moment("o.delivered_at")} AS "deliveredAt",
    (SELECT row_to_json(dispute) FROM (SELECT
        {global_id("Dispute", "d.id")} AS id, d.status, d.stage, d.description,
        {money("d.requested_minor", "d.currency")} AS "amountRequested",
        {moment("d.opened_at")} AS "openedAt",
        (SELECT row_to_json(messages) FROM (SELECT
            (SELECT coalesce(array_to_json(array_agg(row_to_json(edge))), '[]') FROM (
                SELECT m.cursor, (SELECT row_to_json(node) FROM (SELECT
                    {global_id("Message", "m.id")} AS id, m.kind, m.author_role AS "authorRole",
                    m.body, {moment("m.sent_at")} AS "sentAt") node) AS node
                FROM page m ORDER BY m.position) edge) AS edges,
            (SELECT row_to_json(info) FROM (SELECT
                (SELECT count(*) FROM found) > 20 AS "hasNextPage",
                (SELECT cursor FROM page ORDER BY position DESC LIMIT 1) AS "endCursor"
            ) info) AS "pageInfo"
        ) messages) AS messages FROM dispute d) dispute) AS dispute
    FROM orders o WHERE o.id = $2::text::uuid AND o.buyer_id = $1::text::uuid) answer"""

WRAPPED: Final = {
    "purchases": (PURCHASES, b'{"data":{"viewer":{"purchases":', b"}}}"),
    "dispute": (ORDER, b'{"data":{"order":', b"}}"),
}


async def as_it_is(_: Any) -> None:
    """A session that nobody alters needs no reset."""


class App:
    """Three messages of ASGI, one statement."""

    def __init__(self) -> None:
        self._pool: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        _, what, *ids = scope["path"].split("/")
        answer = await self._cancel(*ids) if what == "cancel" else await self._read(what, *ids)
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    async def _read(self, what: str, *ids: str) -> bytes:
        statement, before, after = WRAPPED[what]
        found: str = await self._pool.fetchval(statement, *ids)
        return before + found.encode() + after

    async def _cancel(self, *ids: str) -> bytes:
        return b'{"data":{"orderCancel":' + (await cancel(self._pool, *ids)).encode() + b"}}"

    async def _begin(self) -> None:
        self._pool = await asyncpg.create_pool(
            os.environ["BENCH_DATABASE_URL"],
            min_size=10,
            max_size=10,
            reset=as_it_is,
            server_settings={"jit": "off"},
        )

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await self._begin()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


app: Final = App()
