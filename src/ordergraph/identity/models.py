"""What was taken back before its time: single tokens, and all that somebody held until a moment."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.infra.fields import given_name
from ordergraph.infra.model import Model


class RevokedToken(Model):
    """One token, by its `jti` or by what was signed; forgotten when it would have expired anyway."""

    id: str = given_name(255)
    expires_at: datetime = fields.DatetimeField()
    revoked_at: datetime = fields.DatetimeField()

    class Meta:
        table = "revoked_tokens"


class RevokedUser(Model):
    """Nothing that somebody was given until then is good any more."""

    id: UUID = fields.UUIDField(primary_key=True)
    revoked_at: datetime = fields.DatetimeField()

    class Meta:
        table = "revoked_users"
