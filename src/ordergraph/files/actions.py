"""Writing attachments: announced, stored, attached; or discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from ordergraph.files import queries
from ordergraph.files.content import Inspection
from ordergraph.files.models import Attachment
from ordergraph.files.process import (
    KEPT_UNATTACHED,
    AttachedTo,
    AttachmentInUse,
    AttachmentNotReady,
    AttachmentStatus,
    Limits,
    TooManyAttachments,
    check_size,
    clean_name,
    kind_of,
)
from ordergraph.infra.database import Tx
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders import queries as orders

S = AttachmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttachment:
    """What somebody announces to upload."""

    order_id: UUID
    file_name: str
    content_type: str
    size: int


async def create(tx: Tx, new: NewAttachment, limits: Limits, storage: str) -> Attachment:
    """Announce a file. Nobody else hears of it: no event, and a limit of each person's own."""
    order, _ = await orders.lock(tx, new.order_id)
    kind = kind_of(new.content_type)
    check_size(kind, new.size, limits)
    file_name = clean_name(new.file_name, kind)
    user_id = tx.actor.user_id
    assert user_id is not None, "only people upload"
    if await Attachment.filter(order_id=order.id, uploader_id=user_id).count() >= limits.per_order:
        raise TooManyAttachments(most=limits.per_order)
    return await Attachment.create(
        order_id=order.id,
        uploader_id=user_id,
        file_name=file_name,
        content_type=kind.content_type,
        size=new.size,
        storage=storage,
        storage_key=f"{order.id.hex[-2:]}/{uuid4().hex}",
        status=S.AWAITING_UPLOAD,
        created_at=tx.now,
        expires_at=tx.now + KEPT_UNATTACHED,
    )


async def own(tx: Tx, attachment_id: UUID) -> Attachment:
    """Hold a file of the actor's own until the transaction ends."""
    seen = queries.visible_to(tx.actor).filter(uploader_id=tx.actor.user_id)
    if not await seen.filter(id=attachment_id).exists():
        raise NotFound(what="attachment")
    row = await Attachment.select_for_update(no_key=True).get_or_none(id=attachment_id)
    if row is None or row.status is S.DISCARDED:
        raise NotFound(what="attachment")
    return row


async def record(tx: Tx, attachment_id: UUID, seen: Inspection) -> Attachment:
    """The bytes were looked at: stored, or discarded for good. The second time changes nothing.

    What is discarded is deleted only when its upload link is long out of date: until then nothing
    could keep a late look at the old bytes from deleting new ones.
    """
    row = await own(tx, attachment_id)
    if row.status is S.AWAITING_UPLOAD:
        good = seen.is_a(row.content_type, row.size)
        row.status = S.STORED if good else S.DISCARDED
        row.sha256, row.stored_at = seen.sha256, tx.now
        await row.save(update_fields=["status", "sha256", "stored_at"])
    return row


@dataclass(frozen=True, slots=True)
class Hook:
    """What files are to hang on; it belongs to this order, whose lock the caller holds."""

    order_id: UUID
    kind: AttachedTo
    id: UUID


async def attach(tx: Tx, attachment_ids: Sequence[UUID], hook: Hook) -> None:
    """Hang one's own files on it, in this order, for good; all of them or none."""
    for place, attachment_id in enumerate(attachment_ids):
        row = await own(tx, attachment_id)
        if row.order_id != hook.order_id:
            raise NotFound(what="attachment")
        if row.attached_at is not None:
            raise AttachmentInUse(file_name=row.file_name)
        if row.status is not S.STORED:
            raise AttachmentNotReady(file_name=row.file_name)
        row.attached_at, row.attached_as, row.attached_to_id = tx.now, hook.kind, hook.id
        row.place = place
        await row.save(update_fields=["attached_at", "attached_as", "attached_to_id", "place"])


async def discard(tx: Tx, row: Attachment) -> bool:
    """Let nobody use it any more, unless it was attached meanwhile; say whether it may be deleted."""
    rows = Attachment.filter(id=row.id, attached_at=None, expires_at__lte=tx.now)
    return bool(await rows.update(status=S.DISCARDED))


async def forget(row: Attachment) -> None:
    """Its bytes are gone: nothing is left of it."""
    await Attachment.filter(id=row.id, status=S.DISCARDED).delete()
