"""The contract in the hands of code generators and linters: names they can take, shapes they expect."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    specified_scalar_types,
    validate,
)

from ordergraph.schema import NODES, schema
from tests.house.reserved import WORDS

SCHEMA = schema._schema
TYPES = [
    kind
    for name, kind in sorted(SCHEMA.type_map.items())
    if not name.startswith("__") and name not in specified_scalar_types
]
CONNECTIONS = [kind for kind in TYPES if kind.name.endswith("Connection")]
ERRORS = sorted(kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["UserError"]))  # type: ignore[arg-type]  # an interface
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
FEEDS = SCHEMA.subscription_type.fields if SCHEMA.subscription_type else {}

RESERVED = frozenset().union(*WORDS.values())
TAKEN = frozenset(
    """
    Any Array Bool Character Class Data Date Dictionary Double Enum Error Exception Float Future Iterable
    List Map Object Optional Pair Promise Protocol Record Result Self Set Stream Symbol Task Type Unit Void
""".split()
)
"""What a type may not be called: every program in one of these languages has something of that name."""
MEMBERS = {"__typename", "hashCode", "toString", "copy", "equals", "runtimeType", "description"}
"""Fields of an error, a node or an event that objects of these languages have already."""
WORSE = {"self", "init", "type", "protocol"}
"""What a Swift enum has no case for, quoted or not."""
GROWS = "More (values|kinds|accounts) may come|there will never be"


def _called(kind: GraphQLNamedType) -> str:
    return kind.name


def _names(kind: GraphQLNamedType) -> Iterator[str]:
    """Fields and arguments, as they are written."""
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield from (name, *field.args)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from kind.fields


@pytest.mark.parametrize("kind", TYPES, ids=_called)
def test_no_name_is_a_reserved_word_of_a_client_s_language(kind: GraphQLNamedType) -> None:
    """P3."""
    said = {"description"} & set(
        _names(kind)
    )  # a word of the field's own, which Swift's types bear

    assert kind.name not in TAKEN | RESERVED
    assert set(_names(kind)) & (RESERVED | MEMBERS) <= said
    if isinstance(kind, GraphQLEnumType):
        assert not {value.lower() for value in kind.values} & WORSE
        assert not set(kind.values) & RESERVED


def test_no_two_types_differ_in_capitals_alone() -> None:
    """P3: a generator makes a file of each, and some disks do not tell capitals apart."""
    assert len({kind.name.lower() for kind in TYPES}) == len(TYPES)


def _whole(kind: GraphQLObjectType) -> str:
    """A selection of everything that needs no argument; of objects, what they are."""
    chosen = [
        name if is_leaf_type(get_named_type(field.type)) else f"{name} {{ __typename }}"
        for name, field in kind.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
    ]
    return f"... on {kind.name} {{ {' '.join(chosen)} }}"


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_client_may_select_all_of_every_answer_at_once(name: str) -> None:
    """P3: the same word means the same kind of thing in each member of a result."""
    union = get_named_type(MUTATIONS[name].type)
    assert isinstance(union, GraphQLUnionType)
    members = " ".join(_whole(member) for member in union.types)
    taken = get_named_type(MUTATIONS[name].args["input"].type).name
    document = f"mutation M($input: {taken}!) {{ {name}(input: $input) {{ {members} }} }}"

    assert validate(SCHEMA, parse(document)) == []


def test_a_client_may_select_all_that_can_block_a_button() -> None:
    """P3: `blockedBy` answers any of the errors."""
    errors = " ".join(_whole(SCHEMA.type_map[name]) for name in ERRORS)  # type: ignore[arg-type]  # objects
    document = (
        f"query Q($id: ID!) {{ order(id: $id) {{ actions {{ blockedBy {{ {errors} }} }} }} }}"
    )

    assert validate(SCHEMA, parse(document)) == []


@pytest.mark.parametrize("kind", CONNECTIONS, ids=_called)
def test_a_connection_is_as_relay_specifies_it(kind: GraphQLObjectType) -> None:
    """P1."""
    edges = kind.fields["edges"].type
    edge = get_named_type(edges)

    assert isinstance(edge, GraphQLObjectType)
    assert isinstance(edges, GraphQLNonNull)
    assert isinstance(edges.of_type, GraphQLList)
    assert edge.name == kind.name.removesuffix("Connection") + "Edge"
    assert str(kind.fields["pageInfo"].type) == "PageInfo!"
    assert str(edge.fields["cursor"].type) == "String!"
    assert "node" in edge.fields
    assert str(kind.fields["nodes"].type) == f"[{edge.fields['node'].type}]!"


def test_a_page_says_where_it_lies_as_relay_specifies_it() -> None:
    """P1."""
    info = SCHEMA.type_map["PageInfo"]

    assert isinstance(info, GraphQLObjectType)
    assert {name: str(field.type) for name, field in info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_every_list_of_nodes_that_grows_is_paged_forward() -> None:
    """P1: `first` and `after`, wherever a connection comes from."""
    paged = [
        (kind.name, name, field)
        for kind in TYPES
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    ]

    assert paged
    for owner, name, field in paged:
        taken = {argument: str(given.type) for argument, given in field.args.items()}
        assert taken["first"].removesuffix("!") == "Int", f"{owner}.{name}"
        assert taken["after"] == "String", f"{owner}.{name}"


def test_node_and_nodes_find_all_that_has_an_id() -> None:
    """P1: Relay refetches by `node(id: ID!): Node`."""
    query = SCHEMA.query_type
    assert query is not None
    identified = {kind.name for kind in TYPES if "id" in getattr(kind, "fields", {})} - {"Node"}
    nodes = {kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}  # type: ignore[arg-type]  # an interface

    assert str(query.fields["node"].type) == "Node"
    assert str(query.fields["node"].args["id"].type) == "ID!"
    assert str(query.fields["nodes"].type) == "[Node]!"
    assert identified == nodes == set(NODES)


def test_what_is_sent_is_called_so() -> None:
    """P3: generators for Kotlin append Input where it is missing."""
    inputs = [kind.name for kind in TYPES if isinstance(kind, GraphQLInputObjectType)]

    assert [name for name in inputs if not name.endswith("Input")] == []
    assert not [
        kind.name
        for kind in TYPES
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Type")
    ]


def test_what_names_an_object_is_an_id() -> None:
    """Never a String or an Int: a generator gives ids a type of their own."""
    for kind in TYPES:
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                if name.endswith(("Id", "Ids")) and not name.lower().endswith("externalid"):
                    assert get_named_type(field.type).name == "ID", f"{kind.name}.{name}"


@pytest.mark.parametrize("kind", [k for k in TYPES if isinstance(k, GraphQLEnumType)], ids=_called)
def test_values_are_in_capitals_and_more_are_announced(kind: GraphQLEnumType) -> None:
    assert all(value == value.upper() for value in kind.values)
    assert re.search(GROWS, kind.description or "")
