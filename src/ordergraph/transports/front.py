"""What all doors share: who asks, in which language, and how an operation is run."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from graphql import GraphQLError, get_operation_ast
from starlette.types import Receive
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from ordergraph.api import execution
from ordergraph.api.context import Context, Desk
from ordergraph.api.documents.library import Document, Library, Unfit
from ordergraph.api.documents.limits import Limits
from ordergraph.api.documents.secrecy import discreet
from ordergraph.api.documents.trusted import Trusted, text_of
from ordergraph.api.faults import UNREADABLE, presentable
from ordergraph.identity.authenticator import Authenticator
from ordergraph.identity.claims import BadToken, Identity, bearer
from ordergraph.infra import correlation
from ordergraph.infra.replica import Replica
from ordergraph.kernel.language import preferred
from ordergraph.transports.broadcasts import Asked, Broadcasts, Followed, Listener, followed
from ordergraph.transports.browsers import Origins
from ordergraph.transports.operation import (
    BadRequest,
    Declined,
    Opened,
    Operation,
    UnknownOperation,
    WrongMethod,
)
from ordergraph.transports.pace import Pace
from ordergraph.transports.places import Places
from ordergraph.transports.rates import Rates
from ordergraph.transports.running import Runner
from ordergraph.transports.sockets.limits import SocketLimits

Kinds = frozenset[OperationType]
READS: Final[Kinds] = frozenset({OperationType.QUERY})
ONCE: Final[Kinds] = READS | {OperationType.MUTATION}
SUBSCRIPTIONS: Final[Kinds] = frozenset({OperationType.SUBSCRIPTION})
ALL: Final[Kinds] = ONCE | SUBSCRIPTIONS
LARGEST_BODY: Final = 100_000
"""Bytes of one request, unless a setting says otherwise."""
ELSEWHERE: Final = (
    "Subscriptions run at /graphql/stream (text/event-stream), over a WebSocket"
    " (graphql-transport-ws), or here as multipart/mixed;subscriptionSpec=1.0."
)


@dataclass(frozen=True, slots=True)
class Front:
    """What all transports of this process share."""

    schema: Schema
    desk: Desk
    tokens: Authenticator
    body_limit: int = LARGEST_BODY
    origins: Origins = field(default_factory=Origins)
    places: Places = field(default_factory=Places)
    sockets: SocketLimits = field(default_factory=SocketLimits)
    library: Library = field(default_factory=lambda: Library(Limits()))
    runner: Runner = field(default_factory=Runner)
    rates: Rates = field(default_factory=Rates)
    trusted: Trusted | None = None
    broadcasts: Broadcasts = field(default_factory=Broadcasts)
    pace: Pace = field(default_factory=Pace)
    replica: Replica | None = None

    def context(self, headers: Mapping[str, str]) -> Context:
        """A context for nobody yet, from the headers of a request or of a socket's handshake."""
        return Context(
            desk=self.desk,
            language=preferred(headers.get("accept-language", "")),
            request_id=correlation.current()
            or correlation.fitting(headers.get(correlation.HEADER)),
        )

    async def identity(self, authorization: object) -> Identity | None:
        """Who asks. A token that is there must be good: raises BadToken rather than take a bad one
        for nobody's.
        """
        if authorization is None:
            return None
        if not isinstance(authorization, str):
            raise BadToken("Authorization is no text")
        return await self.tokens.authenticate(bearer(authorization))

    async def meet(self, context: Context) -> None:
        """Note who has come, so that they can be told of things when they are gone."""
        await self.desk.acquaintances.meet(context.identity, context.language)

    def revoked(self, identity: Identity | None) -> bool:
        """Whether what somebody came with was taken back since: what lives long asks at each delivery."""
        return identity is not None and self.tokens.revoked(identity)

    async def run(
        self,
        operation: Operation,
        context: Context,
        kinds: Kinds,
        receive: Receive | None = None,
    ) -> ExecutionResult:
        """Run a query or mutation; raise Declined for what is none, or not one of these kinds, and
        when `receive` tells that nobody waits for it any more.
        """
        try:
            document = await self.admitted(operation, context)
            return await self._answer(document, operation, context, kinds, receive)
        except Unfit as no:
            return self._discreet(PreExecutionError(data=None, errors=no.errors), operation)
        except tuple(UNREADABLE) as no:
            raise _declined(no) from None

    async def stream(
        self,
        operation: Operation,
        context: Context,
        kinds: Kinds = ALL,
        listener: Listener | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Run anything, answer by answer; a query or mutation has one, and so has what cannot run.

        Whoever leaves early closes the generator, so that the subscription ends with its reader.
        A listener may have joined a broadcast instead: then nothing comes here, and it is told.
        """
        try:
            document = await self.admitted(operation, context)
        except Unfit as no:
            yield self._discreet(PreExecutionError(data=None, errors=no.errors), operation)
            return
        if document is not None and not _streams(document, operation):
            yield await self._one(document, operation, context, kinds)
            return
        if listener is not None and document is not None:
            about = self._about(document, operation, context)
            if about is not None:
                asked = Asked.of(document, operation, context)
                self.broadcasts.of(asked, about, self).join(listener)
                return
        results: Any = await self.schema.stream(
            document,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.name,
            allowed_operation_types=kinds,
            operation_extensions=operation.extensions,
        )
        with self.places.counted():
            async with aclosing(results):
                async for result in results:
                    yield self._discreet(result, operation)
                    await self._turn(document, operation, context)

    async def _turn(
        self, document: Document | None, operation: Operation, context: Context
    ) -> None:
        """Wait until the next answer of a subscription may be made: the first was paid for by subscribing."""
        who = context.actor.user_id or context.address
        if document is not None and who:
            weight = document.weight(operation.name, operation.variables or {})
            await self.pace.turn(who, weight)

    def _about(self, document: Document, operation: Operation, context: Context) -> Followed | None:
        """What a subscription follows that can be broadcast."""
        chosen = get_operation_ast(document.tree, operation.name)
        if chosen is None or document.problems or context.actor.user_id is None:
            return None
        return followed(self.schema._schema, chosen, operation.variables or {})  # noqa: SLF001  (Strawberry has no other way to graphql-core's)

    async def show(self, asked: Asked, context: Context, shown: object) -> ExecutionResult:
        """Answer a subscription once, about the object that it follows."""
        name, variables = asked.name, asked.operation.variables
        result = await execution.show(self.schema, asked.document, name, variables, context, shown)
        return self._discreet(result, asked.operation)

    async def _one(
        self, document: Document, operation: Operation, context: Context, kinds: Kinds
    ) -> ExecutionResult:
        """The one answer of a stream that is none."""
        try:
            return await self._answer(document, operation, context, kinds)
        except tuple(UNREADABLE) as no:
            error = presentable(GraphQLError(str(no), original_error=no))
            return PreExecutionError(data=None, errors=[error])

    async def _answer(
        self,
        document: Document | None,
        operation: Operation,
        context: Context,
        kinds: Kinds,
        receive: Receive | None = None,
    ) -> ExecutionResult:
        """Execute it, within its time; raises OperationTimeout, and HungUp."""
        if document is None:
            raise MissingQueryError
        name, variables = operation.name, operation.variables
        kind = document.operation(name).kind
        if kind is None:  # before anybody asks whether the first of several may run here
            raise CannotGetOperationTypeError(name)
        ask = partial(execution.run, self.schema, document, name, variables, context, kinds)
        if self.replica is not None and kind is OperationType.QUERY:
            work = self.replica.serve(context.actor, ask)
        else:
            work = ask()
        changes = kind is OperationType.MUTATION
        result = await self.runner.run(work, to_its_end=changes, receive=receive)
        return self._discreet(result, operation)

    def _discreet(self, result: ExecutionResult, operation: Operation) -> ExecutionResult:
        if result.errors and not self.library.introspection:
            variables = json.dumps(operation.variables, default=str, ensure_ascii=False)
            result.errors = discreet(result.errors, f"{operation.document} {variables}")
        return result

    async def admitted(self, operation: Operation, context: Context) -> Document | None:
        """The document of an operation, counted; raises Unfit, or RateLimited."""
        document, errors, paid = operation.opened or await self._open(operation, context)
        if errors is not None:
            if not paid:
                await self.rates.charge(context, {})
            raise Unfit(errors)
        name, variables = operation.name, operation.variables or {}
        changes = document.operation(name).changes if document else {}
        price = document.price(name, variables) if document else 1
        await self.rates.charge(context, changes, price, paid)
        return document

    async def opened(self, operation: Operation, context: Context) -> Operation:
        """The same operation with its document, so that its kind is known; raises RateLimited."""
        return operation._replace(opened=await self._open(operation, context))

    async def _open(self, operation: Operation, context: Context) -> Opened:
        """Whoever may ask nothing more has nothing read: only what is known is opened before it is paid."""
        paid = 0
        try:
            text = text_of(self.trusted, operation.document, operation.id)
            if text is None:
                return Opened()
            if not self.library.knows(text):
                await self.rates.charge(context, {})
                paid = 1
            variables = operation.variables or {}
            schema = self.schema._schema  # noqa: SLF001  (Strawberry has no other way to graphql-core's)
            return Opened(self.library.open(schema, text, operation.name, variables), None, paid)
        except Unfit as no:
            return Opened(None, no.errors, paid)


def _streams(document: Document, operation: Operation) -> bool:
    return document.operation(operation.name).kind is OperationType.SUBSCRIPTION


def _declined(no: Exception) -> Declined:
    """What Strawberry raises before anything ran, as what a client is told."""
    if isinstance(no, CannotGetOperationTypeError):
        return UnknownOperation(UNREADABLE[CannotGetOperationTypeError][0])
    if not isinstance(no, InvalidOperationTypeError):
        return BadRequest(UNREADABLE[MissingQueryError][0])
    if no.operation_type is OperationType.SUBSCRIPTION:
        return BadRequest(ELSEWHERE)
    return mutation_by_get()


def mutation_by_get() -> WrongMethod:
    return WrongMethod("Mutations are sent by POST.", {"allow": "POST"})
