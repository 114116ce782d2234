"""The one place where operations run, whatever they came by: what holds here holds everywhere."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from strawberry.exceptions import MissingQueryError
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from ordergraph.api.context import Context, Desk
from ordergraph.api.identity import BadToken, Identity, Tokens
from ordergraph.kernel.language import preferred
from ordergraph.transports.operation import BadRequest, Operation

Kinds = frozenset[OperationType]
READS: Final[Kinds] = frozenset({OperationType.QUERY})
ONCE: Final[Kinds] = READS | {OperationType.MUTATION}
ALL: Final[Kinds] = ONCE | {OperationType.SUBSCRIPTION}


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
        """Run a query or mutation. A PreExecutionError says that nothing of it was executed."""
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
            return PreExecutionError(data=None, errors=[BadRequest(_why(no))])

    async def stream(
        self, operation: Operation, context: Context, kinds: Kinds = ALL
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run anything, answer by answer; a query or mutation has one.

        Whoever leaves early closes the generator, so that the subscription ends with its reader.
        """
        results: Any = await self.schema.stream(
            operation.document,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            allowed_operation_types=kinds,
            operation_extensions=operation.extensions,
        )
        async with aclosing(results):
            async for result in results:
                yield result


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
