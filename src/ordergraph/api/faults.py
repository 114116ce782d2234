"""Top-level errors: each has a stable code, and nothing unexpected reaches the client.

The codes stand in codes.py.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

import structlog
from asyncpg import QueryCanceledError
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, StreamExecutionResult

from ordergraph.api.coordinates import UNKNOWN, Atlas

log = structlog.get_logger(__name__)

MOST_ERRORS: Final = 10
UNEXPECTED: Final = "Unexpected error."
INPUT: Final = (ValueError, TypeError, OverflowError, RecursionError)
"""What reading a value raises where graphql-core expects nothing: an integer of 5,000 digits, say."""
UNREADABLE: Final[dict[type[Exception], tuple[str, str]]] = {
    MissingQueryError: ("There is no document in `query`.", "BAD_REQUEST"),
    InvalidOperationTypeError: ("This kind of operation does not run here.", "BAD_REQUEST"),
    CannotGetOperationTypeError: (
        "`operationName` names none of the document's operations, or is needed to pick one.",
        "OPERATION_RESOLUTION_FAILURE",
    ),
}
"""What Strawberry raises before anything runs: what the client is told, and its code."""


OURS: Final = frozenset({"INTERNAL", "OPERATION_TIMEOUT"})
"""Codes of what failed by no fault of whoever asked: it may be there another time."""


class Fault(GraphQLError):
    """An error that may be shown as it stands."""

    def __init__(self, message: str, code: str, path: Sequence[str] | None = None) -> None:
        super().__init__(message, path=path, extensions={"code": code})


class Unauthenticated(Fault):
    def __init__(self, message: str = "A valid bearer token is needed.") -> None:
        super().__init__(message, "UNAUTHENTICATED")


class Forbidden(Fault):
    def __init__(self, message: str = "This is for another role.") -> None:
        super().__init__(message, "FORBIDDEN")


class Missing(Fault):
    """Absent, or hidden from this viewer: the two look the same."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.", "NOT_FOUND")


class BadUserInput(Fault):
    def __init__(self, message: str, path: Sequence[str] | None = None) -> None:
        super().__init__(message, "BAD_USER_INPUT", path)


class KeyRequired(Fault):
    def __init__(self, path: Sequence[str]) -> None:
        super().__init__(
            f"{path[0]} needs an idempotency key: @idempotent(key:) at the field, or, in a request"
            " with one mutation, the Idempotency-Key header.",
            "IDEMPOTENCY_KEY_REQUIRED",
            path,
        )


def presentable(error: GraphQLError, field: Callable[[], str] = lambda: UNKNOWN) -> GraphQLError:
    """Give every error a code; mask what nobody expected, and log it with the schema's field."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, Fault):
        return _with(error, cause.message, cause.extensions)
    for kind, (message, code) in UNREADABLE.items():
        if isinstance(cause, kind):
            return _with(error, message, {"code": code})
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, error.message, {"code": "BAD_USER_INPUT", **(error.extensions or {})})
    if error.path is None and error.nodes and isinstance(cause, INPUT):
        return _with(error, "A value cannot be read.", {"code": "BAD_USER_INPUT"})
    if isinstance(cause, QueryCanceledError):
        return _with(error, "The database took too long.", {"code": "OPERATION_TIMEOUT"})
    fault_id = uuid4().hex
    log.error("unexpected", fault_id=fault_id, field=field(), exc_info=cause)
    return _with(error, UNEXPECTED, {"code": "INTERNAL", "id": fault_id})


def is_whole(result: Any) -> bool:
    """Whether nothing of an answer is missing by a fault of ours. Its errors are presentable."""
    errors: Sequence[GraphQLError] = getattr(result, "errors", None) or ()
    return not any((error.extensions or {}).get("code") in OURS for error in errors)


def _with(error: GraphQLError, message: str, extensions: dict[str, object] | None) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=dict(extensions or {}),
    )


class Presentable(SchemaExtension):
    """Makes every answer's errors presentable, on every transport."""

    def on_operation(self) -> Iterator[None]:
        yield
        _mend(self.execution_context.result, self.execution_context)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        _mend(result, self.execution_context)
        yield


def _mend(result: Any, context: ExecutionContext) -> None:
    """Make the errors of any kind of result presentable; one kind has none."""
    errors = getattr(result, "errors", None)
    if errors:
        where = partial(field_of, context.schema, context.graphql_document, context.operation_name)
        result.errors = presented(errors, where)


def presented(
    errors: Sequence[GraphQLError], field: Callable[[GraphQLError], str]
) -> list[GraphQLError]:
    """As many as a client is told, each presentable. `field`: where in the schema one happened."""
    return [presentable(error, partial(field, error)) for error in errors[:MOST_ERRORS]]


def field_of(
    schema: Schema, document: DocumentNode | None, operation: str | None, error: GraphQLError
) -> str:
    """Where in the schema it happened; the client's own names for fields are not logged."""
    if error.path is None or document is None:
        return UNKNOWN
    atlas = Atlas(schema._schema, document)  # noqa: SLF001  (Strawberry has no other way to graphql-core's)
    return atlas.coordinate(operation, error.path)


class OneOperation(SchemaExtension):
    """A document with several operations needs a name that picks one: Strawberry takes the first."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        assert context.graphql_document
        named = context._provided_operation_name is not None  # noqa: SLF001  (the public one guesses)
        kinds = [d.kind for d in context.graphql_document.definitions]
        if not named and kinds.count(OperationDefinitionNode.kind) > 1:
            raise CannotGetOperationTypeError(None)
        yield
