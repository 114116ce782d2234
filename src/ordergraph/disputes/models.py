"""Disputes and their threads."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.accounts.models import User
from ordergraph.disputes.words import (
    DecidedBy,
    DisputeOutcome,
    DisputeStage,
    DisputeStatus,
    EvidenceType,
    MessageKind,
    OfferStatus,
    OfferType,
    ResolutionAsked,
    ReturnAcknowledgement,
    ShippingPayer,
)
from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.event import Plain
from ordergraph.kernel.money import Money
from ordergraph.marketplace.models import Reason
from ordergraph.orders.models import Order, OrderLine


class Dispute(Model):
    """A disagreement over a delivered (or overdue) order. Amounts are minor units.

    The parties are its order's, whatever a row comes with (migrations/0025_dispute_parties.py).
    """

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    buyer_id: UUID = fields.UUIDField()
    seller_id: UUID = fields.UUIDField()
    status: DisputeStatus = word(DisputeStatus)
    stage: DisputeStage = word(DisputeStage)
    version: int = fields.IntField()
    reason_id: UUID
    reason: fields.ForeignKeyRelation[Reason] = belongs_to("models.Reason")
    description: str = fields.TextField()
    asked: ResolutionAsked = word(ResolutionAsked)
    currency: str = text(3)
    requested_minor: int = fields.BigIntField()
    approved_minor: int | None = fields.BigIntField(null=True)
    outcome: DisputeOutcome | None = word(DisputeOutcome, null=True)
    decided_by: DecidedBy | None = word(DecidedBy, null=True)
    decision_note: str | None = fields.TextField(null=True)
    message_count: int = fields.IntField(default=0)

    opened_at: datetime = fields.DatetimeField()
    answered_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True)
    seller_response_due_at: datetime | None = fields.DatetimeField(null=True)
    buyer_response_due_at: datetime | None = fields.DatetimeField(null=True)
    negotiation_ends_at: datetime | None = fields.DatetimeField(null=True)
    return_ship_by_at: datetime | None = fields.DatetimeField(null=True)
    return_acknowledge_by_at: datetime | None = fields.DatetimeField(null=True)
    decision_due_at: datetime | None = fields.DatetimeField(null=True)
    refund_by_at: datetime | None = fields.DatetimeField(null=True)
    waits_since: datetime | None = fields.DatetimeField(null=True)
    remind_at: datetime | None = fields.DatetimeField(null=True)
    reminders: int = fields.SmallIntField(default=0, db_default=0)
    extension_asked_s: int | None = fields.IntField(null=True)
    extensions: int = fields.SmallIntField(default=0, db_default=0)
    return_paid_by: ShippingPayer | None = word(ShippingPayer, null=True)
    return_cost_minor: int | None = fields.BigIntField(null=True)
    return_shipped_at: datetime | None = fields.DatetimeField(null=True)
    return_carrier: str | None = text(60, null=True)
    return_tracking_number: str | None = text(80, null=True)
    return_delivered_at: datetime | None = fields.DatetimeField(null=True)
    return_answer: ReturnAcknowledgement | None = word(ReturnAcknowledgement, null=True)
    assigned_to_id: UUID | None = fields.UUIDField(null=True)
    assigned_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "disputes"

    @property
    def requested(self) -> Money:
        return Money(self.requested_minor, self.currency)

    @property
    def by_law(self) -> bool:
        """A consumer's withdrawal: the law says by when the money goes back."""
        return self.refund_by_at is not None

    @property
    def return_cost(self) -> Money | None:
        """What sending the goods back costs, as it was agreed on; None where no return was."""
        if self.return_cost_minor is None:
            return None
        return Money(self.return_cost_minor, self.currency)

    @property
    def approved(self) -> Money | None:
        """What the buyer gets, perhaps once the goods are back; None until that is decided."""
        if self.approved_minor is None:
            return None
        return Money(self.approved_minor, self.currency)


class DisputeLine(Model):
    """So many pieces of one order line that a dispute is about."""

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    order_line_id: UUID
    order_line: fields.ForeignKeyRelation[OrderLine] = belongs_to("models.OrderLine")
    quantity: int = fields.IntField()
    amount_minor: int | None = fields.BigIntField(null=True)

    class Meta:
        table = "dispute_lines"
        unique_together = (("dispute", "order_line"),)


class ReturnAddress(Model):
    """Where a seller's goods go back to, and what that costs by the seller's own figure.

    The newest version counts; what was agreed on keeps the figure of its time.
    """

    id: UUID = identity()
    seller_id: UUID
    seller: fields.ForeignKeyRelation[User] = belongs_to("models.User")
    version: int = fields.IntField()
    lines: list[str] = fields.JSONField()
    country: str = text(2)
    cost_minor: int | None = fields.BigIntField(null=True)
    currency: str | None = text(3, null=True)
    changed_at: datetime = fields.DatetimeField()
    replaced_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "return_addresses"
        unique_together = (("seller", "version"),)

    @property
    def cost(self) -> Money | None:
        if self.cost_minor is None or self.currency is None:
            return None
        return Money(self.cost_minor, self.currency)


class Offer(Model):
    """What one side proposes. The buyer's first one is what the dispute was opened with.

    `by_rule` is the version of the seller's rules that made it, if no person did.
    """

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    position: int = fields.SmallIntField()
    made_by: str = text(16)
    author_id: UUID | None = fields.UUIDField(null=True)
    by_rule: int | None = fields.IntField(null=True)
    type: OfferType = word(OfferType)
    status: OfferStatus = word(OfferStatus)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    return_paid_by: ShippingPayer | None = word(ShippingPayer, null=True)
    made_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "offers"
        unique_together = (("dispute", "position"),)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Message(Model):
    """One line of a thread: stored once, in order, never changed.

    A TEXT has a body; an EVENT has the facts of its sentence, which lines.py says in the reader's
    language.
    """

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    position: int = fields.IntField()
    author_id: UUID | None = fields.UUIDField(null=True)
    author_role: str = text(16)
    kind: MessageKind = word(MessageKind, usual=MessageKind.TEXT)
    body: str | None = fields.TextField(null=True)
    event_type: str | None = text(64, null=True)
    facts: dict[str, Plain] | None = fields.JSONField(null=True)
    sent_at: datetime = fields.DatetimeField()

    class Meta:
        table = "messages"
        unique_together = (("dispute", "position"),)


class InternalNote(Model):
    """What staff write to each other about a dispute. No party ever learns that there is one."""

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    author_id: UUID = fields.UUIDField()
    body: str = fields.TextField()
    written_at: datetime = fields.DatetimeField()

    class Meta:
        table = "internal_notes"


class ReadMark(Model):
    """That somebody had read a thread up to a position, and when: positions cannot drift."""

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    user_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    read_at: datetime = fields.DatetimeField()

    class Meta:
        table = "read_marks"
        unique_together = (("dispute", "user_id", "position"),)


class Evidence(Model):
    """What one side shows to prove its word: handed in once, in order, never changed."""

    id: UUID = identity()
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    position: int = fields.IntField()
    type: EvidenceType = word(EvidenceType)
    note: str = fields.TextField()
    author_id: UUID | None = fields.UUIDField(null=True)
    author_role: str = text(16)
    submitted_at: datetime = fields.DatetimeField()

    class Meta:
        table = "evidence"
        unique_together = (("dispute", "position"),)
