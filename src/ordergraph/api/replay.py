"""What a success is kept as, and how it is told again: which objects, never what was shown of them."""

from dataclasses import fields
from functools import cache
from typing import Any

from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.pages import Edge
from ordergraph.infra.idempotency import Result
from ordergraph.kernel.refusal import NotFound


def result_of(success: Any) -> Result:
    """The identity of a success: its type, and the object behind each of its fields."""
    kind: Any = type(success)
    return Result(
        _type_name(success), {name: _named(getattr(success, name)) for name in _fields(kind)}
    )


@cache
def _fields(success: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(success) if field.init)


def _named(value: Any) -> str | None:
    if value is None:
        return None
    node = value.node if isinstance(value, Edge) else value
    assert isinstance(node, relay.Node), "a success is made of objects that can be found again"
    return f"{_type_name(node)}:{node.id}"  # type: ignore[attr-defined]  # all our nodes have an id


def _type_name(value: Any) -> str:
    name: str = type(value).__strawberry_definition__.name
    return name


async def rebuilt(info: Info, result: Result) -> Any:
    """The success again, from the rows of now; NotFound when the viewer may not see them any more."""
    kind = _kind(info, result.type)
    return kind(**{name: await _shown(info, kind, name, id_) for name, id_ in result.ids.items()})


async def _shown(info: Info, success: Any, field: str, named: str | None) -> Any:
    if named is None:
        return None
    type_name, _, id_ = named.partition(":")
    (node,) = await _kind(info, type_name).resolve_nodes(info=info, node_ids=[id_])
    if node is None:
        raise NotFound(what=type_name.lower())
    if _is_edge(success, field):
        return Edge(cursor=node.listed_by.cursor(node.row), node=node)
    return node


def _is_edge(success: Any, field: str) -> bool:
    kind: Any = success.__strawberry_definition__.get_field(field).type
    return isinstance(kind, type) and issubclass(kind, Edge)


def _kind(info: Info, type_name: str) -> Any:
    """The class behind a type of the schema."""
    definition: Any = info.schema.get_type_by_name(type_name)
    assert definition is not None, f"{type_name} is a type of the schema"
    return definition.origin
