"""Ids as operators type them: as the API gives them, or as the log does."""

import base64
from contextlib import suppress
from uuid import UUID


def read_id(text: str, kind: str) -> UUID | None:
    """Return the uuid of a `kind`; None where this names something else, or nothing.

    Relay's own functions are not used: importing Strawberry takes longer than most commands.
    """
    with suppress(ValueError):
        return UUID(text)
    try:
        named, _, id_ = base64.b64decode(text, validate=True).decode().partition(":")
        return UUID(id_) if named == kind else None
    except ValueError:
        return None
