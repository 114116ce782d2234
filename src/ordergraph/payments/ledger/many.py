"""Entering movements of many orders at once: the rules are those of posting.py, and so is the statement."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.payments.ledger.posting import Movement, conditions
from ordergraph.payments.ledger.process import COLUMNS, PARTY, entries, steps

# The first line of parameters is one element for each movement, the second one for each entry.
_GIVEN: Final = ("id", "order_id", "currency", "kind", "refund_id", "request_id", *COLUMNS)
_KINDS: Final = ("uuid", "uuid", "text", "text", "uuid", "text", *("bigint" for _ in COLUMNS))
_FIRST_LINE: Final = len(_GIVEN) + 1


def _statement() -> str:
    given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_KINDS, start=1))
    a, b, c, d, e, now = (f"${n}" for n in range(_FIRST_LINE, _FIRST_LINE + 6))
    before = {column: f"p.{column}" for column in COLUMNS}
    after = {column: f"(p.{column} + m.{column})" for column in COLUMNS}
    return f"""
WITH moved AS (
    UPDATE payments AS p SET {", ".join(f"{column} = {new}" for column, new in after.items())}
    FROM unnest({given}) AS m({", ".join(_GIVEN)}) JOIN orders AS o ON o.id = m.order_id
    WHERE p.order_id = m.order_id AND p.currency = m.currency
      AND {conditions("m.kind", before, after)}
    RETURNING m.id, m.order_id, m.currency, m.kind, m.refund_id, m.request_id, o.buyer_id, o.seller_id)
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
                            amount_minor, refund_id, request_id, at)
SELECT line.id, moved.id, moved.order_id, moved.kind, line.account,
       CASE line.party WHEN 'BUYER' THEN moved.buyer_id WHEN 'SELLER' THEN moved.seller_id END,
       moved.currency, line.amount, moved.refund_id, moved.request_id, {now}::timestamptz
FROM moved JOIN unnest({a}::uuid[], {b}::uuid[], {c}::text[], {d}::text[], {e}::bigint[])
    AS line(posting_id, id, account, party, amount) ON line.posting_id = moved.id
RETURNING order_id"""  # noqa: S608  (made of our own column names only)


MOVE_MANY: Final = _statement()


async def post_many(tx: Tx, movements: Sequence[tuple[Movement, str]]) -> set[UUID]:
    """Move and enter each, on behalf of the request whose id stands beside it.

    Returns the orders where it was done: nothing was where there is not that much to move. One
    movement for each order, because Postgres changes a row once in one statement.
    """
    assert len({movement.order_id for movement, _ in movements}) == len(movements), "one each"
    heads, lines = [], []
    for movement, request_id in movements:
        minor, posting_id = movement.amount.minor, uuid7()
        assert minor > 0, "only what is more than nothing moves"
        moved = steps(movement.kind)
        heads.append(
            (
                posting_id,
                movement.order_id,
                movement.amount.currency,
                movement.kind,
                movement.refund_id,
                request_id,
                *(moved[column] * minor for column in COLUMNS),
            )
        )
        lines += [
            (posting_id, uuid7(), account, PARTY.get(account), sign * minor)
            for account, sign in entries(movement.kind)
        ]
    rows = await connections.get("default").execute_query_dict(
        MOVE_MANY, [*_columns(heads), *_columns(lines), tx.now]
    )
    return {row["order_id"] for row in rows}


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
