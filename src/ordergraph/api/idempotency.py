"""The idempotency key of each mutation in a request: at its field, or in the header."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DirectiveLocation,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLField,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLString,
    get_directive_values,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.executor import to_nodes
from graphql.execution.values import VariableValues

from ordergraph.api.context import MOMENT, Info
from ordergraph.api.faults import BadUserInput, KeyRequired
from ordergraph.infra.idempotency import LONGEST_KEY
from ordergraph.kernel.refusal import KeyReused

Raw = GraphQLResolveInfo[Any]
KEY_HEADER: Final = "idempotency-key"
KEY: Final = re.compile(rf"[ -~]{{1,{LONGEST_KEY}}}")
EXEMPT: Final = "ordergraph:exempt"
"""Under this name a mutation that needs no key says why, in its metadata."""

IDEMPOTENT: Final = GraphQLDirective(
    name="idempotent",
    locations=[DirectiveLocation.FIELD],
    args={
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description="Between 1 and 255 printable ASCII characters; a fresh UUID is best.",
        )
    },
    description=(
        "Makes a retried mutation safe: the first call with a key does the work, a repeat returns"
        " its result. One fresh UUID for each thing the person means to do. Kept for nine days, one"
        " namespace per caller; the same key with other arguments is an IdempotencyError. Required"
        " on every mutation that moves money or state; the Idempotency-Key header serves HTTP"
        " requests with a single mutation."
    ),
)


def key_of(info: Info) -> str:
    """The key of this field. Whatever is wrong with any key of the request is found before the
    first of its mutations has done anything.
    """
    name, keys = str(info.path.key), keys_of(info)
    if next(other for other, key in keys.items() if key == keys[name]) != name:
        raise KeyReused  # by a field before this one
    return keys[name]


def keys_of(info: Info) -> Mapping[str, str]:
    """The keys of all fields of this operation that need one, in their order; read once."""
    moment = MOMENT.get()
    if moment.keys is None:
        moment.keys = dict(_keys(info._raw_info, info.context.idempotency_key))  # noqa: SLF001  (Strawberry shows no other fields)
    return moment.keys


def _keys(info: Raw, header: str | None) -> Iterator[tuple[str, str]]:
    asked = _mutations(info)
    if header is not None and len(asked) > 1:
        raise BadUserInput(
            "The Idempotency-Key header serves a request with one mutation;"
            " with several, each needs its own @idempotent(key:)."
        )
    for name, nodes in asked.items():
        field = info.parent_type.fields[nodes[0].name.value]
        if needs_key(field):
            yield name, _key(info, name, nodes, header)


def needs_key(field: GraphQLField) -> bool:
    return EXEMPT not in field.extensions["strawberry-definition"].metadata


def _mutations(info: Raw) -> dict[str, list[FieldNode]]:
    """The fields that will run, by the names of their answers, as the executor collects them."""
    selections = info.operation.selection_set.selections
    if len(selections) == 1 and isinstance(selections[0], FieldNode):
        return {str(info.path.key): info.field_nodes}  # it is the one that asks
    found = collect_fields(
        info.schema,
        {name: FragmentDetails(fragment) for name, fragment in info.fragments.items()},
        _variables(info),
        info.parent_type,
        info.operation,
    ).grouped_field_set
    nodes = {name: to_nodes(details) for name, details in found.items()}
    return {name: asked for name, asked in nodes.items() if not _is_meta(asked)}


def _variables(info: Raw) -> VariableValues:
    """As the executor has them: Strawberry shows resolvers the values alone."""
    coerced: Any = info.variable_values
    return VariableValues({}, coerced)


def _is_meta(nodes: list[FieldNode]) -> bool:
    return nodes[0].name.value.startswith("__")


def _key(info: Raw, name: str, nodes: list[FieldNode], header: str | None) -> str:
    """The one key of a field; it may stand in several places if it is the same in all."""
    said = [get_directive_values(IDEMPOTENT, node, _variables(info)) for node in nodes]
    given: set[str] = {values["key"] for values in said if values}
    if header is not None:
        given.add(header)
    if not given:
        raise KeyRequired([name])
    if len(given) > 1:
        raise BadUserInput("Two different idempotency keys for one mutation.", [name])
    key = given.pop()
    if not KEY.fullmatch(key):
        raise BadUserInput(
            "An idempotency key has between 1 and 255 printable ASCII characters.", [name]
        )
    return key
