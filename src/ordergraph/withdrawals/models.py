"""Withdrawals with their lines, and the documents that acknowledge them."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.cancellations.models import Cancellation
from ordergraph.disputes.models import Dispute
from ordergraph.infra.fields import belongs_to, flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.money import Money
from ordergraph.kernel.words import Words
from ordergraph.orders.models import Order, OrderLine


class DocumentKind(Words):
    """What a document is. More values may come."""

    WITHDRAWAL_ACKNOWLEDGEMENT = (
        "WITHDRAWAL_ACKNOWLEDGEMENT",
        "The acknowledgement of a withdrawal on a durable medium.",
    )


class Document(Model):
    """A text as it was given to people: kept for good, never changed. `sha256` is of its UTF-8."""

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    kind: DocumentKind = word(DocumentKind)
    language: str = text(2)
    content: str = fields.TextField()
    sha256: str = text(64)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "documents"


class Withdrawal(Model):
    """A statement that somebody reviews, and its making. Amounts are minor units.

    Until it is confirmed, its dates are what they would be if it were confirmed at once. Goods that
    were not shipped are canceled; all others are claimed in a dispute, and sent back.
    """

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    name: str = text(200)
    contact_email: str | None = text(254, null=True)
    language: str = text(2)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    shipping_minor: int = fields.BigIntField()
    whole: bool = flag()
    started_at: datetime = fields.DatetimeField()
    lapses_at: datetime = fields.DatetimeField()
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    send_back_by_at: datetime | None = fields.DatetimeField(null=True)
    refund_by_at: datetime = fields.DatetimeField()
    dispute_id: UUID | None
    dispute: fields.ForeignKeyNullableRelation[Dispute] = belongs_to("models.Dispute", null=True)
    cancellation_id: UUID | None
    cancellation: fields.ForeignKeyNullableRelation[Cancellation] = belongs_to(
        "models.Cancellation", null=True
    )
    document_id: UUID | None
    document: fields.ForeignKeyNullableRelation[Document] = belongs_to("models.Document", null=True)

    class Meta:
        table = "withdrawals"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class WithdrawalLine(Model):
    """How many of an order's line, and what that gives back."""

    id: UUID = identity()
    withdrawal_id: UUID
    withdrawal: fields.ForeignKeyRelation[Withdrawal] = belongs_to("models.Withdrawal")
    order_line_id: UUID
    order_line: fields.ForeignKeyRelation[OrderLine] = belongs_to("models.OrderLine")
    quantity: int = fields.IntField()
    amount_minor: int = fields.BigIntField()

    class Meta:
        table = "withdrawal_lines"
        unique_together = (("withdrawal", "order_line"),)
