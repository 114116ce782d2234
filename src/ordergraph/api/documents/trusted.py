"""Trusted documents: those of our own clients, by id or by text; while there are any, no others run.

The file is Apollo's `apollo-persisted-query-manifest`, as its tools for iOS, Kotlin and JavaScript
write it. Without one, a client that sends only a document's id is told to send the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ordergraph.api.documents.library import Unfit
from ordergraph.api.faults import Fault

FORMAT: Final = "apollo-persisted-query-manifest"
ALGORITHM: Final = "sha256:"
"""What some tools write before an id, and some clients before the one that they send: no part of it."""


class UnusableManifest(Exception):
    """What is wrong with the file, in one line."""


class _Document(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str = Field(min_length=1)
    body: str = Field(min_length=1)


class _Manifest(BaseModel):
    model_config = ConfigDict(strict=True)

    format: str = Field(pattern=f"^{FORMAT}$")
    version: int = Field(ge=1, le=1)
    operations: list[_Document] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Trusted:
    """The documents that run, by their ids."""

    bodies: Mapping[str, str]
    texts: frozenset[str]

    def text(self, sent: str | None, id_: str | None) -> str | None:
        """The document that is meant; raises Unfit for one that is not trusted."""
        if sent is not None:
            if sent.strip() not in self.texts:
                said = "Only documents that were registered run here."
                raise Unfit([Fault(said, "TRUSTED_DOCUMENTS_ONLY")])
            return sent.strip()
        if id_ is not None and id_ not in self.bodies:
            raise Unfit([Fault("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")])
        return None if id_ is None else self.bodies[id_]


def load(path: Path) -> Trusted:
    """Read a manifest; raises UnusableManifest."""
    try:
        manifest = _Manifest.model_validate_json(path.read_bytes())
    except OSError as problem:
        raise UnusableManifest(f"{path} cannot be read: {problem.strerror}") from None
    except ValidationError as problem:
        first: Any = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnusableManifest(f"{path} is no {FORMAT}: {where} {first['msg']}") from None
    bodies = {each.id.removeprefix(ALGORITHM): each.body.strip() for each in manifest.operations}
    if len(bodies) < len(manifest.operations):
        raise UnusableManifest(f"{path} has two documents of one id")
    return Trusted(bodies, frozenset(bodies.values()))


def text_of(trusted: Trusted | None, sent: str | None, id_: str | None) -> str | None:
    """The document that a client means, by its text or by its id; raises Unfit."""
    id_ = id_.removeprefix(ALGORITHM) if id_ else None
    sent = sent or None
    if trusted is not None:
        return trusted.text(sent, id_)
    if sent is None and id_ is not None:
        raise Unfit([Fault("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED")])
    return sent
