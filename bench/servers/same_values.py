"""What the same statements are given: orderCancel's rows, events and answer, made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from strawberry import relay
from uuid_utils.compat import uuid7

from bench.servers.sql import ODD

REASON: Final = "no-longer-needed"


class Line(NamedTuple):
    """A line of the order, all of which is canceled."""

    id: UUID
    quantity: int
    paid_minor: int


class Held(NamedTuple):
    """What is needed of the order, its payment and the reason."""

    number: str
    status: str
    version: int
    currency: str
    shipping_minor: int
    cancelable_until: datetime
    policy_numbers: str
    payment_id: UUID
    reason_id: UUID


class Doing(NamedTuple):
    """One order that is canceled: by whom, when, under which key; and what comes of it."""

    order_id: UUID
    user_id: UUID
    key: str
    at: datetime
    held: Held
    lines: Sequence[Line]
    total: int
    cancellation_id: UUID
    refund_id: UUID


def values(doing: Doing) -> list[object]:
    """Of the statement that writes, in the order of its parts."""
    order_id, user_id, held, lines = doing.order_id, doing.user_id, doing.held, doing.lines
    events = _events(doing)
    return [
        *_money(doing),
        _json([_refund(doing)]),
        _json(_refund_lines(doing)),
        _json([_cancellation(doing)]),
        _json(_cancellation_lines(doing)),
        *(order_id, "CANCELED", doing.at, held.version + 1),
        *(_json(events), [event["id"] for event in events]),
        *(user_id, doing.key, "OrderCancelSuccess", _json(_result(doing))),
        *([line.id for line in lines], [line.quantity for line in lines]),
        [line.paid_minor for line in lines],
    ]


def _money(doing: Doing) -> list[object]:
    """What moves in the payment: the second of its six columns; and the two lines of the ledger."""
    kind, currency, total = "REFUND_PROMISED", doing.held.currency, doing.total
    entries = [
        {"id": uuid7(), "account": "SELLER_PAYABLE", "party": "SELLER", "amount": total},
        {"id": uuid7(), "account": "REFUND_RESERVED", "party": None, "amount": -total},
    ]
    return [
        *(doing.order_id, currency, kind, 0, total, 0, 0, 0, 0),
        *(uuid7(), kind, currency, doing.refund_id, None, "", doing.at, _json(entries)),
    ]


def _refund(doing: Doing) -> Mapping[str, object]:
    """What is not named is null."""
    delay = timedelta(seconds=orjson.loads(doing.held.policy_numbers)["refund_delay_s"])
    return {
        "id": doing.refund_id,
        "order_id": doing.order_id,
        "payment_id": doing.held.payment_id,
        "status": "SCHEDULED",
        "version": 1,
        "cause": "CANCELLATION",
        "cause_id": doing.cancellation_id,
        "method": "ORIGINAL_PAYMENT",
        "borne_by": "SELLER",
        "note": "",
        "currency": doing.held.currency,
        "amount_minor": doing.total,
        "shipping_minor": doing.held.shipping_minor,
        "adjustment_minor": 0,
        "compensated_minor": 0,
        "created_at": doing.at,
        "due_at": doing.at + delay,
        "attempts": 0,
        "declines": 0,
        "outcome_unknown": False,
        "unanswered": 0,
    }


def _refund_lines(doing: Doing) -> list[Mapping[str, object]]:
    return [
        {
            "id": uuid7(),
            "refund_id": doing.refund_id,
            "order_line_id": line.id,
            "quantity": line.quantity,
            "amount_minor": line.paid_minor,
        }
        for line in doing.lines
    ]


def _cancellation(doing: Doing) -> Mapping[str, object]:
    return {
        "id": doing.cancellation_id,
        "order_id": doing.order_id,
        "status": "APPROVED",
        "version": 1,
        "whole": True,
        "reason_id": doing.held.reason_id,
        "note": "",
        "requested_by": "BUYER",
        "requested_by_id": doing.user_id,
        "requested_at": doing.at,
        "decided_at": doing.at,
        "decided_by": "BUYER",
    }


def _cancellation_lines(doing: Doing) -> list[Mapping[str, object]]:
    return [
        {
            "id": uuid7(),
            "cancellation_id": doing.cancellation_id,
            "order_line_id": line.id,
            "quantity": line.quantity,
        }
        for line in doing.lines
    ]


def _events(doing: Doing) -> list[Mapping[str, object]]:
    """`said` is what Postgres hashes of each, behind the hash before it, the order and the position."""
    order = str(doing.order_id)
    happened = {
        "order.canceled": {"order_id": order, "reason": REASON},
        "refund.scheduled": {"order_id": order, "refund_id": str(doing.refund_id)},
    }
    by = ["BUYER", str(doing.user_id), doing.at.timestamp()]
    return [
        {
            "id": uuid7(),
            "order_id": doing.order_id,
            "nth": nth,
            "type": kind,
            "role": "BUYER",
            "actor_id": doing.user_id,
            "request_id": "",
            "at": doing.at,
            "data": data,
            "said": orjson.dumps([kind, *by, data], option=orjson.OPT_SORT_KEYS).decode()[1:],
        }
        for nth, (kind, data) in enumerate(happened.items(), start=1)
    ]


def _result(doing: Doing) -> Mapping[str, str]:
    return {
        "order": f"Order:{doing.order_id}",
        "cancellation": f"Cancellation:{doing.cancellation_id}",
        "refund": f"Refund:{doing.refund_id}",
    }


def _json(value: Mapping[str, object] | Iterable[Mapping[str, object]]) -> str:
    return orjson.dumps(value, default=str).decode()  # the driver has a UUID of its own


def answer(doing: Doing) -> bytes:
    currency, id_ = doing.held.currency, relay.to_base64("Order", doing.order_id)
    amount = str(Decimal(doing.total).scaleb(-ODD.get(currency, 2)))
    return orjson.dumps(
        {
            "__typename": "OrderCancelSuccess",
            "order": {"id": id_, "number": doing.held.number, "status": "CANCELED"},
            "cancellation": {"status": "APPROVED"},
            "refund": {
                "status": "SCHEDULED",
                "amount": {"amount": amount, "currencyCode": currency},
            },
        }
    )
