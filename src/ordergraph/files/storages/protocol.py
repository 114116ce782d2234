"""What ordergraph asks of a storage: it is found by name among the entry points `ordergraph.storages`.

A file is written once, by whoever holds its upload link, and never again; so what was looked at is
what is served.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from ordergraph.files.links import Links, SignedLink
from ordergraph.infra.parts import Parts

CHUNK: Final = 256 * 1024
ONCE: Final = {"if-none-match": "*"}
"""RFC 9110 §13.1.2: write it only if it is not there."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Exactly so many bytes of this type, once."""

    key: str
    content_type: str
    size: int

    @property
    def headers(self) -> dict[str, str]:
        """What has to be sent with them."""
        return {"content-type": self.content_type, "content-length": str(self.size), **ONCE}


@dataclass(frozen=True, slots=True)
class Download:
    """How a file is given out: `inline` lets a browser show it."""

    key: str
    content_type: str
    file_name: str
    inline: bool


class NotStored(LookupError):
    """There is nothing under that key."""


class UnusableStorage(Exception):
    """The storage cannot be used as this installation is set up; one line that quotes no secret."""


PARTS: Final = Parts("storage", "ordergraph.storages", UnusableStorage)


class Storage(Protocol):
    """Whatever a call raises but NotStored counts as trouble of the surroundings: try again later."""

    name: str

    async def upload_link(self, upload: Upload, until: datetime, now: datetime) -> SignedLink:
        """Where the bytes are to be PUT."""
        ...

    async def download_link(self, download: Download, until: datetime, now: datetime) -> SignedLink:
        """Where they can be had with GET."""
        ...

    def read(self, key: str) -> AsyncGenerator[bytes, None]:
        """The bytes, piece by piece; raises NotStored."""
        ...

    async def delete(self, key: str) -> None:
        """Delete it; what is not there is deleted already."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every storage is made from; `options` are `ORDERGRAPH_STORAGE_OPTIONS__…`, lower case."""

    data_dir: Path
    links: Links
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def only(self, *known: str) -> Mapping[str, str]:
        """Return the options; raise UnusableStorage for one that this storage does not know."""
        return PARTS.only(self.options, *known)


Factory = Callable[[Surroundings], Storage]


def load(name: str) -> Factory:
    """Find a storage's factory among the installed entry points; it may raise UnusableStorage."""
    factory: Factory = PARTS.load(name)
    return factory
