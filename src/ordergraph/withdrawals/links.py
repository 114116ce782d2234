"""Short-lived links to documents: whoever holds one may read that one document, until then."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ordergraph.files.links import Links

PATH: Final = "/documents/"
DOCUMENT: Final = "document"
"""The purpose of these links."""
LIFETIME: Final = timedelta(minutes=5)


def link_to(links: Links, document_id: UUID, now: datetime) -> str:
    """The URL; ask first whether the reader may see the document."""
    token = links.sign(DOCUMENT, {"id": str(document_id)}, now + LIFETIME)
    return f"{links.base}{PATH}{token}"


def read(links: Links, token: str, now: datetime) -> UUID:
    """Which document it leads to; raises BadLink."""
    return UUID(links.read(DOCUMENT, token, now)["id"])
