"""The entries of the ledger; migration 0005 says what the database refuses about them."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.orders.models import Order
from ordergraph.payments.ledger.process import Account, Posting


class LedgerEntry(Model):
    """One line of a posting, in minor units: a debit is positive. Never changed, never deleted."""

    id: UUID = identity()
    posting_id: UUID = fields.UUIDField()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    kind: Posting = word(Posting)
    account: Account = word(Account)
    party_id: UUID | None = fields.UUIDField(null=True)
    currency: str = text(3)
    amount_minor: int = fields.BigIntField()
    refund_id: UUID | None = fields.UUIDField(null=True)
    dispute_id: UUID | None = fields.UUIDField(null=True)
    request_id: str = text(64)
    at: datetime = fields.DatetimeField()

    class Meta:
        table = "ledger_entries"
