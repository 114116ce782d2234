"""The way from the root of a query down to its first reads, gone without graphql-core.

What lies below a read is completed by plans; above it are a few fields, each with a resolver that
may have to wait. Graphql-core and Strawberry take some fifty microseconds for each of those, as long
as the page's own statement. So their resolvers are called here, with what Strawberry would give them.
What they give, or raise, is graphql-core's again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    get_nullable_type,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.pyutils import Path, gather_with_cancel
from strawberry.types.field import StrawberryField

from ordergraph.api.completion.arguments import Given
from ordergraph.api.completion.reading import BACKREF, refuse_wrapped
from ordergraph.api.completion.values import NotPure
from ordergraph.api.completion.writing import classes, refuse_unusual
from ordergraph.api.ready import LoadedField, Verbatim


def way_of(executor: Executor[Any]) -> "Way | None":
    """The way of an operation; None for one that only graphql-core can go."""
    root = executor.schema.query_type
    if executor.operation.operation is not OperationType.QUERY or root is None:
        return None
    fields, deferred, _ = collect_fields(
        executor.schema,
        executor.fragments,
        executor.variable_values,
        root,
        executor.operation,
        executor.hide_suggestions,
    )
    try:
        return None if deferred else Way.through(executor, root, fields)
    except NotPure:
        return None


@dataclass(frozen=True, slots=True)
class Way:
    """The fields of one object of the way: side by side, each a step."""

    kind: GraphQLObjectType
    steps: Mapping[str, "Step | None"]
    """By their names in the answer; None stands for __typename."""

    @classmethod
    def through(
        cls, executor: Executor[Any], kind: GraphQLObjectType, fields: GroupedFieldSet
    ) -> "Way":
        return cls(kind, {name: _step(executor, kind, each) for name, each in fields.items()})

    async def go(self, executor: Executor[Any], source: Any, path: Path | None) -> dict[str, Any]:
        """The answer of this object; raises the error of a field that may not be null."""
        kind = self.kind.name
        answer: dict[str, Any] = dict.fromkeys(self.steps, kind)
        taken = {
            name: step.take(executor, source, Path(path, name, kind))
            for name, step in self.steps.items()
            if step is not None
        }
        if len(taken) == 1:
            [(name, alone)] = taken.items()
            answer[name] = await alone
        else:
            answer.update(zip(taken, await gather_with_cancel(*taken.values()), strict=True))
        return answer


@dataclass(frozen=True, slots=True)
class Step:
    """One field: its resolver is called, awaited if need be, and what it gives is completed."""

    kind: GraphQLObjectType
    field: GraphQLField
    ours: StrawberryField
    details: FieldDetailsList
    nodes: list[FieldNode]
    given: Given | None
    onward: Way | None
    """Where the way goes on below; elsewhere it ends, and plans complete what is found."""

    async def take(self, executor: Executor[Any], source: Any, path: Path) -> Any:
        """As graphql-core's execute_field."""
        try:
            return await self._taken(executor, source, path)
        except Exception as problem:  # noqa: BLE001  (it is told)
            executor.handle_field_error(problem, self.field.type, self.details, path)
            return None

    async def _taken(self, executor: Executor[Any], source: Any, path: Path) -> Any:
        told = executor.build_resolve_info(self.field, self.nodes, self.kind, path)
        value = self._called(executor, source, Verbatim(_raw_info=told, _field=self.ours))
        if executor.is_awaitable(value):
            value = await value
        if self.onward is not None and value.__class__ in classes(self.onward.kind):
            return await self.onward.go(executor, value, path)
        answer = executor.complete_value(self.field.type, self.details, told, path, value, None)
        return await answer if executor.is_awaitable(answer) else answer

    def _called(self, executor: Executor[Any], source: Any, info: Verbatim) -> Any:
        resolver: Any = self.ours.base_resolver
        told = {resolver.info_parameter.name: info} if resolver.info_parameter else {}
        if self.given is not None:
            told |= self.given.always or self.given.make(executor, info)
        return resolver.wrapped_func(source, **told)


def _strawberrys(executor: Executor[Any]) -> Any:
    return executor.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  (Strawberry's own way back)


def _step(
    executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList
) -> Step | None:
    """Raises NotPure where only graphql-core knows."""
    name = details[0].node.name.value
    if name == "__typename":
        return None
    field = executor.schema.get_field(kind, name)
    if field is None:
        raise NotPure
    refuse_unusual(details)
    ours = refuse_wrapped(field)
    resolver = ours.base_resolver
    if resolver is None or resolver.root_parameter or resolver.parent_parameter:
        raise NotPure
    if _strawberrys(executor).schema_converter._get_field_exception_handlers(ours):  # noqa: SLF001  (there is no other way to ask)
        raise NotPure
    nodes = [each.node for each in details]
    given = Given(field, nodes[0]) if field.args else None
    return Step(kind, field, ours, details, nodes, given, _onward(executor, field.type, details))


def _onward(
    executor: Executor[Any], kind: GraphQLOutputType, details: FieldDetailsList
) -> Way | None:
    """The way below a field, if there is something to wait for but loaders."""
    inner = get_nullable_type(kind)
    if not isinstance(inner, GraphQLObjectType):
        return None
    fields, deferred, _ = executor.collect_subfields(inner, details)
    if deferred or not any(_waits(executor, inner, each) for each in fields.values()):
        return None
    try:
        classes(inner)
        return Way.through(executor, inner, fields)
    except NotPure:
        return None


def _waits(executor: Executor[Any], kind: GraphQLObjectType, details: FieldDetailsList) -> bool:
    field = executor.schema.get_field(kind, details[0].node.name.value)
    ours = field and field.extensions.get(BACKREF)
    return bool(ours and ours.is_async and not isinstance(ours, LoadedField))
