"""Documents that are wrong by one letter, for every name of the schema: what a prying client sends."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

AT_ONCE = 5
"""Mistakes in one document: no more than ten errors come back."""


class Probe(NamedTuple):
    """A document, its variables, and the names that no answer to it may hold."""

    document: str
    variables: dict[str, Any]
    names: list[str]


def wrong(name: str) -> str:
    return name[:-1] + ("y" if name.endswith("x") else "x")


def probes(schema: GraphQLSchema) -> Iterator[Probe]:
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        typo = wrong(kind.name)
        yield Probe(f"{{ ... on {typo} {{ __typename }} }}", {}, [kind.name])
        yield Probe(f"query Q($v: {typo}) {{ now @skip(if: $v) }}", {}, [kind.name])
        yield from _inside(kind)


def _inside(kind: GraphQLNamedType) -> Iterator[Probe]:
    if isinstance(kind, GraphQLObjectType):
        yield from _fields(kind)
        yield from _arguments(kind)
    elif isinstance(kind, GraphQLEnumType):
        for name in kind.values:
            yield from _values(kind.name, name, wrong(name), wrong(name))
    elif isinstance(kind, GraphQLInputObjectType):
        for name in kind.fields:
            yield from _values(kind.name, name, f"{{{wrong(name)}: 1}}", {wrong(name): 1})


def _fields(kind: GraphQLObjectType) -> Iterator[Probe]:
    names = list(kind.fields)
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        asked = " ".join(map(wrong, some))
        yield Probe(f"{{ ...F }} fragment F on {kind.name} {{ {asked} }}", {}, some)


def _arguments(kind: GraphQLObjectType) -> Iterator[Probe]:
    for name, field in kind.fields.items():
        for argument in field.args:
            document = f"{{ ...F }} fragment F on {kind.name} {{ {name}({wrong(argument)}: 1) }}"
            yield Probe(document, {}, [argument] if len(field.args) == 1 else [])


def _values(kind: str, name: str, literal: str, sent: Any) -> Iterator[Probe]:
    """Once in the document, and once in a variable: they are read by different hands."""
    yield Probe(f"query Q($v: {kind} = {literal}) {{ now }}", {}, [name])
    yield Probe(f"query Q($v: {kind}) {{ now }}", {"v": sent}, [name])
