"""People as orders know them."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import text
from ordergraph.infra.model import Model


class User(Model):
    """A buyer, seller or operator; the identity provider knows more about them than we do."""

    id: UUID = fields.UUIDField(primary_key=True)  # made of external_id by kernel.actor.user_id_of
    external_id: str = text(255, unique=True)
    display_name: str = text(120)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "users"
