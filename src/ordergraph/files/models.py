"""Files that people attach; their bytes are in a storage, under a key of ours."""

from datetime import datetime
from uuid import UUID

from tortoise import fields

from ordergraph.files.process import AttachedTo, AttachmentStatus
from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.orders.models import Order


class Attachment(Model):
    """One file. Once it hangs on something it never changes; until then only its uploader sees it."""

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order")
    uploader_id: UUID = fields.UUIDField()
    file_name: str = text(130)
    content_type: str = text(60)
    size: int = fields.BigIntField()
    storage: str = text(40)
    storage_key: str = text(80, unique=True)
    status: AttachmentStatus = word(AttachmentStatus)
    sha256: str | None = text(64, null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    stored_at: datetime | None = fields.DatetimeField(null=True)
    attached_at: datetime | None = fields.DatetimeField(null=True)
    attached_as: AttachedTo | None = word(AttachedTo, null=True)
    attached_to_id: UUID | None = fields.UUIDField(null=True)
    place: int | None = fields.SmallIntField(null=True)

    class Meta:
        table = "attachments"
