"""Where a field's value comes from: one way a function, tried in turn."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLField, GraphQLObjectType
from strawberry import relay
from strawberry.types.field import StrawberryField

from ordergraph.api.columns import MINOR, PLAIN, money
from ordergraph.api.completion.values import NotPure
from ordergraph.api.ready import LoadedField

BACKREF: Final = "strawberry-definition"
"""Under this name Strawberry leaves its own definition in graphql-core's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression over `source`, `told`, `{by}`: the one object that it needs beside them; and
    `{given}`: the field's arguments.
    """

    text: str
    by: Any = None
    made: bool = False
    """Whether a resolver makes the value, so that it is nobody else's."""
    may_wait: bool = False
    """Whether it may have to wait after all, and raises NotReady then."""


def reading(kind: GraphQLObjectType, field: GraphQLField) -> Reading:
    """How the field is read from an object of this kind; raises NotPure where only graphql-core knows."""
    ours = refuse_wrapped(field)
    for way in WAYS:
        found = way(kind, ours)
        if found is not None:
            return found
    raise NotPure


def refuse_wrapped(field: GraphQLField) -> StrawberryField:
    """Strawberry's definition of a field; raises NotPure where more happens than its resolver."""
    ours = strawberry_field(field)
    if ours.extensions:
        raise NotPure
    return ours


def strawberry_field(field: GraphQLField) -> StrawberryField:
    """Strawberry's definition of a field; raises NotPure where its resolver is called in ways of its own."""
    ours: StrawberryField | None = field.extensions.get(BACKREF)
    if ours is None or ours.is_subscription:
        raise NotPure
    if type(ours).get_result is not StrawberryField.get_result:
        raise NotPure
    return ours


def _attribute(_: GraphQLObjectType, field: StrawberryField) -> Reading | None:
    if not field.is_basic_field or field.default_resolver is not getattr:
        return None
    if PLAIN in field.metadata:  # as its property would, without a call
        return Reading(f"source.row.{field.metadata[PLAIN]}")
    if MINOR in field.metadata:
        return Reading(f"{{by}}(source.row.{field.metadata[MINOR]}, source.currency)", money)
    return Reading(f"source.{field.python_name}")


def _global_id(kind: GraphQLObjectType, field: StrawberryField) -> Reading | None:
    """Relay's id, of an object whose very class says which attribute it is made of."""
    origin = kind.extensions[BACKREF].origin
    if _function(field) is not _RELAYS_ID:
        return None
    if any(getattr(origin, name).__func__ is not theirs for name, theirs in _RELAYS_WAY.items()):
        return None
    return Reading("{by}(source)", _identified(kind.name, origin, origin.resolve_id_attr()))


def _loaded(_: GraphQLObjectType, field: StrawberryField) -> Reading | None:
    if not isinstance(field, LoadedField) or not field.is_async:
        return None
    return Reading(f"at_once({_call(field)})", _function(field), made=True, may_wait=True)


def _resolved(_: GraphQLObjectType, field: StrawberryField) -> Reading | None:
    if field.base_resolver is None or field.is_async:
        return None
    return Reading(_call(field), _function(field), made=True)


WAYS: Final[tuple[Callable[[GraphQLObjectType, StrawberryField], Reading | None], ...]] = (
    _attribute,
    _global_id,
    _loaded,
    _resolved,
)


def _call(field: StrawberryField) -> str:
    """A call of the resolver, with what it asks for: itself, maybe what it is told, its arguments."""
    resolver = field.base_resolver
    assert resolver is not None, "a field that is called has one"
    if resolver.root_parameter or resolver.parent_parameter or not resolver.self_parameter:
        raise NotPure
    asked = resolver.info_parameter
    info = f", {asked.name}=told" if asked else ""
    given = ", **told.given({given})" if field.arguments else ""
    return f"{{by}}(source{info}{given})"


def _function(field: StrawberryField) -> object:
    """The plain function behind the resolver, whatever it is bound to."""
    resolver = field.base_resolver and field.base_resolver.wrapped_func
    return getattr(resolver, "__func__", resolver)


_RELAYS_ID: Final = _function(
    next(f for f in relay.Node.__strawberry_definition__.fields if f.python_name == "_id")  # type: ignore[attr-defined]  # set by strawberry.interface
)
_RELAYS_WAY: Final = {
    "resolve_id": relay.Node.resolve_id.__func__,  # type: ignore[attr-defined]  # a class method
    "resolve_typename": relay.Node.resolve_typename.__func__,  # type: ignore[attr-defined]  # a class method
}


def _identified(name: str, origin: type, attribute: str) -> Callable[[Any], str]:
    """As relay.to_base64, for what has a string to it."""

    def identified(source: Any) -> str:
        if source.__class__ is not origin:
            raise NotPure
        value = getattr(source, attribute)
        if value is None or hasattr(value, "__await__"):
            raise NotPure
        return binascii.b2a_base64(f"{name}:{value!s}".encode(), newline=False).decode()

    return identified
