"""What is done with files outside any transaction: links, looking at what was uploaded, deleting."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from ordergraph.files import actions, queries
from ordergraph.files.content import Inspection
from ordergraph.files.links import Links, SignedLink
from ordergraph.files.models import Attachment
from ordergraph.files.process import (
    KINDS,
    READ_WITHIN,
    UPLOAD_WITHIN,
    AttachmentNotReady,
    Limits,
)
from ordergraph.files.storages.protocol import Download, NotStored, Storage, Upload
from ordergraph.infra import dead_letters
from ordergraph.infra.database import Edge
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.ids import short

LOOK_WITHIN_S: Final = 120
BATCH: Final = 100
NOTHING: Final = "nothing/nothing"
"""A key under which nothing is ever stored."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps the files of one process: where, under which limits, and who signs the links."""

    storage: Storage
    links: Links
    limits: Limits

    async def upload_link(self, row: Attachment, now: datetime) -> SignedLink:
        upload = Upload(row.storage_key, row.content_type, row.size)
        return await self.storage.upload_link(upload, now + UPLOAD_WITHIN, now)

    async def download_link(self, row: Attachment, now: datetime) -> SignedLink:
        inline = KINDS[row.content_type].inline
        download = Download(row.storage_key, row.content_type, row.file_name, inline)
        return await self.storage.download_link(download, now + READ_WITHIN, now)

    async def probe(self) -> None:
        """Delete what is not there, and hear that it is not: so it answers, truly, and lets us write."""
        await self.storage.delete(NOTHING)
        async with aclosing(self.storage.read(NOTHING)) as chunks:
            with suppress(NotStored):
                await anext(chunks, None)

    async def look_at(self, row: Attachment) -> Inspection:
        """Read what was uploaded, at most a piece more than was announced."""
        seen = Inspection()
        try:
            async with (
                asyncio.timeout(LOOK_WITHIN_S),
                aclosing(self.storage.read(row.storage_key)) as chunks,
            ):
                async for chunk in chunks:
                    await asyncio.to_thread(seen.see, chunk)
                    if seen.size > row.size:
                        break
        except NotStored:
            raise AttachmentNotReady(file_name=row.file_name) from None
        return seen

    async def discard_abandoned(self, edge: Edge) -> int:
        """Delete what nobody attached in time, one by one; a deletion that failed is tried again."""
        now, gone = await edge.clock.now(), 0
        for row in await queries.abandoned(now, BATCH):
            try:
                gone += await self._discard(edge, row)
            except Exception as problem:  # noqa: BLE001  (whatever a storage raises, the others go on)
                await dead_letters.lay_aside(queries.DISCARD, row.id, problem, now)
        return gone

    async def _discard(self, edge: Edge, row: Attachment) -> bool:
        """The row first, so that it cannot be attached while it is deleted; and last."""
        async with edge.transaction(SYSTEM) as tx:
            if not await actions.discard(tx, row):
                return False
        await self.storage.delete(row.storage_key)
        async with edge.transaction(SYSTEM) as tx:
            await actions.forget(row)
            await dead_letters.recovered(queries.DISCARD, [row.id], tx.now)
        log.info("attachment.discarded", attachment=short(row.id))
        return True
