"""The same statements by bare asyncpg: what orderCancel costs without ordergraph's own work.

The texts are ordergraph's, asked of its modules when the server starts; the values are made by hand,
in same_values.py. It judges nothing but status and window, and else it is as the limit. ADR 33 tells
of the statements. `uvicorn bench.servers.same:app`.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from bench.servers import limit
from bench.servers.same_values import REASON, Doing, Held, Line, answer, values
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

HELD_MODELS: Final = (("o", Order), ("l", OrderLine), ("p", Payment), ("f", Refund), ("r", Reason))


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
            ((counts,),) = await connection.fetch(self.write, *values(doing))
            assert counts[:2] == [1, 2], "the money is moved and entered"
        return answer(doing)

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
