"""Open disputes of the big market, as rows."""

from datetime import datetime, timedelta
from typing import Any, Final

from ordergraph.disputes import events as told
from ordergraph.disputes.actions import NewDispute, asked_for
from ordergraph.disputes.lines import facts_of
from ordergraph.disputes.models import Dispute, Message, Offer
from ordergraph.disputes.process import DISPUTE, remind_at
from ordergraph.disputes.words import (
    DisputeStage,
    DisputeStatus,
    MessageKind,
    OfferStatus,
    ResolutionAsked,
)
from ordergraph.kernel.actor import Role
from ordergraph.marketplace.models import Reason
from seeds.lives import BUYER, POLICY, SELLER, Life
from seeds.rows import change

HOUR: Final = timedelta(hours=1)
SAID: Final = (
    "Have you had time to look at the picture?",
    "We are asking our supplier and come back to you tomorrow.",
    "Thank you. I keep the parcel as it is until then.",
    "Could you tell me the number on the label?",
)


def complain(life: Life, at: datetime, reason: Reason) -> Dispute:
    """The buyer opens a dispute over the goods; it waits for the seller."""
    order = life.order
    dispute = life.book.add(
        Dispute,
        at,
        order_id=order.id,
        buyer_id=order.buyer_id,
        seller_id=order.seller_id,
        status=DISPUTE.start,
        stage=DisputeStage.NEGOTIATION,
        version=1,
        reason_id=reason.id,
        description=reason.labels["en"],
        asked=life.random.choice(tuple(ResolutionAsked)),
        currency=order.currency,
        requested_minor=order.total_minor - order.shipping_minor,
        message_count=0,
        opened_at=at,
        seller_response_due_at=at + POLICY.span("seller_response_s"),
        negotiation_ends_at=at + POLICY.span("negotiation_s"),
    )
    _begin_turn(dispute, at)
    _ask(life, dispute, reason)
    change(order, disputed_at=at)
    opened = told.DisputeOpened(order_id=order.id, dispute_id=dispute.id, reason=reason.handle)
    life.book.tell(opened, BUYER, at)
    return dispute


def _ask(life: Life, dispute: Dispute, reason: Reason) -> None:
    """What it was opened with is the buyer's first offer."""
    at = dispute.opened_at
    new = NewDispute(
        order_id=dispute.order_id,
        reason_handle=reason.handle,
        description=dispute.description,
        amount=dispute.requested,
        asked=dispute.asked,
    )
    terms = asked_for(new, reason.fault)
    life.book.add(
        Offer,
        at,
        dispute_id=dispute.id,
        position=1,
        made_by=BUYER,
        author_id=life.book.people[BUYER],
        type=terms.type(dispute.requested),
        status=OfferStatus.OPEN,
        currency=dispute.currency,
        amount_minor=terms.amount.minor,
        return_paid_by=terms.return_paid_by,
        made_at=at,
    )


def talk(life: Life, dispute: Dispute) -> None:
    """Some messages, at most for half a day."""
    for hours in sorted(life.random.sample(range(1, 12), life.random.randint(0, 4))):
        who = life.random.choice((BUYER, SELLER))
        write(life, dispute, dispute.opened_at + hours * HOUR, who, life.random.choice(SAID))


def write(life: Life, dispute: Dispute, at: datetime, who: Role, body: str) -> None:
    message = _append(life, dispute, at, who, kind=MessageKind.TEXT, body=body)
    sent = told.MessageSent(order_id=life.order.id, dispute_id=dispute.id, message_id=message.id)
    life.book.tell(sent, who, at)


def _tell(life: Life, dispute: Dispute, at: datetime, who: Role, event: told.DisputeEvent) -> None:
    """As disputes.telling: the event, and its line in the thread."""
    life.book.tell(event, who, at)
    facts = facts_of(event, dispute)
    _append(life, dispute, at, who, kind=MessageKind.EVENT, event_type=event.type, facts=facts)


def _append(life: Life, dispute: Dispute, at: datetime, who: Role, **content: Any) -> Message:
    change(dispute, message_count=dispute.message_count + 1)
    return life.book.add(
        Message,
        at,
        dispute_id=dispute.id,
        position=dispute.message_count,
        author_id=life.book.people[who],
        author_role=who,
        sent_at=at,
        **content,
    )


def refuse(life: Life, dispute: Dispute, at: datetime) -> None:
    """The seller says no: the buyer's turn."""
    change(
        dispute,
        status=DisputeStatus.AWAITING_BUYER,
        buyer_response_due_at=at + POLICY.span("buyer_response_s"),
    )
    _begin_turn(dispute, at)
    offer = next(row for row in life.book.rows if isinstance(row, Offer))
    offer.status, offer.ended_at = OfferStatus.DECLINED, at
    refused = told.DisputeRefused(order_id=life.order.id, dispute_id=dispute.id)
    _tell(life, dispute, at, SELLER, refused)
    write(life, dispute, at, SELLER, "It left us in good order.")


def escalate(life: Life, dispute: Dispute, at: datetime) -> None:
    """The buyer asks the operator to decide."""
    change(
        dispute,
        status=DisputeStatus.UNDER_REVIEW,
        stage=DisputeStage.MEDIATION,
        decision_due_at=at + POLICY.span("decision_s"),
    )
    _begin_turn(dispute, at)
    escalated = told.DisputeEscalated(order_id=life.order.id, dispute_id=dispute.id)
    _tell(life, dispute, at, BUYER, escalated)


def _begin_turn(dispute: Dispute, at: datetime) -> None:
    dispute.waits_since, dispute.remind_at = at, remind_at(dispute, at, given=0)
