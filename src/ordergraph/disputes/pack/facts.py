"""What stands in an evidence pack: read for one viewer, shaped once, for JSON and paper alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ordergraph.accounts import queries as accounts
from ordergraph.disputes import queries
from ordergraph.disputes.lines import said
from ordergraph.disputes.models import Dispute, Evidence, Message
from ordergraph.files import queries as files
from ordergraph.files.models import Attachment
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.kernel.event import Event
from ordergraph.kernel.language import DEFAULT, say
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments import queries as payments
from ordergraph.payments.models import Payment

SCHEMA: Final = "ordergraph.evidence-pack/1"
"""Grows by new names only; whatever changes the meaning of an old one gets another number."""
MOST: Final = 500
"""How many events, messages and pieces of evidence are taken in; `complete` says whether it is all."""

Facts = dict[str, Any]


async def gather(actor: Actor, dispute_id: UUID, language: str, now: datetime) -> Facts | None:
    """All that this viewer sees of the dispute; None when there is none for them."""
    dispute = await queries.visible_to(actor).get_or_none(id=dispute_id)
    if dispute is None:
        return None
    order = await orders.visible_to(actor).get(id=dispute.order_id)
    role = actor.role_on(order)
    assert role is not None, "who sees an order has a role on it"
    lines = (await orders.lines_of([order.id]))[order.id]
    reason = await Reason.get(id=dispute.reason_id)
    parts, complete = await _parts(order.id, dispute.id, language)
    return {
        "schema": SCHEMA,
        "madeAt": _at(now),
        "madeFor": role.value,
        "order": _order(order, lines),
        "parties": await _parties(order),
        "payment": _payment(await payments.of_order(order.id)),
        "dispute": _dispute(dispute, reason, language),
        "decision": _decision(dispute),
        **parts,
        "complete": complete,
    }


async def _parts(
    order_id: UUID, dispute_id: UUID, language: str
) -> tuple[dict[str, list[Facts]], bool]:
    """What happened, what was written, what was handed in; each in its order; is it all?"""
    events = await orders.timeline(order_id).order_by("position").limit(MOST + 1)
    messages = await queries.thread(dispute_id).order_by("position").limit(MOST + 1)
    evidence = await queries.evidence(dispute_id).order_by("position").limit(MOST + 1)
    ids = [row.id for row in messages] + [row.id for row in evidence]
    hung = await files.attached_to(ids)
    parts = {
        "timeline": [_event(row, language) for row in events[:MOST]],
        "messages": [_message(row, hung[row.id], language) for row in messages[:MOST]],
        "evidence": [_evidence(row, hung[row.id]) for row in evidence[:MOST]],
    }
    return parts, max(len(events), len(messages), len(evidence)) <= MOST


def _order(order: Order, lines: Sequence[OrderLine]) -> Facts:
    return {
        "number": order.number,
        "status": order.status.value,
        "total": _money(order.total),
        "shipping": _money(Money(order.shipping_minor, order.currency)),
        "placedAt": _at(order.placed_at),
        "paidAt": _at(order.paid_at),
        "shippedAt": _at(order.shipped_at),
        "carrier": order.carrier,
        "trackingNumber": order.tracking_number,
        "deliveredAt": _at(order.delivered_at),
        "deliveredBy": order.delivered_by,
        "carrierReference": order.carrier_reference,
        "lines": [
            {
                "sku": line.sku,
                "title": line.title,
                "quantity": line.quantity,
                "paid": _money(Money(line.paid_minor, order.currency)),
                "refunded": _money(Money(line.refunded_minor, order.currency)),
            }
            for line in lines
        ],
    }


async def _parties(order: Order) -> Facts:
    known = await accounts.by_ids([order.buyer_id, order.seller_id])
    sides = {"buyer": order.buyer_id, "seller": order.seller_id}
    return {side: {"displayName": known[id_].display_name} for side, id_ in sides.items()}


def _payment(payment: Payment) -> Facts:
    return {
        "reference": str(payment.id),
        "gateway": payment.gateway,
        "gatewayReference": payment.gateway_reference,
        "captured": _money(Money(payment.captured_minor, payment.currency)),
        "capturedAt": _at(payment.captured_at),
        "refunded": _money(payment.refunded),
    }


def _dispute(dispute: Dispute, reason: Reason, language: str) -> Facts:
    return {
        "id": str(dispute.id),
        "reason": reason.handle,
        "reasonLabel": reason.labels.get(language, reason.labels[DEFAULT]),
        "description": dispute.description,
        "asked": dispute.asked.value,
        "amountRequested": _money(dispute.requested),
        "openedAt": _at(dispute.opened_at),
        "stage": dispute.stage.value,
        "status": dispute.status.value,
    }


def _decision(dispute: Dispute) -> Facts | None:
    """How it ended; None while it goes on."""
    if dispute.outcome is None or dispute.decided_by is None:
        return None
    return {
        "outcome": dispute.outcome.value,
        "decidedBy": dispute.decided_by.value,
        "amountApproved": _money(dispute.approved) if dispute.approved else None,
        "note": dispute.decision_note,
        "closedAt": _at(dispute.closed_at),
    }


def _event(row: EventRow, language: str) -> Facts:
    kind = Event.known.get(row.type)
    return {
        "position": row.position,
        "type": row.type,
        "actor": row.actor_role,
        "occurredAt": _at(row.occurred_at),
        "summary": say(kind.says, language, {}) if kind else row.type,
        "hash": row.hash,
    }


def _message(row: Message, hung: Sequence[Attachment], language: str) -> Facts:
    return {
        "position": row.position,
        "kind": row.kind.value,
        "authorRole": row.author_role,
        "sentAt": _at(row.sent_at),
        "body": said(row, language) if row.body is None else row.body,
        "attachments": [_attachment(file) for file in hung],
    }


def _evidence(row: Evidence, hung: Sequence[Attachment]) -> Facts:
    return {
        "position": row.position,
        "type": row.type.value,
        "authorRole": row.author_role,
        "submittedAt": _at(row.submitted_at),
        "note": row.note,
        "attachments": [_attachment(file) for file in hung],
    }


def _attachment(row: Attachment) -> Facts:
    return {
        "fileName": row.file_name,
        "contentType": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
    }


def _money(amount: Money) -> Facts:
    return {"amount": str(amount.amount), "currencyCode": amount.currency}


def _at(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
