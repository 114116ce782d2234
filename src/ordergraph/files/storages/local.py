"""The storage `local`: a folder that all processes share; its links lead to our own API."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from ordergraph.files.links import SignedLink
from ordergraph.files.storages.protocol import (
    CHUNK,
    Download,
    NotStored,
    Surroundings,
    Upload,
)

PUT, GET = "file put", "file get"
"""Purposes of links."""
PARTS: Final = "parts"
"""The folder of what is just being written."""
LEFTOVER_S: Final = 3600
"""After how long a part is no longer being written: its process was killed."""


class TooMuch(Exception):
    """More bytes than were announced."""


class TooLittle(Exception):
    """Fewer bytes than were announced."""


class UnderWay(Exception):
    """Somebody is sending this very file."""


class Local:
    """Each file has the name that we gave it; nothing that a client says becomes part of a path."""

    name = "local"

    def __init__(self, given: Surroundings) -> None:
        path = given.only("path").get("path")
        self.root = Path(path) if path else given.data_dir / "files"
        self._links = given.links

    async def upload_link(self, upload: Upload, until: datetime, now: datetime) -> SignedLink:  # noqa: ARG002  (the protocol's)
        facts = {"key": upload.key, "type": upload.content_type, "size": upload.size}
        return self._link(PUT, facts, until, upload.headers)

    async def download_link(self, download: Download, until: datetime, now: datetime) -> SignedLink:  # noqa: ARG002  (the protocol's)
        facts = {
            "key": download.key,
            "type": download.content_type,
            "name": download.file_name,
            "inline": download.inline,
        }
        return self._link(GET, facts, until, {})

    def _link(
        self, purpose: str, facts: dict[str, object], until: datetime, headers: dict[str, str]
    ) -> SignedLink:
        return self._links.to("files", purpose, facts, until, headers)

    def path(self, key: str) -> Path:
        """Where a file lies; keys are made by us and come back signed."""
        return self.root / key

    async def write(self, key: str, size: int, chunks: AsyncIterator[bytes]) -> None:
        """Write exactly so much, or nothing; raise FileExistsError for a file that is there, and
        UnderWay while another writes it: a link is no way to fill the disk.
        """
        part = await asyncio.to_thread(self._begin, key)
        try:
            await _pour(part, size, chunks)
            await asyncio.to_thread(self._keep, part, self.path(key))
        finally:
            await asyncio.to_thread(_end, part)

    async def read(self, key: str) -> AsyncGenerator[bytes, None]:
        try:
            file = await asyncio.to_thread(self.path(key).open, "rb")
        except FileNotFoundError:
            raise NotStored(key) from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _begin(self, key: str) -> BinaryIO:
        """Open the file's only part for us alone; what killed processes left there is taken away.

        Whoever writes has its lock, which the kernel lets go of with a process that is killed.
        """
        if self.path(key).exists():
            raise FileExistsError(key)
        folder = self.root / PARTS
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > LEFTOVER_S:
                    left.unlink()
        part = (folder / key.replace("/", "-")).open("ab")  # it may be another's: empty nothing yet
        if not _is_ours(part):
            part.close()
            raise UnderWay(key)
        part.truncate(0)
        return part

    def _keep(self, part: BinaryIO, path: Path) -> None:
        """Give it its name in one step, and only if no other has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(part.name, path)


def _is_ours(part: BinaryIO) -> bool:
    """Lock it, unless another has; one that was taken away while we came is nobody's any more."""
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(part.fileno()), Path(part.name).stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _end(part: BinaryIO) -> None:
    """First the name, then the lock: who opens it now finds one of their own."""
    Path(part.name).unlink(missing_ok=True)
    part.close()


async def _pour(part: BinaryIO, size: int, chunks: AsyncIterator[bytes]) -> None:
    written = 0
    async for chunk in chunks:
        written += len(chunk)
        if written > size:
            raise TooMuch
        await asyncio.to_thread(part.write, chunk)
    if written < size:
        raise TooLittle
    await asyncio.to_thread(_to_disk, part)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
