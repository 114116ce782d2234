"""Writing payments: opening, recording what the gateway captured, reserving what goes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.writing import Batch, Increase, Write
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import AmountTooHigh
from ordergraph.orders import actions as orders
from ordergraph.orders import paying
from ordergraph.orders import queries as order_queries
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from ordergraph.payments.gateways.protocol import Capture, CaptureReceipt
from ordergraph.payments.ledger.many import post_many
from ordergraph.payments.ledger.posting import Movement, post, posting
from ordergraph.payments.ledger.process import (
    CALLED_OFF,
    PROMISED,
    SETTLED,
    Destination,
    Posting,
)
from ordergraph.payments.models import Payment
from ordergraph.payments.process import PaymentDeclineReason

HEAR: Final = """
INSERT INTO gateway_events (id, gateway, event_id, received_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (gateway, event_id) DO NOTHING RETURNING id"""
FORGET: Final = """
DELETE FROM gateway_events WHERE id = ANY(ARRAY(
    SELECT id FROM gateway_events WHERE received_at < $1 ORDER BY received_at LIMIT $2))
RETURNING id"""


async def open_payment(tx: Tx, order: Order, gateway: str, token: str | None = None) -> Payment:
    """Say what is to be captured for this order, where, and with which of the buyer's tokens."""
    return await Payment.create(
        order_id=order.id,
        gateway=gateway,
        token=token,
        currency=order.currency,
        amount_minor=order.total_minor,
        created_at=tx.now,
    )


def capture_of(payment: Payment) -> Capture:
    """The order to the gateway; its key is made of the payment, so repeating it is harmless."""
    return Capture(
        payment_reference=payment.id,
        amount=Money(payment.amount_minor, payment.currency),
        idempotency_key=f"capture-{payment.id}",
        token=payment.token,
    )


async def record_capture(tx: Tx, order_id: UUID, receipt: CaptureReceipt) -> Payment | None:
    """Write down that the money is there; None: that was known, and nothing changes.

    Money that came too late for its order stays refundable; checkout gives it back.
    """
    order, _ = await order_queries.lock(tx, order_id)
    payment = await Payment.select_for_update(no_key=True).get(order_id=order_id)
    if payment.captured_at is not None:
        return None
    assert receipt.amount == Money(payment.amount_minor, payment.currency), "captured what we asked"
    payment.gateway_reference = receipt.gateway_reference
    payment.captured_at = tx.now
    await payment.save(update_fields=["gateway_reference", "captured_at"])
    captured = Movement(kind=Posting.CAPTURED, order_id=order_id, amount=receipt.amount)
    assert await post(tx, captured), "what was captured can always be entered"
    payment.captured_minor = receipt.amount.minor
    if order.status is OrderStatus.PENDING_PAYMENT:
        await paying.mark_paid(tx, order)
    return payment


async def record_decline(tx: Tx, order_id: UUID, reason: PaymentDeclineReason) -> None:
    """Write down that the money will not come; an order that waits for it ends."""
    order, _ = await order_queries.lock(tx, order_id)
    payment = await Payment.select_for_update(no_key=True).get(order_id=order_id)
    assert payment.captured_at is None, "what was captured is not declined"
    payment.decline_reason = reason
    await payment.save(update_fields=["decline_reason"])
    if order.status is OrderStatus.PENDING_PAYMENT:
        await paying.mark_declined(tx, order)


async def hear(tx: Tx, gateway: str, event_id: str) -> bool:
    """Note a gateway's message; say whether it is told for the first time."""
    found = await connections.get("default").execute_query_dict(
        HEAR, [uuid7(), gateway, event_id, tx.now]
    )
    return bool(found)


async def forget_events(before: datetime, *, limit: int) -> int:
    """Forget the messages that were heard before this moment, at most so many."""
    found = await connections.get("default").execute_query_dict(FORGET, [before, limit])
    return len(found)


async def reserve(
    tx: Tx, order: Order, amount: Money, *, borne_by: Role, refund_id: UUID | None = None
) -> None:
    """Set aside what is promised back; raise AmountTooHigh for more than is left.

    `borne_by`: whose money it is in the end, the SELLER's or (OPERATOR) the marketplace's own.
    """
    await reservation(tx, order, amount, borne_by=borne_by, refund_id=refund_id).send()


def reservation(
    tx: Tx,
    order: Order,
    amount: Money,
    *beside: Write | Increase,
    borne_by: Role,
    refund_id: UUID | None = None,
) -> Batch:
    """As `reserve`, to be sent. `beside`: what goes along, for nothing when it raises."""
    assert amount.minor > 0, "nothing to give back"
    promised = Movement(
        kind=PROMISED[borne_by], order_id=order.id, amount=amount, refund_id=refund_id
    )

    async def counted(counts: Sequence[int]) -> None:
        moved, *_ = counts
        if not moved:
            payment = await Payment.get(order_id=order.id)
            raise AmountTooHigh(maximum=payment.refundable_by(borne_by))

    return Batch([*posting(tx, promised), *beside], counted)


async def settle_reserved(
    tx: Tx, order_id: UUID, amount: Money, *, refund_id: UUID, method: Destination
) -> None:
    """What was promised has been given back, in this way."""
    given = Settlement(
        order_id=order_id,
        amount=amount,
        refund_id=refund_id,
        method=method,
        request_id=tx.request_id,
    )
    await settle_many(tx, [given])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """So much of an order's money was given back, in this way, on behalf of this request."""

    order_id: UUID
    amount: Money
    refund_id: UUID
    method: Destination
    request_id: str


async def settle_many(tx: Tx, settlements: Sequence[Settlement]) -> None:
    """What was promised has been given back, at most once for each order."""
    movements = [
        (
            Movement(
                kind=SETTLED[s.method], order_id=s.order_id, amount=s.amount, refund_id=s.refund_id
            ),
            s.request_id,
        )
        for s in settlements
    ]
    settled = await post_many(tx, movements) if movements else set()
    assert len(settled) == len(movements), "a refund was settled that was never reserved"


async def free_reserved(
    tx: Tx, order_id: UUID, amount: Money, *, borne_by: Role, refund_id: UUID | None = None
) -> None:
    """A promise was called off; `borne_by` as it was when it was given.

    When the seller was paid out before, what becomes free again is paid out at once.
    """
    called_off = Movement(
        kind=CALLED_OFF[borne_by], order_id=order_id, amount=amount, refund_id=refund_id
    )
    assert await post(tx, called_off), "a refund was called off that was never reserved"
    order = await Order.get(id=order_id)
    if order.status is OrderStatus.COMPLETED:
        await pay_out(tx, order)


async def pay_return(
    tx: Tx, order: Order, dispute_id: UUID, shares: Mapping[Posting, Money]
) -> None:
    """Enter what sending goods back cost, once for each dispute, in one posting of all shares."""
    movements = [
        Movement(kind=kind, order_id=order.id, amount=amount, dispute_id=dispute_id)
        for kind, amount in shares.items()
    ]
    assert await post(tx, *movements), "what a return cost can always be entered"


async def compensate(tx: Tx, order: Order, amount: Money, *, refund_id: UUID) -> None:
    """The marketplace makes good to the seller what this refund took; paid out at once if the rest was."""
    made_good = Movement(
        kind=Posting.SELLER_COMPENSATED, order_id=order.id, amount=amount, refund_id=refund_id
    )
    assert await post(tx, made_good), "the marketplace can always pay"
    if order.status is OrderStatus.COMPLETED:
        await pay_out(tx, order)


async def pay_out(tx: Tx, order: Order) -> None:
    """The seller of a complete order gets what is neither promised back nor given back.

    One who owes for a return gets nothing; what becomes free later pays that first.
    """
    assert order.status is OrderStatus.COMPLETED, "a seller is paid out for what is complete"
    payment = await Payment.select_for_update(no_key=True).get(order_id=order.id)
    if payment.payable.minor > 0:
        paid = Movement(kind=Posting.PAID_OUT, order_id=order.id, amount=payment.payable)
        assert await post(tx, paid), "what is left can be paid out"


async def complete(tx: Tx, order: Order) -> None:
    """The buyer's protection is over: complete the order, and pay the seller out."""
    await orders.complete(tx, order)
    await pay_out(tx, order)
