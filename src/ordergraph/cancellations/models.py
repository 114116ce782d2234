"""Cancellations: of a whole order, or of some lines and quantities."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.cancellations.process import CancellationStatus
from ordergraph.infra.fields import belongs_to, flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.marketplace.models import Reason
from ordergraph.orders.models import Order, OrderLine


class Cancellation(Model):
    """One decision to cancel. `whole` says that it ended the order."""

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    status: CancellationStatus = word(CancellationStatus)
    version: int = fields.IntField()
    whole: bool = flag()
    reason_id: UUID
    reason: fields.ForeignKeyRelation[Reason] = belongs_to("models.Reason")
    note: str = fields.TextField()
    requested_by: str = text(16)
    requested_by_id: UUID | None = fields.UUIDField(null=True)
    requested_at: datetime = fields.DatetimeField()
    # only a late request has this; while it is open, nothing is decided, `whole` and lines included
    response_due_at: datetime | None = fields.DatetimeField(null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decided_by: str | None = text(16, null=True)
    answer: str | None = fields.TextField(null=True)

    class Meta:
        table = "cancellations"


class CancellationLine(Model):
    """How many of one line a cancellation took out."""

    id: UUID = identity()
    cancellation_id: UUID
    cancellation: fields.ForeignKeyRelation[Cancellation] = belongs_to("models.Cancellation")
    order_line_id: UUID
    order_line: fields.ForeignKeyRelation[OrderLine] = belongs_to("models.OrderLine")
    quantity: int = fields.IntField()

    class Meta:
        table = "cancellation_lines"
        unique_together = (("cancellation", "order_line"),)
