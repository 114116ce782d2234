"""How much introspection answers: its lists are no pages, the schema says how long they are."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from graphql import (
    GraphQLDirective,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
)

DEEPEST: Final = 3
"""So many `ofType` inside of each other find something: `[Order!]!` is a not-null of a list of a not-null."""
SINGLE: Final = (
    "__type",
    "__Schema.queryType",
    "__Schema.mutationType",
    "__Schema.subscriptionType",
)
"""What gives one type by itself. The largest have half as much below them as all types together."""
Items = Mapping[str, float]


@lru_cache(maxsize=4)
def items(schema: GraphQLSchema) -> Items:
    """How many items each field of introspection gives, on average over all that have such a field; what
    is not here gives one.

    Multiplied, they are no fewer than what is answered: inside of `types` lies one list of types and no
    more (`Limits.introspection_nesting`), so that there the averages are exact.
    """
    types = list(schema.type_map.values())
    fields = [field for kind in types for field in _fields(kind)]
    counts = {
        "fields": len(fields),
        "inputFields": sum(len(kind.fields) for kind in types if is_input_object_type(kind)),
        "enumValues": sum(len(kind.values) for kind in types if is_enum_type(kind)),
        "possibleTypes": sum(
            len(schema.get_possible_types(kind)) for kind in types if is_abstract_type(kind)
        ),
        "interfaces": sum(len(getattr(kind, "interfaces", ())) for kind in types),
    }
    return {
        "__Schema.types": len(types),
        "__Schema.directives": len(schema.directives),
        "__Directive.args": _arguments(schema.directives),
        "__Field.args": _arguments(fields),
        **{f"__Type.{name}": count / len(types) for name, count in counts.items()},
        **dict.fromkeys(SINGLE, len(types) / 2),
    }


def _fields(kind: GraphQLNamedType) -> Iterable[GraphQLField]:
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return list(kind.fields.values())
    return ()


def _arguments(having: Sequence[GraphQLField | GraphQLDirective]) -> float:
    return sum(len(one.args) for one in having) / max(1, len(having))
