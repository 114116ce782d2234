"""Moving money: a payment's columns and their ledger entries, always in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.writing import Write, as_json, fresh_id, together
from ordergraph.kernel.money import Money
from ordergraph.payments.ledger.process import (
    COLUMNS,
    MAY_OWE,
    PARTY,
    Account,
    Entry,
    Posting,
    entries,
    steps,
)

# $1 order, $2 currency, $3 kind; from $4 on by how much each of COLUMNS moves.
FIRST_STEP: Final = 4


def _payable(column: dict[str, str]) -> str:
    """What is the seller's and not paid out yet; less than nothing is what they owe."""
    return (
        "{captured_minor} + {platform_cost_minor} - {refund_reserved_minor} - {refunded_minor}"
        " - {return_cost_minor} - {paid_out_minor}"
    ).format_map(column)


def conditions(kind: str, before: dict[str, str], after: dict[str, str]) -> str:
    """What must be so of a payment's columns after a movement of this kind, as SQL.

    It is what the constraints say: of two movements at once, the one too many finds no row. It is
    asked again when the row's lock was waited for, so nobody needs to lock it before. A seller may
    come to owe by what MAY_OWE names, until they are paid out; what does not touch their money goes on.
    """
    back = f"{after['refund_reserved_minor']} + {after['refunded_minor']}"
    may_owe = ", ".join(f"'{each}'" for each in MAY_OWE)
    return f"""{" AND ".join(f"{new} >= 0" for new in after.values())}
      AND {back} <= {after["captured_minor"]}
      AND ({kind}::text IN ({may_owe}) AND {before["paid_out_minor"]} = 0
           OR {_payable(after)} >= least(0, {_payable(before)}))"""


def _move() -> str:
    before = {column: f"p.{column}" for column in COLUMNS}
    after = {
        column: f"(p.{column} + ${number}::bigint)"
        for number, column in enumerate(COLUMNS, start=FIRST_STEP)
    }
    return f"""
UPDATE payments AS p SET {", ".join(f"{column} = {new}" for column, new in after.items())}
FROM orders AS o
WHERE p.order_id = $1 AND o.id = p.order_id AND p.currency = $2
  AND {conditions("$3", before, after)}"""  # noqa: S608  (made of our own column names only)


MOVE: Final = _move()
MOVED: Final = "o.id, o.buyer_id, o.seller_id"

# $1 posting, $2 kind, $3 currency, $4 refund, $5 dispute, $6 request, $7 moment, $8 the lines
# as JSON.
ENTER: Final = """
INSERT INTO ledger_entries (id, posting_id, order_id, kind, account, party_id, currency,
                            amount_minor, refund_id, dispute_id, request_id, at)
SELECT line.id, $1::uuid, moved.id, $2::text, line.account,
       CASE line.party WHEN 'BUYER' THEN moved.buyer_id WHEN 'SELLER' THEN moved.seller_id END,
       $3::text, line.amount, $4::uuid, $5::uuid, $6::text, $7::timestamptz
FROM moved, json_to_recordset($8::json)
    AS line(id uuid, account text, party text, amount bigint)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """So much of an order's money is moved in this way, because of this refund or dispute, if of any."""

    kind: Posting
    order_id: UUID
    amount: Money
    refund_id: UUID | None = None
    dispute_id: UUID | None = None


async def post(tx: Tx, movement: Movement, *more: Movement) -> bool:
    """Move it and enter it; False, and nothing done, where there is not that much to move."""
    moved, _ = await together(*posting(tx, movement, *more))
    return bool(moved)


def posting(tx: Tx, movement: Movement, *more: Movement) -> tuple[Write, Write]:
    """What moves and enters it; no row of either is written where there is not that much to move.

    Several make one posting, called by the first: what they enter in one account is one line.
    """
    all_ = (movement, *more)
    assert all(each.amount.minor > 0 for each in all_), "only what is more than nothing moves"
    lines, kind, currency = _lines(all_), movement.kind, movement.amount.currency
    steps_ = [movement.order_id, currency, kind, *_moved(all_).values()]
    entered = [
        *(uuid7(), kind, currency, movement.refund_id, movement.dispute_id, tx.request_id, tx.now),
        as_json(
            [
                {"id": fresh_id(), "account": account, "party": PARTY.get(account), "amount": minor}
                for account, minor in lines
            ]
        ),
    ]
    return (
        Write("payments", MOVE, steps_, name="moved", returning=MOVED),
        Write("ledger_entries", ENTER, entered),
    )


def _lines(movements: Sequence[Movement]) -> list[tuple[Account, int]]:
    """Debits and credits of each account, in the order of the table."""
    sums: dict[Entry, int] = {}
    for movement in movements:
        for entry in entries(movement.kind):
            sums[entry] = sums.get(entry, 0) + movement.amount.minor
    return [(account, sign * minor) for (account, sign), minor in sums.items()]


def _moved(movements: Sequence[Movement]) -> dict[str, int]:
    """By how much each of a payment's columns moves."""
    moved = dict.fromkeys(COLUMNS, 0)
    for movement in movements:
        for column, step in steps(movement.kind).items():
            moved[column] += step * movement.amount.minor
    return moved
