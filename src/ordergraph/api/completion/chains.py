"""The chain of fields from the root to the one thing that is read, or done: `{ viewer { purchases { … } } }`.

Most operations of phones are such a chain: at each place one field, until something is read. With nothing
beside them, there is nothing to run side by side, to gather, or to cancel; so the steps are taken one
after the other. What each gives, or raises, is handed to graphql-core, as on every other way.
"""

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, OperationType, get_nullable_type
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from graphql.pyutils import Path

from ordergraph.api.completion.kinds import classes
from ordergraph.api.completion.steps import Step
from ordergraph.api.completion.values import NotPure


@dataclass(frozen=True, slots=True)
class Chain:
    """A step, and the chain below what it gives, if it goes on there."""

    name: str
    """In the answer."""
    step: Step
    details: FieldDetailsList
    onward: "Chain | None"

    async def follow(
        self, executor: Executor[Any], source: Any, above: Path | None
    ) -> dict[str, Any]:
        """The object that has this one field; raises the error of one that may not be null."""
        step = self.step
        path = Path(above, self.name, step.kind.name)
        told = executor.build_resolve_info(step.field, step.nodes, step.kind, path)
        try:
            value = step.called(executor, source, told, step.coerced(executor))
            if executor.is_awaitable(value):
                value = await value
            if self.onward is not None and value.__class__ in classes(self.onward.step.kind):
                return {self.name: await self.onward.follow(executor, value, path)}
            answer = executor.complete_value(step.field.type, self.details, told, path, value, None)
            return {self.name: await answer if executor.is_awaitable(answer) else answer}
        except Exception as problem:  # noqa: BLE001  (it is told)
            executor.handle_field_error(problem, step.field.type, self.details, path)
            return {self.name: None}


def chain_of(executor: Executor[Any]) -> Chain | None:
    """The chain of an operation; None for one that is none, or is not for us."""
    kind = executor.operation.operation
    root = executor.schema.get_root_type(kind)
    if kind is OperationType.SUBSCRIPTION or root is None:
        return None
    try:
        fields, deferred, _ = collect_fields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            root,
            executor.operation,
            executor.hide_suggestions,
        )
        return None if deferred else _chain(executor, root, fields)
    except (NotPure, GraphQLError):  # what is wrong with the document is told where it belongs
        return None


def _chain(executor: Executor[Any], kind: GraphQLObjectType, fields: GroupedFieldSet) -> Chain:
    """Raises NotPure where there is no one field, or no step."""
    if len(fields) != 1:
        raise NotPure
    [(name, details)] = fields.items()
    step = Step.of(executor, kind, details)
    return Chain(name, step, details, _onward(executor, step, details))


def _onward(executor: Executor[Any], step: Step, details: FieldDetailsList) -> Chain | None:
    """Below what need not be waited for: what is read is completed by plans."""
    kind = get_nullable_type(step.field.type)
    if step.ours.is_async or not isinstance(kind, GraphQLObjectType):
        return None
    try:
        fields, deferred, _ = executor.collect_subfields(kind, details)
        classes(kind)
        return None if deferred else _chain(executor, kind, fields)
    except (NotPure, GraphQLError):  # as above
        return None
