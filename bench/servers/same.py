"""The same statements by bare asyncpg: what orderCancel costs without ordergraph's own work.

The texts are ordergraph's, asked of its modules when the server starts; the values are made by hand.
It judges nothing but status and window, and else it is as the limit. ADR 33 tells of the statements.
`uvicorn bench.servers.same:app`.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

import orjson
from strawberry import relay
from uuid_utils.compat import uuid7

from bench.servers import limit
from bench.servers.sql import ODD
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.cancellations.queries import HOLD
from ordergraph.infra.chaining import Happened, append
from ordergraph.infra.database import Tx, connected
from ordergraph.infra.idempotency import CLAIM, Deed, Result, conclusion
from ordergraph.infra.making import new
from ordergraph.infra.reading import columns_of, selecting
from ordergraph.infra.writing import increase, insert_all, statement, update
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason
from ordergraph.orders.events import OrderCanceled
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.ledger.posting import Movement, posting
from ordergraph.payments.ledger.process import Posting
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund, RefundLine

REASON: Final = "no-longer-needed"
HELD_MODELS: Final = (("o", Order), ("l", OrderLine), ("p", Payment), ("r", Reason))


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


class Canceling:
    """The texts, and where in a row of the second one stands what is needed. Needs Tortoise's models."""

    def __init__(self) -> None:
        columns = [f"{name}.{each}" for name, model in HELD_MODELS for each in columns_of(model)]
        self.hold = selecting(HOLD, HELD_MODELS)
        self.write = _writing()
        self._line = itemgetter(*(columns.index(f"l.{name}") for name in Line._fields))
        self._held = itemgetter(
            *(columns.index(f"o.{name}") for name in Held._fields[:-2]),
            *(columns.index(name) for name in ("p.id", "r.id")),
        )

    async def cancel(self, connection: Any, user: str, order: str) -> bytes:
        """Cancel all of it and promise the money back, in five round trips; the answer as JSON."""
        order_id, user_id, key = UUID(order), UUID(user), uuid4().hex
        meant = hashlib.sha256(order.encode()).hexdigest()
        deed = (uuid7(), user_id, key, "orderCancel", meant, None)
        async with connection.transaction():
            (claimed,) = await connection.fetch(CLAIM, *deed)
            seen_by = (user_id, True, False, False)
            rows = await connection.fetch(self.hold, *seen_by, order_id, REASON)
            doing = self._doing(rows, order_id, user_id, key, claimed["now"])
            ((counts,),) = await connection.fetch(self.write, *_values(doing))
            assert counts[:2] == [1, 2], "the money is moved and entered"
        return _answer(doing)

    def _doing(
        self, rows: Sequence[Any], order_id: UUID, user_id: UUID, key: str, at: datetime
    ) -> Doing:
        held = Held(*self._held(rows[0]))
        assert held.status == "PROCESSING", "it is paid, and not canceled"
        assert at < held.cancelable_until, "the window is open"
        lines = [Line(*self._line(row)) for row in rows]
        total = held.shipping_minor + sum(line.paid_minor for line in lines)
        return Doing(order_id, user_id, key, at, held, lines, total, uuid7(), uuid7())


def _writing() -> str:
    """The last statement's text, which is the same for all values."""
    some, now = uuid7(), datetime.now(UTC)
    tx = Tx(Actor(frozenset({Role.BUYER}), some), now, "")
    promised = Movement(
        kind=Posting.REFUND_PROMISED, order_id=some, amount=Money(1, "EUR"), refund_id=some
    )
    order = new(Order, status=OrderStatus.CANCELED, canceled_at=now, version=2)
    happened = Happened(OrderCanceled(order_id=some, reason=REASON), Role.BUYER, some, "", now)
    text, _ = statement(
        *posting(tx, promised),
        insert_all(Refund, []),
        insert_all(RefundLine, []),
        insert_all(Cancellation, []),
        insert_all(CancellationLine, []),
        update(order, "status", "canceled_at", "version"),
        *append([happened]),
        conclusion(Deed(some, "", "", ""), Result("", {})),
        increase(OrderLine, {some: {"canceled_quantity": 1, "refunded_minor": 1}}),
    )
    return text


def _values(doing: Doing) -> list[object]:
    """In the order of that statement's parts."""
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


def _answer(doing: Doing) -> bytes:
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


class App(limit.App):
    """The limit's, but for how it cancels."""

    _canceling: Canceling

    async def _begin(self) -> None:
        async with connected(os.environ["BENCH_DATABASE_URL"]):
            self._canceling = Canceling()
        await super()._begin()

    async def _cancel(self, *ids: str) -> bytes:
        async with self._pool.acquire() as connection:
            canceled = await self._canceling.cancel(connection, *ids)
        return b'{"data":{"orderCancel":' + canceled + b"}}"


app: Final = App()
