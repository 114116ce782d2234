"""The way from the root of a query down to its first reads, gone without graphql-core.

What lies below a read is completed by plans; above it are a few fields, each with a resolver that
may have to wait. Graphql-core and Strawberry take some fifty microseconds for each of those, as long
as the page's own statement. So their resolvers are called here, with what Strawberry would give them.
Whatever goes wrong, the whole query runs once more, by graphql-core: resolvers of queries only read.
"""

import asyncio
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
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

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
        """The answer of this object; raises whatever goes wrong."""
        name, step = next(iter(self.steps.items()))
        if len(self.steps) == 1 and step is not None:
            return {name: await step.take(executor, source, Path(path, name, self.kind.name))}
        answer: dict[str, Any] = dict.fromkeys(self.steps, self.kind.name)
        async with asyncio.TaskGroup() as group:
            tasks = {
                name: group.create_task(
                    step.take(executor, source, Path(path, name, self.kind.name))
                )
                for name, step in self.steps.items()
                if step is not None
            }
        answer.update({name: task.result() for name, task in tasks.items()})
        return answer


@dataclass(frozen=True, slots=True)
class Step:
    """One field: its resolver is called, awaited if need be, and what it gives is completed."""

    kind: GraphQLObjectType
    field: GraphQLField
    ours: StrawberryField
    details: FieldDetailsList
    nodes: list[FieldNode]
    onward: Way | None
    """Where the way goes on below; elsewhere it ends, and plans complete what is found."""

    async def take(self, executor: Executor[Any], source: Any, path: Path) -> Any:
        told = executor.build_resolve_info(self.field, self.nodes, self.kind, path)
        value = self._called(executor, source, Verbatim(_raw_info=told, _field=self.ours))
        if self.ours.is_async:
            value = await value
        if self.onward is not None and value is not None:
            if value.__class__ not in classes(self.onward.kind):
                raise NotPure
            return await self.onward.go(executor, value, path)
        kind, details = self.field.type, self.details
        answer = executor.complete_value(kind, details, told, path, value, None)
        return await answer if executor.is_awaitable(answer) else answer

    def _called(self, executor: Executor[Any], source: Any, info: Verbatim) -> Any:
        resolver: Any = self.ours.base_resolver
        given = self._given(executor) if self.field.args else {}
        if resolver.info_parameter:
            given[resolver.info_parameter.name] = info
        return resolver.wrapped_func(source, **given)

    def _given(self, executor: Executor[Any]) -> dict[str, Any]:
        """What the operation gives for the field's arguments, as its resolver takes it."""
        schema: Any = executor.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001  (Strawberry's own way back)
        values = get_argument_values(
            self.field, self.nodes[0], executor.variable_values, None, executor.hide_suggestions
        )
        return convert_arguments(
            values, self.ours.arguments, schema.schema_converter.scalar_registry, schema.config
        )


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
    nodes = [each.node for each in details]
    return Step(kind, field, ours, details, nodes, _onward(executor, field.type, details))


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
