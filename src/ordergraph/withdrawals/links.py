"""Short-lived links to documents: whoever holds one may read that one document, until then."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ordergraph.files.links import Links
from ordergraph.files.process import READ_WITHIN

FOLDER: Final = "documents"
DOCUMENT: Final = "document"
"""The purpose of these links."""


def link_to(links: Links, document_id: UUID, now: datetime) -> str:
    """The URL; ask first whether the reader may see the document."""
    return links.to(FOLDER, DOCUMENT, {"id": str(document_id)}, now + READ_WITHIN).url


def read(links: Links, token: str, now: datetime) -> UUID:
    """Which document it leads to; raises BadLink."""
    return UUID(links.read(DOCUMENT, token, now)["id"])
