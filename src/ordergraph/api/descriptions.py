"""Descriptions of what means the same wherever it stands, so that no part of the contract is without one."""

from collections.abc import Iterator
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

ROOTS: Final = {
    "Query": "What can be read. What you may not see answers as if it did not exist.",
    "Mutation": "What can be done. Each takes one input and answers a union: its success, or the error"
    " that says why nothing has changed.",
    "Subscription": "What can be watched. Each begins with what is, so that a lost connection loses"
    " nothing.",
}
# fmt: off
ARGUMENTS: Final = {
    "first":        "How many at most, from the beginning or after the cursor: up to 100.",
    "after":        "Begin after this cursor: endCursor of the page before.",
    "last":         "How many at most, from the end or before the cursor: up to 100.",
    "before":       "End before this cursor: startCursor of the page after.",
    "id":           "Its id.",
    "ids":          "Their ids, up to 100.",
    "number":       "The order's number, in capitals or not.",
    "status":       "Only what stands so; without, everything.",
    "dueBefore":    "Only what falls due before this moment.",
    "filter":       "Which ones; without, all.",
    "version":      "Which version; without, the one that new orders get.",
    "context":      "What the reasons are for.",
    "endpointId":   "Only those of this endpoint.",
    "unreadOnly":   "Only what you have not read.",
    "lines":        "Which pieces, and how many of each; without, all that are left.",
    "reasonHandle": "For this reason; without, for any.",
    "orderId":      "The order.",
    "disputeId":    "The dispute.",
}
# fmt: on


def describe(schema: GraphQLSchema) -> None:
    """Fill in what is missing; whatever a resolver says of its own arguments stands."""
    for name, said in ROOTS.items():
        schema.type_map[name].description = said
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLUnionType) and not kind.description:
            kind.description = f"What comes of {_verb(kind)}: its success, or why nothing happened."
    for name, argument in _arguments(schema):
        if not argument.description:
            given = get_named_type(argument.type)
            argument.description = given.description if name == "input" else ARGUMENTS.get(name)


def _verb(union: GraphQLUnionType) -> str:
    name = union.name.removesuffix("Result")
    return name[0].lower() + name[1:]


def _arguments(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLArgument]]:
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and kind.name[:2] != "__":
            for field in kind.fields.values():
                yield from field.args.items()
