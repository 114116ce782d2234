"""Taking the right to send refunds: committed before anything is sent, and over by itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tortoise import connections
from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import origins
from ordergraph.infra.rows import changed_many
from ordergraph.infra.writing import Write, together
from ordergraph.payments.gateways.protocol import RefundOrder
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries
from ordergraph.refunds.models import AttemptOutcome, Refund
from ordergraph.refunds.process import RefundFailureReason, RefundMethod, RefundStatus

Beside = Mapping[UUID, Sequence[Refund]]
"""All refunds of some orders."""
ON_ITS_WAY: Final = frozenset(
    {RefundStatus.PROCESSING, RefundStatus.PENDING, RefundStatus.SUCCEEDED}
)
"""It is given back, or being given back."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What a payment's other refunds say of it, in minor units.

    `otherwise`: what went back, or is to go back, by other ways than its gateway, which has it still.
    `least`: what the gateway has left at least, unless somebody gave money back there without us.
    """

    otherwise: int = 0
    least: int = 0

    def has(self, minor: int, left: int) -> bool:
        """Whether so much is still there for this refund, when the gateway has so much left.

        What has gone without us is taken for this refund where it is as much: what is left of a payment
        says nothing of a refund that is a part of it.
        """
        return left - self.otherwise >= minor and self.least - left < minor


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one refund until the lease is over.

    `until`: when that is, unless somebody rings. `gateway`: who has the payment. `rest`: what of it is
    spoken for by the order's other refunds. `request_id`: on whose behalf it is sent.
    """

    attempt_id: UUID
    refund_id: UUID
    until: datetime
    method: RefundMethod
    gateway: str
    order: RefundOrder
    rest: Rest
    look_first: bool
    request_id: str


async def claim_attempts(tx: Tx, refund_ids: Sequence[UUID], lease: timedelta) -> list[Claim]:
    """Take the right to send, and commit it before anything is sent.

    What is not due for an attempt, or held by somebody else just now, is left alone.
    """
    held = await queries.claim_many(refund_ids)
    due = {refund: payment for refund, payment in held if _is_due(refund, tx.now)}
    beside = await _beside(due)
    due = dict(_one_credit_of_each_order(due, beside, tx.now))
    if not due:
        return []
    left_over = await _close_left_over(tx, [refund.id for refund in due])
    for refund in due:
        may_be_there = refund.id in left_over and refund.goes_through_the_gateway
        may_be_there = may_be_there or refund.status is RefundStatus.PENDING
        refund.outcome_unknown = refund.outcome_unknown or may_be_there
        refund.claim, refund.attempts = uuid7(), refund.attempts + 1
        refund.next_attempt_at = tx.now + lease
    changes = ("claim", "attempts", "outcome_unknown", "next_attempt_at")
    await together(_attempts(tx, list(due)), changed_many(list(due), *changes))
    return await _claims(due, beside)


def _is_due(refund: Refund, now: datetime) -> bool:
    return refund.next_attempt_at is not None and refund.next_attempt_at <= now


START: Final = """
INSERT INTO refund_attempts (id, refund_id, number, idempotency_key, outcome, started_at)
SELECT *, $5::text, $6::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[])"""


def _attempts(tx: Tx, refunds: Sequence[Refund]) -> Write:
    return Write("refund_attempts", START, [
        [refund.claim for refund in refunds],
        [refund.id for refund in refunds],
        [refund.attempts for refund in refunds],
        [refund.idempotency_key for refund in refunds],
        AttemptOutcome.STARTED,
        tx.now,
    ])  # fmt: skip


LEFT_OVER: Final = """
UPDATE refund_attempts SET outcome = $3, finished_at = $2, problem = 'left unfinished'
WHERE refund_id = ANY($1) AND finished_at IS NULL RETURNING refund_id"""


