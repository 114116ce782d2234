"""Reasons and policies, as rows."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import flag, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.text import HANDLE_LIMIT
from ordergraph.kernel.words import Words


class ReasonContext(Words):
    """What a reason is for. More values may come."""

    CANCELLATION = "CANCELLATION", "Why an order is canceled."
    DISPUTE = "DISPUTE", "Why a dispute is opened."


class Fault(Words):
    """Whose doing it was; reputation is computed from it. More values may come."""

    BUYER = "BUYER", "The buyer changed their mind or made a mistake."
    SELLER = "SELLER", "The seller could not do what was sold."
    PLATFORM = "PLATFORM", "The marketplace's doing."
    NONE = "NONE", "Nobody's."


class Reason(Model):
    """Why people cancel or complain: rows, so that a marketplace can add its own."""

    id: UUID = identity()
    context: ReasonContext = word(ReasonContext)
    handle: str = text(HANDLE_LIMIT)
    labels: dict[str, str] = fields.JSONField()
    suggested: dict[str, dict[str, str]] = fields.JSONField(default=dict, db_default={})
    picked_by: list[str] = fields.JSONField()
    fault: Fault = word(Fault)
    position: int = fields.SmallIntField()
    retired: bool = flag(default=False)

    class Meta:
        table = "reasons"
        unique_together = (("context", "handle"),)


class PolicyVersion(Model):
    """A published set of numbers; the newest one is frozen into each new order."""

    id: UUID = identity()
    version: int = fields.IntField(unique=True)
    numbers: dict[str, int | bool] = fields.JSONField()
    published_at: datetime = fields.DatetimeField()

    class Meta:
        table = "policies"
