"""Moving money: a payment's columns and their ledger entries, in one statement."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.kernel.money import Money
from ordergraph.payments.ledger.process import (
    COLUMNS,
    MAY_OWE,
    PARTY,
    Account,
    Posting,
    entries,
    steps,
)

# $1 order, $2 currency, $3 posting, $4 kind, $5 refund, $6 request, $7 moment; $8 to $11 the
# entries' ids, accounts, parties and amounts; $12 dispute; from $13 on by how much each of COLUMNS
# moves.
FIRST_STEP: Final = 13


def _payable(column: dict[str, str]) -> str:
    """What is the seller's and not paid out yet; less than nothing is what they owe."""
    return (
        "{captured_minor} + {platform_cost_minor} - {refund_reserved_minor} - {refunded_minor}"
        " - {return_cost_minor} - {paid_out_minor}"
    ).format_map(column)


def conditions(kind: str, before: dict[str, str], after: dict[str, str]) -> str:
    """What must be so of a payment's columns after a movement of this kind, as SQL.

    It is what the constraints say: of two movements at once, the one too many finds no row. It is
    asked again when the row's lock was waited for, so nobody needs to lock it before. Who owes
    already may owe no more, but what does not touch their money goes on.
    """
    back = f"{after['refund_reserved_minor']} + {after['refunded_minor']}"
    return f"""{" AND ".join(f"{new} >= 0" for new in after.values())}
      AND {back} <= {after["captured_minor"]}
      AND ({kind}::text = '{MAY_OWE}' OR {_payable(after)} >= least(0, {_payable(before)}))"""


def _statement() -> str:
    before = {column: f"p.{column}" for column in COLUMNS}
    after = {
        column: f"(p.{column} + ${number}::bigint)"
        for number, column in enumerate(COLUMNS, start=FIRST_STEP)
    }
    return f"""
WITH moved AS (
    UPDATE payments AS p SET {", ".join(f"{column} = {new}" for column, new in after.items())}
    FROM orders AS o
    WHERE p.order_id = $1 AND o.id = p.order_id AND p.currency = $2
      AND {conditions("$4", before, after)}
    RETURNING o.id, o.buyer_id, o.seller_id)
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
                            amount_minor, refund_id, dispute_id, request_id, at)
SELECT line.id, $3::uuid, moved.id, $4::text, line.account,
       CASE line.party WHEN 'BUYER' THEN moved.buyer_id WHEN 'SELLER' THEN moved.seller_id END,
       $2, line.amount, $5::uuid, $12::uuid, $6::text, $7::timestamptz
FROM moved, unnest($8::uuid[], $9::text[], $10::text[], $11::bigint[])
    AS line(id, account, party, amount)
RETURNING id"""  # noqa: S608  (made of our own column names only)


MOVE: Final = _statement()


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """So much of an order's money is moved in this way, because of this refund or dispute, if of any."""

    kind: Posting
    order_id: UUID
    amount: Money
    refund_id: UUID | None = None
    dispute_id: UUID | None = None


async def post(tx: Tx, movement: Movement, *more: Movement) -> bool:
    """Move it and enter it; False, and nothing done, where there is not that much to move.

    Several make one posting, called by the first: what they enter in one account is one line.
    """
    together = (movement, *more)
    assert all(each.amount.minor > 0 for each in together), "only what is more than nothing moves"
    lines = _lines(together)
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
            [account for account, _ in lines],
            [PARTY.get(account) for account, _ in lines],
            [minor for _, minor in lines],
            movement.dispute_id,
            *_moved(together).values(),
        ],
    )
    return bool(written)


def _lines(movements: Sequence[Movement]) -> list[tuple[Account, int]]:
    """Debits and credits of each account, in the order of the table."""
    sums = Counter[tuple[Account, int]]()
    for movement in movements:
        for entry in entries(movement.kind):
            sums[entry.account, entry.sign] += movement.amount.minor
    return [(account, sign * minor) for (account, sign), minor in sums.items()]


def _moved(movements: Sequence[Movement]) -> dict[str, int]:
    """By how much each of a payment's columns moves."""
    return {
        column: sum(steps(each.kind)[column] * each.amount.minor for each in movements)
        for column in COLUMNS
    }
