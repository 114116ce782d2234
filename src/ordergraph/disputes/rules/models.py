"""Seller's rules, as they were published: a version is never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from ordergraph.disputes.rules.process import Rule
from ordergraph.infra.fields import identity
from ordergraph.infra.model import Model


class SellerRules(Model):
    """All rules of one seller from that moment on: at most one for each currency."""

    id: UUID = identity()
    seller_id: UUID = fields.UUIDField()
    version: int = fields.IntField()
    rules: list[dict[str, Any]] = fields.JSONField()
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "seller_rules"
        unique_together = (("seller_id", "version"),)

    @property
    def each(self) -> list[Rule]:
        return [Rule.from_json(said) for said in self.rules]
