"""Walking the schema as a client: documents that ask for whatever can be reached, found by introspection."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    get_introspection_query,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.market import Market

Known = Mapping[str, Sequence[str]]
"""What to pass for arguments: by name, then by type; each value is asked for by itself."""


async def introspected(market: Market) -> GraphQLSchema:
    """The schema, as anybody can ask for it."""
    return build_client_schema(await market.ask(None, get_introspection_query()))  # type: ignore[arg-type]  # its JSON


def calls(name: str, field: GraphQLField, known: Known) -> Iterator[str]:
    """The field with each choice of its required arguments, under names of their own."""
    chosen = [""]
    for argument, definition in field.args.items():
        if is_required_argument(definition):
            values = _values(name, argument, definition, known)
            chosen = [f"{said} {argument}: {value}" for said in chosen for value in values]
    for number, said in enumerate(chosen):
        alias = f"{name}_{number}: " if number else ""
        yield f"{alias}{name}({said.strip()})" if said else f"{alias}{name}"


def _values(name: str, argument: str, definition: GraphQLArgument, known: Known) -> Sequence[str]:
    kind = get_named_type(definition.type)
    if isinstance(kind, GraphQLEnumType):
        return list(kind.values)
    found = known.get(argument) or known.get(kind.name)
    assert found, f"say what {name} is asked with for {argument}: {kind.name}"
    return found


def selection(kind: GraphQLNamedType, schema: GraphQLSchema, known: Known, depth: int) -> str:
    """Everything that is reached from this type in so many steps; no type is entered twice on a way."""
    return _selection(kind, schema, known, depth, ())


def _selection(
    kind: GraphQLNamedType, schema: GraphQLSchema, known: Known, depth: int, way: tuple[str, ...]
) -> str:
    if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
        members = [
            f"... on {member.name} {_selection(member, schema, known, depth, way)}"
            for member in schema.get_possible_types(kind)
            if member.name not in way
        ]
        return f"{{ __typename {' '.join(members)} }}"
    assert isinstance(kind, GraphQLObjectType)
    parts = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if not is_leaf_type(below) and (not depth or below.name in (*way, kind.name)):
            continue
        deeper = (
            ""
            if is_leaf_type(below)
            else _selection(below, schema, known, depth - 1, (*way, kind.name))
        )
        for call in calls(name, field, known):
            # one name for each type: fields of two members may be of different types
            own = call if ":" in call.split("(")[0] else f"{name}: {call}"
            parts.append(f"{kind.name}_{own} {deeper}")
    return f"{{ {' '.join(parts)} }}"


def sample(kind: Any, known: Known, field: str = "") -> Any:
    """Some value of an input type; texts are empty and amounts too high, unless they are known."""
    if hasattr(kind, "of_type"):
        inner = sample(kind.of_type, known, field)
        return [inner] if type(kind).__name__ == "GraphQLList" else inner
    if isinstance(kind, GraphQLInputObjectType):
        return {name: sample(f.type, known, name) for name, f in kind.fields.items()}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    assert isinstance(kind, GraphQLScalarType)
    if field in known:
        return known[field][0]
    plain = {"Int": 1, "Boolean": True, "Decimal": "999999.00", "DateTime": "2027-01-01T00:00:00Z"}
    return plain.get(kind.name, known.get(kind.name, [""])[0])
