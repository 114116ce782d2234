"""What all doors share: who asks, in which language, and how an operation is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from strawberry.exceptions import MissingQueryError
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from ordergraph.api.context import Context, Desk
from ordergraph.api.identity import BadToken, Identity, Tokens
from ordergraph.kernel.language import preferred
from ordergraph.transports.operation import BadRequest, Operation

Kinds = frozenset[OperationType]
READS: Final[Kinds] = frozenset({OperationType.QUERY})
ONCE: Final[Kinds] = READS | {OperationType.MUTATION}


@dataclass(frozen=True, slots=True)
class Front:
    """What all transports of this process share."""

    schema: BaseSchema
    desk: Desk
    tokens: Tokens

    def context(self, headers: Mapping[str, str]) -> Context:
        """A context for nobody yet, from the headers of a request or of a socket's handshake."""
        return Context(
            desk=self.desk,
            language=preferred(headers.get("accept-language", "")),
            request_id=_request_id(headers),
        )

    async def identity(self, authorization: object) -> Identity | None:
        """Who asks. A token that is there must be good: raises BadToken rather than take a bad one
        for nobody's.
        """
        if authorization is None:
            return None
        if not isinstance(authorization, str):
            raise BadToken("Authorization is no text")
        return self.tokens.from_header(authorization)

    async def run(self, operation: Operation, context: Context, kinds: Kinds) -> ExecutionResult:
        """Run a query or mutation; raise BadRequest for what is none, or not one of these kinds."""
        try:
            return await self.schema.execute(
                operation.document,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=kinds,
                operation_extensions=operation.extensions,
            )
        except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError) as no:
            raise BadRequest(_why(no)) from None


def _why(no: Exception) -> str:
    if isinstance(no, MissingQueryError):
        return "There is no document in `query`."
    if isinstance(no, InvalidOperationTypeError):
        return f"{no.operation_type.value.capitalize()}s do not run by this method or path."
    return "`operationName` names none of the document's operations, or is needed to pick one."


def _request_id(headers: Mapping[str, str]) -> str:
    """The client's own id when it is one, else a new one."""
    given = headers.get("x-request-id", "")
    good = 0 < len(given) <= 64 and given.isascii() and given.isprintable()
    return given if good else uuid4().hex
