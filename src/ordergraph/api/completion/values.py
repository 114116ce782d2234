"""How a value becomes what stands in the answer; whatever is strange is refused, and left to graphql-core."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import CoroutineType
from typing import Any, Final, Never, TypeAlias
from uuid import UUID

from graphql import GraphQLLeafType, Undefined
from graphql.pyutils import is_awaitable
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

Complete: TypeAlias = Callable[[Any, Any], Any]
"""Takes the value and what its resolvers are told (plans.Told); raises whatever it likes."""
INERT: Final = frozenset({str, int, float, bool, datetime, date, Decimal, UUID})
"""Nothing of these classes, exactly, is an error or has to be awaited."""


class NotPure(Exception):
    """Graphql-core does this one."""


def refuse_strange(value: object) -> None:
    """Raise NotPure for what graphql-core would raise, await or take for null."""
    strange = value is None or value is Undefined or isinstance(value, Exception)
    if strange or is_awaitable(value):
        raise NotPure


def refused(_: object, __: object) -> Never:
    raise NotPure


def null(*, required: bool) -> None:
    if required:
        raise NotPure


@cache
def leaf(kind: GraphQLLeafType, *, required: bool) -> Complete:
    coerce = kind.coerce_output_value

    def complete(value: Any, _: Any) -> Any:
        if value is None:
            return null(required=required)
        if value.__class__ not in INERT:
            refuse_strange(value)
        shown = coerce(value)
        if shown is None or shown is Undefined:
            raise NotPure
        return shown

    return complete


def listed(item: Complete, *, required: bool) -> Complete:
    """A list or a tuple; a generator can be gone through once only, so it is left alone."""

    def complete(value: Any, told: Any) -> Any:
        if value.__class__ is list or value.__class__ is tuple:
            told.take(len(value))
            return [item(each, told) for each in value]
        if value is None:
            return null(required=required)
        raise NotPure

    return complete


def dispatched(write: Callable[[type, Any], Complete], *, required: bool) -> Complete:
    """A member of a union, or of an interface, by its very class; each is written when one is met."""
    members: dict[type, Complete] = {}

    def complete(value: Any, told: Any) -> Any:
        if value is None:
            return null(required=required)
        if getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None:
            raise NotPure
        kind = value.__class__
        if kind not in members:
            members[kind] = write(kind, told)
        return members[kind](value, told)

    return complete


def made(complete: Complete) -> Complete:
    """For what a resolver has just made: nobody else will await the coroutines in it."""

    def complete_made(value: Any, told: Any) -> Any:
        try:
            return complete(value, told)
        except Exception:
            _close(value)
            raise

    return complete_made


def _close(value: Any) -> None:
    if isinstance(value, CoroutineType):
        value.close()
    elif value.__class__ is list or value.__class__ is tuple:
        for each in value:
            _close(each)
