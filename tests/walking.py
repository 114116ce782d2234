"""Walking the schema as a client: documents that ask for whatever can be reached, found by introspection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
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
from graphql.validation.rules import overlapping_fields_can_be_merged

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from tests.market import Market

MOST = 10**9

Known = Mapping[str, Sequence[str]]
"""What to pass for arguments: by name, then by type; each value is asked for by itself."""
Way = frozenset[str]
"""The types that were entered on the way here."""


@contextmanager
def boundless() -> Iterator[Library]:
    """A library for documents that ask for everything there is: no client may."""
    usual = overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET
    overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MOST
    try:
        yield Library(Limits(*[MOST] * len(fields(Limits))), most_bytes=MOST)
    finally:
        overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = usual


async def introspected(market: Market) -> GraphQLSchema:
    """The schema, as anybody can ask for it."""
    return build_client_schema(await market.ask(None, get_introspection_query()))  # type: ignore[arg-type]  # its JSON


def calls(name: str, definition: GraphQLField, known: Known) -> Iterator[str]:
    """The field with each choice of its required arguments, under names of their own."""
    chosen = [""]
    for argument, asked in definition.args.items():
        if is_required_argument(asked):
            values = _values(name, argument, asked, known)
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


@dataclass
class Document:
    """One operation; what is asked for of a type is written once, as a fragment, or it takes ages."""

    schema: GraphQLSchema
    known: Known
    variables: Mapping[str, str]
    fields: list[str] = field(default_factory=list)
    fragments: dict[tuple[str, int, Way], str] = field(default_factory=dict)

    def ask(self, name: str, definition: GraphQLField, depth: int) -> None:
        """Add a root field, each way to call it, with everything that so many steps lead to."""
        shown = self.below(get_named_type(definition.type), depth, frozenset())
        self.fields += [f"{call} {shown}" for call in calls(name, definition, self.known)]

    def text(self, kind: str) -> str:
        asked = " ".join(self.fields)
        said = " ".join([asked, *self.fragments.values()])
        used = [f"${name}: {of}" for name, of in self.variables.items() if f"${name}" in said]
        head = f"{kind} Walk({', '.join(used)})" if used else f"{kind} Walk"
        return f"{head} {{ {asked} }} {' '.join(self.fragments.values())}"

    def below(self, kind: GraphQLNamedType, depth: int, way: Way) -> str:
        """What to select of a type; no type is entered twice on a way."""
        if is_leaf_type(kind):
            return ""
        members: Sequence[Any] = [kind]
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            members = [m for m in self.schema.get_possible_types(kind) if m.name not in way]
        spreads = [f"...{self._fragment(member, depth, way)}" for member in members]
        return f"{{ __typename {' '.join(spreads)} }}"

    def _fragment(self, kind: GraphQLObjectType, depth: int, way: Way) -> str:
        key = (kind.name, depth, way)
        name = f"{kind.name}_{depth}_{'_'.join(sorted(way))}"
        if key not in self.fragments:
            parts = " ".join(self._parts(kind, depth, way | {kind.name}))
            self.fragments[key] = f"fragment {name} on {kind.name} {{ __typename {parts} }}"
        return name

    def _parts(self, kind: GraphQLObjectType, depth: int, way: Way) -> Iterator[str]:
        for name, definition in kind.fields.items():
            of = get_named_type(definition.type)
            if not is_leaf_type(of) and (not depth or of.name in way):
                continue
            deeper = self.below(of, depth - 1, way)
            for call in calls(name, definition, self.known):
                # one name for each type: fields of two members may be of different types
                own = call if ":" in call.split("(")[0] else f"{name}: {call}"
                yield f"{kind.name}_{own} {deeper}"


def sample(kind: Any, known: Known, name: str = "") -> Any:
    """Some value of an input type; texts are empty and amounts too high, unless they are known."""
    if hasattr(kind, "of_type"):
        inner = sample(kind.of_type, known, name)
        return [inner] if type(kind).__name__ == "GraphQLList" else inner
    if isinstance(kind, GraphQLInputObjectType):
        return {each: sample(f.type, known, each) for each, f in kind.fields.items()}
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    assert isinstance(kind, GraphQLScalarType)
    if name in known:
        return known[name][0]
    plain = {"Int": 1, "Boolean": True, "Decimal": "999999.00", "DateTime": "2027-01-01T00:00:00Z"}
    return plain.get(kind.name, known.get(kind.name, [""])[0])
