"""A field that graphql-core executes, with its resolver called directly.

Above what is read for a page are a few fields whose resolvers may have to wait, and so are not
completed by compiled code. For each of them Strawberry goes through wrappers for extensions, arguments
and exceptions that most fields have none of: that takes longer than the page's own statement. Here
their resolvers are called with what Strawberry would give them; all around stays graphql-core's.
"""

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.types.field import StrawberryField

from ordergraph.api.completion.arguments import Given, strawberrys
from ordergraph.api.completion.reading import refuse_wrapped
from ordergraph.api.completion.values import NotPure
from ordergraph.api.completion.writing import refuse_unusual
from ordergraph.api.ready import Verbatim


@dataclass(frozen=True, slots=True)
class Step:
    """One field at one place in a document."""

    kind: GraphQLObjectType
    field: GraphQLField
    ours: StrawberryField
    nodes: list[FieldNode]
    given: Given | None

    @classmethod
    def of(
        cls, executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
    ) -> "Step":
        """Raises NotPure where more happens than a call of the resolver."""
        nodes = [each.node for each in details]
        field = executor.schema.get_field(kind, nodes[0].name.value)
        if field is None:
            raise NotPure
        refuse_unusual(details)
        ours = refuse_wrapped(field)
        resolver = ours.base_resolver
        if resolver is None or resolver.root_parameter or resolver.parent_parameter:
            raise NotPure
        if strawberrys(executor).schema_converter._get_field_exception_handlers(ours):  # noqa: SLF001  (there is no other way to ask)
            raise NotPure
        return cls(kind, field, ours, nodes, Given(field, nodes[0]) if field.args else None)

    def take(
        self, executor: Executor[Any], source: Any, details: FieldDetailsList, path: Path
    ) -> Any:
        """As graphql-core's execute_field."""
        kind = self.field.type
        told = executor.build_resolve_info(self.field, self.nodes, self.kind, path)
        try:
            coerced = self.coerced(executor)
            call = self._called_later if self.ours.is_async else self.called
            value = call(executor, source, told, coerced)
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

    async def _called_later(self, *asked: Any) -> Any:
        """Strawberry looks at the arguments of a resolver that waits when it is awaited, and not before."""
        return await self.called(*asked)

    def called(
        self, executor: Executor[Any], source: Any, raw: Any, coerced: dict[str, Any]
    ) -> Any:
        """What the resolver gives, which may have to be awaited; raises what it raises."""
        info = Verbatim(_raw_info=raw, _field=self.ours)
        resolver: Any = self.ours.base_resolver
        told = {resolver.info_parameter.name: info} if resolver.info_parameter else {}
        if self.given is not None:
            told |= self.given.always or self.given.converted(executor, coerced, info)
        return resolver.wrapped_func(source, **told)
