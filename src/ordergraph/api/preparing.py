"""An operation as graphql-core prepares it for its execution: made once, and kept with its document.

Graphql-core goes through the whole document for each execution, and looks up the types of its variables.
The first executor of an operation is made that way, and others like it after it; from then on only
the values of the variables are new. Scalars and enums among them are coerced one by one. Whatever is not
that simple, or wrong, is graphql-core's to coerce, and to tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from graphql import (
    GraphQLError,
    Undefined,
    get_nullable_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import Executor
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import RefMap
from graphql.type import GraphQLResolveInfoHelpers
from graphql.utilities import coerce_input_value
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable

from ordergraph.api.documents.library import Document

MOST_ERRORS: Final = 50
"""As many of the variables' errors graphql-core tells, unless it is told otherwise."""
OWN: Final[Mapping[str, Callable[[], Any]]] = {
    "collected_errors": CollectedErrors,
    "pending_incremental_futures": set,
    "background_futures": set,
    "groups": list,
    "tasks": list,
    "streams": list,
    "_relevant_sub_fields": dict,
    "_stream_usages": RefMap,
    "_initial_execution_plans": RefMap,
    "_deferred_execution_plans": RefMap,
}
"""What an executor writes to, and begins with; a test finds what else there may be."""
Variables = Mapping[str, Any]


def executor_of(
    schema: Schema,
    document: Document,
    name: str | None,
    variables: dict[str, Any] | None,
    context: object,
    root: object,
) -> Executor[Any] | list[GraphQLError]:
    """Who executes the operation of this name, or the only one; or what is wrong with its variables."""
    known: Prepared | None = document.prepared.get(name)
    if known is not None and known.schema is schema:
        return known.executor(variables or {}, context, root)
    kind: Any = schema.execution_context_class
    made: Executor[Any] | list[GraphQLError] = kind.build(
        schema._schema,  # noqa: SLF001  (Strawberry has no other way to graphql-core's)
        document.tree,
        root,
        context,
        variables,
        name,
        is_awaitable=optimized_is_awaitable,
        operation_extensions=None,
    )
    if not isinstance(made, list):
        document.prepared[name] = Prepared.of(made, schema)
    return made


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the executors of one operation have in common."""

    schema: Schema
    like: Executor[Any]
    """Such an executor, with nothing of anybody's in it."""
    simple: tuple[tuple[str, Any], ...] | None
    """Names and signatures of the variables, if all are scalars or enums without a default."""

    @classmethod
    def of(cls, made: Executor[Any], schema: Schema) -> Self:
        signatures = [(name, each.signature) for name, each in made.variable_values.sources.items()]
        return cls(
            schema,
            _anew(made, None, None, VariableValues({}, {})),
            tuple(signatures) if all(_is_simple(each) for _, each in signatures) else None,
        )

    def executor(
        self, variables: Variables, context: object, root: object
    ) -> Executor[Any] | list[GraphQLError]:
        values = self._coerced(variables) or self._coerced_at_length(variables)
        return values if isinstance(values, list) else _anew(self.like, root, context, values)

    def _coerced(self, given: Variables) -> VariableValues | None:
        """None where graphql-core has to look."""
        if self.simple is None:
            return None
        values = VariableValues({}, {})
        for name, signature in self.simple:
            value = made = given.get(name, Undefined)
            if value is not Undefined:
                made = coerce_input_value(value, signature.type)
            if made is not Undefined:
                values.coerced[name] = made
            elif value is not Undefined or is_non_null_type(signature.type):
                return None
            values.sources[name] = VariableValueSource(signature, value)
        return values

    def _coerced_at_length(self, given: Variables) -> VariableValues | list[GraphQLError]:
        definitions = self.like.operation.variable_definitions or ()
        return get_variable_values(self.like.schema, definitions, dict(given), MOST_ERRORS)


def _anew(like: Executor[Any], root: object, context: object, values: VariableValues) -> Any:
    """Another such executor, that has done nothing yet. Its class would look at all of it once more, for
    three times as long; graphql-core copies those of events and of deferred parts, too.
    """
    made: Any = object.__new__(type(like))
    made.__dict__.update(like.__dict__)
    made.root_value, made.context_value, made.variable_values = root, context, values
    made.async_helpers = GraphQLResolveInfoHelpers(made.gather_async_work, made.track_async_work)
    made.__dict__.update([(name, empty()) for name, empty in OWN.items()])
    return made


def _is_simple(signature: Any) -> bool:
    return signature.default is None and is_leaf_type(get_nullable_type(signature.type))
