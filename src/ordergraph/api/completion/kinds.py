"""Of which kind an object is, where its very class says it."""

from collections.abc import Mapping
from functools import cache

from graphql import GraphQLAbstractType, GraphQLObjectType, GraphQLSchema
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from ordergraph.api.completion.reading import BACKREF
from ordergraph.api.completion.values import NotPure


@cache
def members(kind: GraphQLAbstractType, schema: GraphQLSchema) -> Mapping[type, GraphQLObjectType]:
    """Which objects are of which kind, where their very class says it; nothing where it does not."""
    if getattr(kind.extensions[BACKREF], "resolve_type", None) is not None:
        return {}
    return {
        possible.extensions[BACKREF].origin: possible
        for possible in schema.get_possible_types(kind)
        if possible.extensions[BACKREF].concrete_of is None
    }


def member_of(
    kind: GraphQLAbstractType, schema: GraphQLSchema, value: object
) -> GraphQLObjectType | None:
    """Which kind of object this is; None where only graphql-core knows."""
    if getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None:
        return None
    return members(kind, schema).get(value.__class__)


@cache
def classes(kind: GraphQLObjectType) -> frozenset[type]:
    """The very classes of the objects of this kind; raises NotPure where those do not say it all."""
    definition = kind.extensions.get(BACKREF)
    if definition is None or definition.is_type_of is not None:
        raise NotPure
    templates = (definition.concrete_of.origin,) if definition.concrete_of else ()
    classes = frozenset({definition.origin, *templates})
    if any(issubclass(each, Exception) or hasattr(each, "__await__") for each in classes):
        raise NotPure
    return classes
