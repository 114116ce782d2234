"""One operation as a client sent it, its members checked for their kinds."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from graphql import GraphQLError
from strawberry.types.graphql import OperationType

from ordergraph.api.documents.library import Document
from ordergraph.api.faults import Fault


class Declined(Fault):
    """What is answered instead of running anything. Over HTTP it has a status, and maybe headers."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    code: ClassVar[str]

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, self.code)
        self.headers = dict(headers or {})


class BadRequest(Declined):
    """What cannot be read as an operation at all."""

    code = "BAD_REQUEST"


class UnknownOperation(BadRequest):
    """The document has none, or several, that could be meant."""

    code = "OPERATION_RESOLUTION_FAILURE"


class WrongMethod(BadRequest):
    """Another method runs this kind of operation."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "METHOD_NOT_ALLOWED"


class Opened(NamedTuple):
    """What came of reading the document of an operation."""

    document: Document | None = None
    errors: Sequence[GraphQLError] | None = None
    """Why it is not run, whatever else is asked."""
    paid: int = 0
    """As how many operations it has counted by then."""


class Operation(NamedTuple):
    """What every transport reads, and the front runs."""

    document: str | None
    """None where the client sent only the document's name, in `extensions`."""
    variables: dict[str, Any] | None
    name: str | None
    extensions: dict[str, Any] | None
    document_id: str | None = None
    opened: Opened | None = None
    """Where its kind had to be known before it runs."""

    @property
    def kind(self) -> OperationType | None:
        """What this would run, once it is opened; None where nothing can, or nobody knows which is meant."""
        document = self.opened.document if self.opened else None
        return document.operation(self.name).kind if document else None

    @property
    def id(self) -> str | None:
        """The document's id, where one was sent: as Apollo's clients do, or as the appendix of the
        specification says.
        """
        if not self.extensions:
            return self.document_id
        named = self.extensions.get("persistedQuery")
        hash_ = named.get("sha256Hash") if isinstance(named, Mapping) else None
        return self.document_id or (hash_ if isinstance(hash_, str) else None)


def read(body: object) -> Operation:
    """Read the members of a request's body or a subscribe message's payload; raise BadRequest."""
    if not isinstance(body, dict):
        raise BadRequest("An operation is a JSON object; batches are not served.")
    return Operation(
        document=_member(body, "query", str, "a string"),
        variables=_member(body, "variables", dict, "an object"),
        name=_member(body, "operationName", str, "a string"),
        extensions=_member(body, "extensions", dict, "an object"),
        document_id=_member(body, "documentId", str, "a string"),
    )


def _member(body: dict[Any, Any], name: str, kind: type, called: str) -> Any:
    value = body.get(name)
    if value is not None and not isinstance(value, kind):
        raise BadRequest(f"`{name}` is {called}, or null.")
    return value
