"""Selections of all that can be asked for, and of what takes arguments."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

LITERALS: Final = {
    "Int": ("1", "20", "-1", "2147483648", "null"),
    "String": ('"plain"', '"\U0001f4e6"', "7", "null"),
    "Boolean": ("true", "false", '"true"'),
    "Role": ("BUYER", "SELLER", "NOBODY", "null"),
    "TradingSide": ("BUYER", "SELLER", "7"),
    "OrderStatus": ("[PLACED]", "[PLACED, DELIVERED]", "DELIVERED", "[]", "[null]", "null"),
    "LineQuantityInput": (
        '[{lineId: "7", quantity: 2}]',
        '{lineId: "T3JkZXI6Nw==", quantity: 1}',
        '[{lineId: "T3JkZXI6Nw==", quantity: 2}, {lineId: "T3JkZXI6OA==", quantity: 1}]',
        '[{lineId: "7"}]',
        "[]",
        "null",
    ),
}
"""What may stand in an argument of each type, some of it wrong."""


def everything(kind: Any, depth: int) -> str:
    """All fields of a type that need no arguments, and all of theirs, so many levels deep."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return "__typename"
    return " ".join(["__typename", *_selected(kind, depth)])


def _selected(kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> Iterator[str]:
    for name, field in kind.fields.items():
        if not any(map(is_required_argument, field.args.values())):
            below = get_named_type(field.type)
            if is_leaf_type(below):
                yield name
            elif depth:
                yield f"{name} {{ {everything(below, depth - 1)} }}"


def with_arguments(kind: Any, random: Random) -> str | None:
    """A field of a type, by a name of its own, with some of the arguments that it takes."""
    fields = kind.fields if isinstance(kind, GraphQLObjectType) else {}
    asked = [name for name, field in fields.items() if field.args]
    if not asked:
        return None
    name = random.choice(asked)
    given = [
        f"{argument}: {random.choice(LITERALS[get_named_type(each.type).name])}"
        for argument, each in fields[name].args.items()
        if random.random() < 0.6
    ]
    below = get_named_type(fields[name].type)
    body = "" if is_leaf_type(below) else f"{{ {everything(below, 1)} }}"
    said = f"({', '.join(given)})" if given else ""
    return f"{name}{random.randrange(10**9)}: {name} {said} {body}"
