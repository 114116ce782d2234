"""What each reconciliation found."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import identity, text
from ordergraph.infra.model import Model


class Reconciliation(Model):
    """One look at the books. `problem`: why it could not be ended; then nothing is known."""

    id: UUID = identity()
    at: datetime = fields.DatetimeField(db_index=True)
    since: datetime | None = fields.DatetimeField(null=True)
    orders: int = fields.IntField()
    journal_lines: int = fields.IntField()
    differences: int = fields.IntField()
    found: list[dict[str, str | None]] = fields.JSONField()
    problem: str | None = text(200, null=True)

    class Meta:
        table = "reconciliations"

    @property
    def clean(self) -> bool:
        return self.problem is None and not self.differences
