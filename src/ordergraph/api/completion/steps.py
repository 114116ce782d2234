"""A field that graphql-core executes, with its resolver called directly.

Above what is read for a page, and around what a mutation does, are a few fields whose resolvers may have
to wait, and so are not completed by compiled code. For each call of them Strawberry builds wrappers for
extensions, arguments and exceptions: that takes longer than a page's own statement. Here their resolvers
are called with what Strawberry would give them, in what stands around them; all else stays graphql-core's.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.extensions import FieldExtension
from strawberry.extensions.field_extension import build_field_extension_resolvers
from strawberry.types.field import StrawberryField
from strawberry.utils.await_maybe import await_maybe

from ordergraph.api.completion.arguments import Given, strawberrys
from ordergraph.api.completion.reading import strawberry_field
from ordergraph.api.completion.values import NotPure
from ordergraph.api.completion.writing import refuse_unusual
from ordergraph.api.ready import Verbatim

Resolve: TypeAlias = Callable[..., Any]
"""Takes the object, Strawberry's info, and the arguments by their names."""
Handlers: TypeAlias = Sequence[tuple[tuple[type[Exception], ...], Any]]
"""Kinds of exceptions, each with who makes an answer of them."""


@dataclass(frozen=True, slots=True)
class Later:
    """The call of a resolver that waits: as with Strawberry, nothing happens before it is awaited.

    An operation may end before. A coroutine that nobody awaits would be complained of.
    """

    call: Callable[[], Any]

    def __await__(self) -> Generator[Any, None, Any]:
        found: Generator[Any, None, Any] = self.call().__await__()
        return found


@dataclass(frozen=True, slots=True)
class Step:
    """One field at one place in a document."""

    kind: GraphQLObjectType
    field: GraphQLField
    ours: StrawberryField
    nodes: list[FieldNode]
    given: Given | None
    resolve: Resolve
    handlers: Handlers
    info: type
    """What the resolver is told is of this class."""

    @classmethod
    def of(
        cls, executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
    ) -> "Step":
        """Raises NotPure where more happens than a call of the resolver, and what is known here."""
        nodes = [each.node for each in details]
        field = executor.schema.get_field(kind, nodes[0].name.value)
        if field is None:
            raise NotPure
        refuse_unusual(details)
        ours, schema = strawberry_field(field), strawberrys(executor)
        handlers = schema.schema_converter._get_field_exception_handlers(ours)  # noqa: SLF001  (there is no other way to ask)
        if handlers and not ours.is_async:
            raise NotPure
        given = Given(field, nodes[0]) if field.args else None
        info = schema.config.info_class if ours.extensions else Verbatim
        return cls(kind, field, ours, nodes, given, _resolving(ours), handlers, info)

    def take(
        self, executor: Executor[Any], source: Any, details: FieldDetailsList, path: Path
    ) -> Any:
        """As graphql-core's execute_field."""
        kind = self.field.type
        told = executor.build_resolve_info(self.field, self.nodes, self.kind, path)
        try:
            coerced = self.coerced(executor)
            call = partial(self.called, executor, source, told, coerced)
            value = Later(call) if self.ours.is_async else call()
            if executor.is_awaitable(value):
                return executor.complete_awaitable_value(kind, details, told, path, value, None)
            answer = executor.complete_value(kind, details, told, path, value, None)
            if executor.is_awaitable(answer):
                return self._completed(executor, answer, details, path)
        except Exception as problem:  # noqa: BLE001  (it is told)
            executor.handle_field_error(problem, kind, details, path)
            return None
        return answer

    async def _completed(
        self, executor: Executor[Any], answer: Any, details: FieldDetailsList, path: Path
    ) -> Any:
        """A completion that has to wait."""
        try:
            return await answer
        except Exception as problem:  # noqa: BLE001  (it is told)
            executor.handle_field_error(problem, self.field.type, details, path)
            return None

    def coerced(self, executor: Executor[Any]) -> dict[str, Any]:
        """What graphql-core makes of the arguments, before the resolver's turn has come; raises."""
        given = self.given
        return given.coerced(executor) if given is not None and given.always is None else {}

    def called(
        self, executor: Executor[Any], source: Any, raw: Any, coerced: dict[str, Any]
    ) -> Any:
        """What the resolver gives, which may have to be awaited; raises what it raises."""
        info = self.info(_raw_info=raw, _field=self.ours)
        if self.handlers:
            return self._handled(executor, source, info, coerced)
        return self._resolved(executor, source, info, coerced)

    def _resolved(
        self, executor: Executor[Any], source: Any, info: Any, coerced: dict[str, Any]
    ) -> Any:
        if self.given is None:
            return self.resolve(source, info)
        given = self.given.always or self.given.converted(executor, coerced, info)
        return self.resolve(source, info, **given)

    async def _handled(
        self, executor: Executor[Any], source: Any, info: Any, coerced: dict[str, Any]
    ) -> Any:
        """Exceptions that are answers are made one, as Strawberry does it: by the first who is for them."""
        try:
            return await self._resolved(executor, source, info, coerced)
        except Exception as problem:
            handler = next((by for kinds, by in self.handlers if isinstance(problem, kinds)), None)
            if handler is None:
                raise
            answer = await await_maybe(handler.handle(problem, field=self.ours, info=info))
            if answer is None:
                raise
            return answer


def _resolving(field: StrawberryField) -> Resolve:
    """The resolver, in the extensions of its field; raises NotPure for one that asks for strange things."""
    resolver: Any = field.base_resolver
    if resolver is None or resolver.root_parameter or resolver.parent_parameter:
        raise NotPure
    if any(type(e).map_arguments is not FieldExtension.map_arguments for e in field.extensions):
        raise NotPure
    function, asked = resolver.wrapped_func, resolver.info_parameter

    def resolve(source: Any, info: Any, **given: Any) -> Any:
        return (
            function(source, **{asked.name: info}, **given) if asked else function(source, **given)
        )

    for extension in build_field_extension_resolvers(field):
        resolve = partial(extension, resolve)
    return resolve
