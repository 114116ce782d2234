"""Starting a withdrawal, which changes nothing, and confirming it, which makes it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ordergraph.accounts.models import User
from ordergraph.cancellations import actions as cancellations
from ordergraph.cancellations import queries as given
from ordergraph.cancellations import requests
from ordergraph.cancellations.plan import CancelPlan
from ordergraph.disputes import bylaw
from ordergraph.disputes import queries as disputes
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.language import say
from ordergraph.kernel.money import Money, allocate_in_steps
from ordergraph.kernel.refusal import InvalidInput, NotAllowed, NotFound, WrongState
from ordergraph.kernel.text import written
from ordergraph.orders import queries as orders
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import UNSHIPPED, OrderStatus
from ordergraph.payments import queries as payments
from ordergraph.payments.catching_up import make_overdue_moves
from ordergraph.refunds.actions import LinePart, Parts
from ordergraph.withdrawals import queries, wording
from ordergraph.withdrawals.events import WithdrawalConfirmed
from ordergraph.withdrawals.models import Document, DocumentKind, Withdrawal, WithdrawalLine
from ordergraph.withdrawals.process import (
    REVIEWED_WITHIN,
    WITHDRAW,
    Ground,
    WithdrawalLapsed,
    WithdrawalStatus,
    kept,
    planned,
    why_not,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWithdrawal:
    """`picked`: how many of which line, or None for everything that one may withdraw from.

    Without a name it is the buyer's own; `language` is the one that they read.
    """

    order_id: UUID
    picked: Mapping[UUID, int] | None
    name: str | None
    contact_email: str | None
    language: str


async def start(tx: Tx, new: NewWithdrawal) -> Withdrawal:
    """Write down what would be declared, for the buyer to review. Nothing of the order changes."""
    order, role = await orders.lock(tx, new.order_id)
    await _catch_up(tx, order)
    found = await _judged(tx, order, role, new.picked)
    row = Withdrawal(
        order_id=order.id,
        name=await _name(order, new.name),
        contact_email=_email(new.contact_email),
        language=new.language,
        currency=order.currency,
        amount_minor=found.parts.minor,
        shipping_minor=found.parts.shipping_minor,
        whole=found.whole,
        started_at=tx.now,
        lapses_at=tx.now + REVIEWED_WITHIN,
    )
    _date(tx, order, row)
    await row.save(force_create=True)
    await WithdrawalLine.bulk_create(
        WithdrawalLine(
            withdrawal_id=row.id,
            order_line_id=part.line_id,
            quantity=part.quantity,
            amount_minor=part.amount_minor,
        )
        for part in found.parts.lines
    )
    return row


async def confirm(tx: Tx, withdrawal_id: UUID) -> Withdrawal:
    """Make the withdrawal, now: claim or cancel what the law grants, and acknowledge it in a document.

    Everything is judged anew; a statement that no longer holds to the last cent is not made.
    """
    seen = await queries.visible_to(tx.actor).get_or_none(id=withdrawal_id)
    if seen is None:
        raise NotFound(what="withdrawal")
    order, role = await orders.lock(tx, seen.order_id)
    await _catch_up(tx, order)
    row = await Withdrawal.select_for_update(no_key=True).get(id=withdrawal_id)
    if role is not Role.BUYER:
        raise NotAllowed(action=WITHDRAW, role=role)
    if row.confirmed_at is not None:
        raise WrongState(action=WITHDRAW, state=WithdrawalStatus.CONFIRMED)
    if tx.now >= row.lapses_at:
        raise WithdrawalLapsed(row.lapses_at)
    parts = await _still_holds(tx, order, role, row)
    return await _make(tx, order, row, parts)


async def _catch_up(tx: Tx, order: Order) -> None:
    """What silence and the order's own clocks have done by now: then it is judged."""
    await requests.catch_up(tx, order)
    await make_overdue_moves(tx, order)


async def _make(tx: Tx, order: Order, row: Withdrawal, parts: Sequence[LinePart]) -> Withdrawal:
    row.confirmed_at = tx.now
    _date(tx, order, row)
    if row.send_back_by_at is None:
        picked = {part.line_id: part.quantity for part in parts}
        canceled = await cancellations.cancel_by_law(tx, order, picked, row.refund_by_at)
        row.cancellation_id = canceled.id
    else:
        row.dispute_id = await _claim(tx, order, row, parts, row.send_back_by_at)
    document = await _acknowledge(tx, order, row)
    row.document_id = document.id
    await row.save()
    event = WithdrawalConfirmed(order_id=order.id, withdrawal_id=row.id, document_id=document.id)
    tx.emit(event, Role.SYSTEM)
    return row


async def _claim(
    tx: Tx, order: Order, row: Withdrawal, parts: Sequence[LinePart], send_back_by_at: datetime
) -> UUID:
    claim = bylaw.Claim(
        description=say(wording.NO_REASON, row.language, {}),
        amount=row.amount,
        lines=parts,
        send_back_by_at=send_back_by_at,
        refund_by_at=row.refund_by_at,
    )
    return (await bylaw.grant(tx, order, claim)).id


