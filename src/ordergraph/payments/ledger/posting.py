"""Moving money: a payment's columns and their ledger entries, in one statement."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.kernel.money import Money
from ordergraph.payments.ledger.process import COLUMNS, PARTY, Posting, entries, steps

# $1 order, $2 currency, $3 posting, $4 kind, $5 refund, $6 request, $7 moment; $8 to $11 the
# entries' ids, accounts, parties and amounts; from $12 on by how much each of COLUMNS moves.
FIRST_STEP: Final = 12


def _statement() -> str:
    """The condition is the constraint's own: of two movements at once, the one too many finds no row.

    It is asked again when the row's lock was waited for, so nobody needs to lock it before.
    """
    after = {
        column: f"(p.{column} + ${number}::bigint)"
        for number, column in enumerate(COLUMNS, start=FIRST_STEP)
    }
    back = f"{after['refund_reserved_minor']} + {after['refunded_minor']}"
    out = f"{back} + {after['paid_out_minor']}"
    there = f"{after['captured_minor']} + {after['platform_cost_minor']}"
    return f"""
WITH moved AS (
    UPDATE payments AS p SET {", ".join(f"{column} = {new}" for column, new in after.items())}
    FROM orders AS o
    WHERE p.order_id = $1 AND o.id = p.order_id AND p.currency = $2
      AND {" AND ".join(f"{new} >= 0" for new in after.values())}
      AND {back} <= {after["captured_minor"]} AND {out} <= {there}
    RETURNING o.id, o.buyer_id, o.seller_id)
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
                            amount_minor, refund_id, request_id, at)
SELECT line.id, $3::uuid, moved.id, $4::text, line.account,
       CASE line.party WHEN 'BUYER' THEN moved.buyer_id WHEN 'SELLER' THEN moved.seller_id END,
       $2, line.amount, $5::uuid, $6::text, $7::timestamptz
FROM moved, unnest($8::uuid[], $9::text[], $10::text[], $11::bigint[])
    AS line(id, account, party, amount)
RETURNING id"""  # noqa: S608  (made of our own column names only)


MOVE: Final = _statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """So much of an order's money is moved in this way, because of this refund if of any."""

    kind: Posting
    order_id: UUID
    amount: Money
    refund_id: UUID | None = None


async def post(tx: Tx, movement: Movement) -> bool:
    """Move it and enter it; False, and nothing done, where there is not that much to move."""
    assert movement.amount.minor > 0, "only what is more than nothing moves"
    lines, minor = entries(movement.kind), movement.amount.minor
    written = await connections.get("default").execute_query_dict(
        MOVE,
        [
            movement.order_id,
            movement.amount.currency,
            uuid7(),
            movement.kind,
            movement.refund_id,
            tx.request_id,
            tx.now,
            [uuid7() for _ in lines],
            [line.account for line in lines],
            [PARTY.get(line.account) for line in lines],
            [line.sign * minor for line in lines],
            *(step * minor for step in steps(movement.kind).values()),
        ],
    )
    return bool(written)
