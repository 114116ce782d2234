"""The rows of plain.py: of ordergraph's tables, the columns that the two screens need."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model


def _order(way_back: Any) -> Any:
    return fields.ForeignKeyField("models.Order", related_name=way_back)


class Order(Model):
    id: UUID = fields.UUIDField(primary_key=True)
    number = fields.CharField(max_length=16)
    buyer_id: UUID = fields.UUIDField()
    status = fields.CharField(max_length=32)
    currency = fields.CharField(max_length=3)
    total_minor: int = fields.BigIntField()
    placed_at: datetime = fields.DatetimeField()
    delivered_at: datetime | None = fields.DatetimeField(null=True)
    cancelable_until: datetime | None = fields.DatetimeField(null=True)
    lines: fields.ReverseRelation["OrderLine"]
    refunds: fields.ReverseRelation["Refund"]

    class Meta:
        table = "orders"


class OrderLine(Model):
    id: UUID = fields.UUIDField(primary_key=True)
    order: Any = _order("lines")
    position: int = fields.SmallIntField()
    title = fields.CharField(max_length=200)
    quantity: int = fields.IntField()
    unit_price_minor: int = fields.BigIntField()

    class Meta:
        table = "order_lines"


class Refund(Model):
    id: UUID = fields.UUIDField(primary_key=True)
    order: Any = _order("refunds")
    status = fields.CharField(max_length=32)
    currency = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    created_at: datetime = fields.DatetimeField()
    due_at: datetime = fields.DatetimeField()

    class Meta:
        table = "refunds"


class Dispute(Model):
    id: UUID = fields.UUIDField(primary_key=True)
    order: Any = _order("disputes")
    status = fields.CharField(max_length=32)
    stage = fields.CharField(max_length=32)
    description: str = fields.TextField()
    currency = fields.CharField(max_length=3)
    requested_minor: int = fields.BigIntField()
    opened_at: datetime = fields.DatetimeField()

    class Meta:
        table = "disputes"


class Message(Model):
    id: UUID = fields.UUIDField(primary_key=True)
    dispute_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    kind = fields.CharField(max_length=32)
    author_role = fields.CharField(max_length=16)
    body: str | None = fields.TextField(null=True)
    sent_at: datetime = fields.DatetimeField()

    class Meta:
        table = "messages"
