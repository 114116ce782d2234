"""Decisions, kept for good but for what became of them, and the templates that operators use."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.disputes.decisions.process import DecisionOutcome, DecisionStatus
from ordergraph.disputes.models import Dispute
from ordergraph.disputes.words import ShippingPayer
from ordergraph.infra.fields import belongs_to, blank_identity, flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.money import Money
from ordergraph.kernel.text import HANDLE_LIMIT


class DecisionTemplate(Model):
    """What operators often decide, in words for the parties; `reason_handle`: for which reason."""

    id: UUID = identity()
    handle: str = text(HANDLE_LIMIT, unique=True)
    labels: dict[str, str] = fields.JSONField()
    texts: dict[str, str] = fields.JSONField()
    outcome: DecisionOutcome = word(DecisionOutcome)
    reason_handle: str | None = text(HANDLE_LIMIT, null=True)
    position: int = fields.SmallIntField()
    retired: bool = flag(default=False)

    class Meta:
        table = "decision_templates"


class Decision(Model):
    """What an operator decided. Of its columns only `status` and what says how it ended change.

    `template_labels` and `template_texts` are the template's words as they were then.
    """

    id: UUID = blank_identity()  # a party must not read in it when it was proposed
    dispute_id: UUID
    dispute: fields.ForeignKeyRelation[Dispute] = belongs_to("models.Dispute")
    status: DecisionStatus = word(DecisionStatus)
    outcome: DecisionOutcome = word(DecisionOutcome)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    return_paid_by: ShippingPayer | None = word(ShippingPayer, null=True)
    template_handle: str | None = text(HANDLE_LIMIT, null=True)
    template_labels: dict[str, str] = fields.JSONField()
    template_texts: dict[str, str] = fields.JSONField()
    note: str = fields.TextField()
    made_by_id: UUID = fields.UUIDField()
    made_at: datetime = fields.DatetimeField()
    decided_at: datetime | None = fields.DatetimeField(null=True)
    confirmed_by_id: UUID | None = fields.UUIDField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    ended_by_id: UUID | None = fields.UUIDField(null=True)
    answer: str | None = fields.TextField(null=True)

    class Meta:
        table = "decisions"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