async def _judged(
    tx: Tx, order: Order, role: Role, picked: Mapping[UUID, int] | None
) -> CancelPlan:
    """What these lines give back, if they may be withdrawn from now."""
    settled = (await disputes.settled_pieces([order.id]))[order.id]
    lines = kept((await orders.lines_of([order.id]))[order.id], settled)
    contents = given.Contents(lines, await payments.of_order(order.id))
    latest = (await disputes.newest_of_orders([order.id])).get(order.id)
    ground = Ground(order, latest, await given.left_of(order, contents), lines)
    if refusal := why_not(ground, picked, role, tx.now):
        raise refusal
    found = planned(ground, picked)
    return replace(found, parts=_shared(found.parts, step_of(order.currency)))


def _shared(parts: Parts, step: int) -> Parts:
    """What was given back before is taken off each part: what is declared sums to what is given."""
    if parts.adjustment_minor >= 0:
        return parts
    costs = [*(part.amount_minor for part in parts.lines), parts.shipping_minor]
    *of_lines, shipping = allocate_in_steps(parts.minor, costs, step)
    shares = zip(parts.lines, of_lines, strict=True)
    lines = tuple(replace(part, amount_minor=minor) for part, minor in shares)
    return Parts(lines=lines, shipping_minor=shipping)


async def _still_holds(tx: Tx, order: Order, role: Role, row: Withdrawal) -> Sequence[LinePart]:
    lines = (await queries.lines_of([row.id]))[row.id]
    try:
        picked = {line.order_line_id: line.quantity for line in lines}
        found = await _judged(tx, order, role, picked)
    except InvalidInput:  # pieces that were there are gone
        raise WithdrawalLapsed(tx.now) from None
    reviewed = {line.order_line_id: line.amount_minor for line in lines}
    now = {part.line_id: part.amount_minor for part in found.parts.lines}
    same = (reviewed, row.amount_minor) == (now, found.parts.minor)
    if not same or (row.send_back_by_at is None) is not (order.status in UNSHIPPED):
        raise WithdrawalLapsed(tx.now)
    return found.parts.lines


def _date(tx: Tx, order: Order, row: Withdrawal) -> None:
    """Set the law's dates. What is still on its way is sent back when it should have come."""
    row.refund_by_at = tx.now + order.policy.span("withdrawal_refund_s")
    row.send_back_by_at = None
    if order.status not in UNSHIPPED:
        coming = order.presumed_delivered_at if order.status is OrderStatus.SHIPPED else None
        there_at = max(tx.now, coming or tx.now)
        row.send_back_by_at = there_at + order.policy.span("withdrawal_return_s")


def facts_of(
    order: Order,
    seller: str,
    row: Withdrawal,
    lines: Sequence[WithdrawalLine],
    bought: Sequence[OrderLine],
) -> wording.Facts:
    """What the statement says."""
    by_id = {line.id: line for line in bought}
    return wording.Facts(
        seller=seller,
        number=order.number,
        placed_at=order.placed_at,
        name=row.name,
        contact_email=row.contact_email,
        goods=[
            wording.Goods(
                line.quantity,
                by_id[line.order_line_id].title,
                by_id[line.order_line_id].sku,
                Money(line.amount_minor, row.currency),
            )
            for line in lines
        ],
        shipping=Money(row.shipping_minor, row.currency),
        refund=row.amount,
        refund_by_at=row.refund_by_at,
        send_back_by_at=row.send_back_by_at,
    )


async def _acknowledge(tx: Tx, order: Order, row: Withdrawal) -> Document:
    """Keep what was declared, and when, as the buyer reads it."""
    lines = (await queries.lines_of([row.id]))[row.id]
    bought = (await orders.lines_of([order.id]))[order.id]
    seller = await User.get(id=order.seller_id)
    facts = facts_of(order, seller.display_name, row, lines, bought)
    content = wording.acknowledgement(facts, tx.now, row.language)
    return await Document.create(
        order_id=order.id,
        kind=DocumentKind.WITHDRAWAL_ACKNOWLEDGEMENT,
        language=row.language,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        created_at=tx.now,
    )


async def _name(order: Order, given_name: str | None) -> str:
    if given_name is not None:
        return written(given_name, field="name", limit=200, required=True)
    buyer = await User.get(id=order.buyer_id)
    return buyer.display_name[:200]


def _email(given_address: str | None) -> str | None:
    """Only its shape is looked at: whether mail arrives is for whoever sends it."""
    if given_address is None:
        return None
    address = written(given_address, field="contactEmail", limit=254, required=True)
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(c.isspace() for c in address):
        raise InvalidInput(field="contactEmail", problem="not an address, such as ada@example.org")
    return address
