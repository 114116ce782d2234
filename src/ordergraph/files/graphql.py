"""Attachments in the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import column
from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.nodes import Loaded
from ordergraph.api.refusals import CommonError, UserError, answers
from ordergraph.api.scalars import publish
from ordergraph.files import actions, models, process
from ordergraph.files.links import SignedLink
from ordergraph.files.process import AttachmentStatus, check_count
from ordergraph.kernel.refusal import NotFound

publish(AttachmentStatus)


@answers(process.TooManyAttachments)
@strawberry.type(description="More files than are possible here.")
class TooManyAttachmentsError(UserError):
    most: int = strawberry.field(description="How many are possible.")


@answers(process.AttachmentNotReady)
@strawberry.type(description="The file is not uploaded, or not confirmed: see attachmentConfirm.")
class AttachmentNotReadyError(UserError):
    file_name: str = strawberry.field(description="Which file.")


@answers(process.AttachmentContentWrong)
@strawberry.type(
    description="What was uploaded is not what was announced. It is discarded: announce it anew."
)
class AttachmentContentWrongError(UserError):
    file_name: str = strawberry.field(description="Which file.")
    content_type: str = strawberry.field(description="What it was announced as.")


@answers(process.AttachmentInUse)
@strawberry.type(description="The file hangs on something already, for good.")
class AttachmentInUseError(UserError):
    file_name: str = strawberry.field(description="Which file.")


AttachError = TooManyAttachmentsError | AttachmentNotReadyError | AttachmentInUseError
"""What may be answered where files are attached."""


@strawberry.type(description="A header that has to be sent exactly so.")
class RequestHeader:
    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@strawberry.type(description="A link that works by itself for a few minutes: show it to nobody.")
class TemporaryLink:
    url: str = strawberry.field(description="Where to go.")
    expires_at: datetime = strawberry.field(description="Until when; ask for a fresh one then.")
    headers: list[RequestHeader] = strawberry.field(
        description="Headers to send exactly so; none for a download."
    )

    @classmethod
    def of(cls, link: SignedLink) -> Self:
        headers = [RequestHeader(name=name, value=value) for name, value in link.headers.items()]
        return cls(url=link.url, expires_at=link.expires_at, headers=headers)


@strawberry.type(description="A file that hangs on a message or a piece of evidence, or soon will.")
class Attachment(Loaded, relay.Node):
    loader: ClassVar[str] = "visible_attachment"

    id: relay.NodeID[UUID]
    file_name: str = column("file_name", "Its name, cleaned.")
    content_type: str = column("content_type", "Its type, such as image/png.")
    size: int = column("size", "Its size in bytes.")
    status: AttachmentStatus = column("status", "How far it has come.")
    sha256: str | None = column(
        "sha256", "SHA-256 of its bytes, hexadecimal; null until it is stored."
    )
    created_at: datetime = column("created_at", "When it was announced.")
    row: strawberry.Private[models.Attachment]

    @classmethod
    def of(cls, row: models.Attachment) -> Self:
        return cls(id=row.id, row=row)

    @strawberry.field(
        description="Until when it is kept without hanging on anything; null once it does."
    )
    def expires_at(self) -> datetime | None:
        return None if self.row.attached_at else self.row.expires_at

    @strawberry.field(
        description="Where to PUT the bytes, once, with these headers; null when they are there."
    )
    async def upload(self, info: Info) -> TemporaryLink | None:
        if self.row.status is not AttachmentStatus.AWAITING_UPLOAD:
            return None
        now = await info.context.now()
        return TemporaryLink.of(await info.context.desk.keeper.upload_link(self.row, now))

    @strawberry.field(description="Where to GET the bytes; null until they are stored.")
    async def download(self, info: Info) -> TemporaryLink | None:
        if self.row.status is not AttachmentStatus.STORED:
            return None
        now = await info.context.now()
        return TemporaryLink.of(await info.context.desk.keeper.download_link(self.row, now))


def read_ids(info: Info, ids: Sequence[relay.GlobalID]) -> list[UUID]:
    """The attachments that an input names; refused when they are too many."""
    found = [uuid_of(id_, "Attachment") for id_ in ids]
    check_count(found, info.context.desk.keeper.limits)
    return found


@strawberry.input(description="Which file is to be uploaded, and for which order.")
class AttachmentCreateInput:
    order_id: relay.GlobalID = strawberry.field(description="The order.")
    file_name: str = strawberry.field(description="Its name, at most 120 characters.")
    content_type: str = strawberry.field(
        description="One of image/jpeg, image/png, image/webp, image/gif, image/heic, application/pdf,"
        " video/mp4 or text/plain (UTF-8)."
    )
    size: int = strawberry.field(description="Its exact size in bytes.")


@strawberry.type(description="Announced: PUT the bytes to attachment.upload, then confirm.")
class AttachmentCreateSuccess:
    attachment: Attachment = strawberry.field(description="The attachment, and where to upload it.")


AttachmentCreateResult = Annotated[
    AttachmentCreateSuccess | TooManyAttachmentsError | CommonError,
    strawberry.union("AttachmentCreateResult"),
]


@strawberry.input(description="Which file was uploaded.")
class AttachmentConfirmInput:
    attachment_id: relay.GlobalID = strawberry.field(description="The attachment.")


@strawberry.type(description="The bytes are there, and are what they were said to be.")
class AttachmentConfirmSuccess:
    attachment: Attachment = strawberry.field(description="The attachment, with its hash.")


AttachmentConfirmResult = Annotated[
    AttachmentConfirmSuccess | AttachmentNotReadyError | AttachmentContentWrongError | CommonError,
    strawberry.union("AttachmentConfirmResult"),
]


@strawberry.type
class AttachmentMutation:
    @mutation(
        description="Announce a file. Until it hangs on a message or evidence nobody else sees it."
    )
    async def attachment_create(
        self,
        info: Info,
        input: AttachmentCreateInput,  # noqa: A002  (GraphQL's word)
    ) -> AttachmentCreateResult:
        keeper = info.context.desk.keeper
        new = actions.NewAttachment(
            order_id=uuid_of(input.order_id, "Order"),
            file_name=input.file_name,
            content_type=input.content_type.strip().lower(),
            size=input.size,
        )
        async with info.context.transaction() as tx:
            row = await actions.create(tx, new, keeper.limits, keeper.storage.name)
        return AttachmentCreateSuccess(attachment=Attachment.of(row))

    @mutation(
        description="Say that the bytes are uploaded: they are looked at, and can be attached then.",
        exempt="it looks at the file, outside any transaction; the second time changes nothing",
    )
    async def attachment_confirm(
        self,
        info: Info,
        input: AttachmentConfirmInput,  # noqa: A002  (GraphQL's word)
    ) -> AttachmentConfirmResult:
        user_id = info.context.require_user()
        found = uuid_of(input.attachment_id, "Attachment")
        shown = await info.context.load.visible_attachment.load(found)
        if shown is None or shown.row.uploader_id != user_id:
            raise NotFound(what="attachment")
        if shown.row.status is AttachmentStatus.STORED:
            return AttachmentConfirmSuccess(attachment=shown)
        seen = await info.context.desk.keeper.look_at(shown.row)
        async with info.context.transaction() as tx:
            row = await actions.record(tx, found, seen)
        if row.status is AttachmentStatus.DISCARDED:
            raise process.AttachmentContentWrong(row.file_name, row.content_type)
        return AttachmentConfirmSuccess(attachment=Attachment.of(row))