async def _close_left_over(tx: Tx, refund_ids: Collection[UUID]) -> set[UUID]:
    """What is due again and was never finished belonged to a worker that is gone, or frozen."""
    rows = await connections.get("default").execute_query_dict(
        LEFT_OVER, [list(refund_ids), tx.now, AttemptOutcome.UNKNOWN]
    )
    return {row["refund_id"] for row in rows}


async def _claims(claimed: Mapping[Refund, Payment], beside: Beside) -> list[Claim]:
    asked = await origins([(refund.order_id, refund.id) for refund in claimed])
    return [
        Claim(
            attempt_id=refund.claim,
            refund_id=refund.id,
            until=refund.next_attempt_at,
            method=refund.method,
            gateway=payment.gateway,
            order=_order(refund, payment),
            rest=_rest(refund, payment, beside.get(refund.order_id, ())),
            look_first=refund.outcome_unknown,
            request_id=asked.get(refund.id, ""),
        )
        for refund, payment in claimed.items()
        if refund.claim is not None and refund.next_attempt_at is not None
    ]


async def _beside(due: Mapping[Refund, Payment]) -> Beside:
    """All refunds of the orders of those that become credit, or are not the only one of their payment."""
    orders = {
        refund.order_id
        for refund, payment in due.items()
        if refund.method is RefundMethod.STORE_CREDIT or _has_others(refund, payment)
    }
    return await queries.of_orders(orders) if orders else {}


def _has_others(refund: Refund, payment: Payment) -> bool:
    return payment.refunded_minor + payment.refund_reserved_minor > refund.amount_minor


def _one_credit_of_each_order(
    due: Mapping[Refund, Payment], beside: Beside, now: datetime
) -> Iterator[tuple[Refund, Payment]]:
    """Asked about at once, each would be taken for what is missing at the gateway. The others are due
    again as soon as it is known what became of the first.
    """
    taken = {
        other.order_id
        for others in beside.values()
        for other in others
        if other.method is RefundMethod.STORE_CREDIT and _is_asked_about(other, now)
    }
    for refund, payment in due.items():
        if refund.method is RefundMethod.STORE_CREDIT:
            if refund.order_id in taken:
                continue
            taken.add(refund.order_id)
        yield refund, payment


def _is_asked_about(refund: Refund, now: datetime) -> bool:
    """Whether a worker has it in hand, and its lease is not over."""
    return refund.claim is not None and not _is_due(refund, now)


def _rest(refund: Refund, payment: Payment, beside: Sequence[Refund]) -> Rest:
    others = [other for other in beside if other.id != refund.id]
    gone = sum(o.amount_minor for o in others if _may_be_gone(o) or _is_known_as_gone(o))
    otherwise = sum(o.amount_minor for o in others if _goes_past_the_gateway(o))
    return Rest(otherwise=otherwise, least=payment.captured_minor - gone)


def _goes_past_the_gateway(refund: Refund) -> bool:
    """Whether its money is given, or being given, by another way than the payment's."""
    return refund.status in ON_ITS_WAY and not refund.goes_through_the_gateway


def _may_be_gone(refund: Refund) -> bool:
    """Whether the gateway may have sent it for us."""
    goes_there = refund.goes_through_the_gateway and refund.status in ON_ITS_WAY
    return goes_there or refund.outcome_unknown


def _is_known_as_gone(refund: Refund) -> bool:
    """Whether what went back without us was taken for this one."""
    gone = refund.failure_reason is RefundFailureReason.ALREADY_REFUNDED
    return gone and refund.status in {RefundStatus.REQUIRES_ACTION, RefundStatus.FAILED}


def _order(refund: Refund, payment: Payment) -> RefundOrder:
    """What the gateway is told, or asked about."""
    assert payment.gateway_reference is not None, "only what was captured is given back"
    return RefundOrder(
        reference=refund.id,
        payment_reference=payment.id,
        payment_gateway_reference=payment.gateway_reference,
        amount=refund.amount,
        idempotency_key=refund.idempotency_key,
    )
