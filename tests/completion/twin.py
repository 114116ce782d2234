"""The real schema with other resolvers: each gives what its object was told to give."""

import asyncio
from copy import copy
from typing import Any
from zlib import crc32

from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from ordergraph.api.idempotency import IDEMPOTENT
from ordergraph.api.refusals import Refusals
from ordergraph.api.scalars import SCALARS
from ordergraph.disputes.evidence_types import EvidenceRequiredError
from ordergraph.schema import Schema
from ordergraph.schema import schema as real

GIVEN = "_given"
"""Where an object keeps what its resolvers give: one of several things, which one the arguments say."""


class Raises:
    """Given by a resolver that fails."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem


class Later:
    """What can be awaited, more than once."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return self.value


class Coroutine(Later):
    """Given by a resolver that is not async, and yet makes a coroutine each time."""

    async def made(self) -> Any:
        return await self


def _give(source: Any, name: str, arguments: dict[str, Any]) -> Any:
    choices = source.__dict__[GIVEN][name]
    given = choices[crc32(repr(sorted(arguments.items())).encode()) % len(choices)]
    if isinstance(given, Raises):
        raise given.problem
    return given


def _resolver(field: StrawberryField) -> Any:
    name = field.python_name

    def told(self: Any, info: Info, **arguments: Any) -> Any:
        assert info.context is not None
        value = _give(self, name, arguments)
        return value.made() if isinstance(value, Coroutine) else value

    def curious(self: Any, info: Info, **arguments: Any) -> Any:
        assert info.path is not None
        return told(self, info, **arguments)

    def alone(self: Any, **arguments: Any) -> Any:
        return told(self, Info, **arguments)

    async def later(self: Any, info: Info, **arguments: Any) -> Any:
        value = told(self, info, **arguments)
        return await value if isinstance(value, Later) or asyncio.iscoroutine(value) else value

    resolver = field.base_resolver
    assert resolver is not None
    if field.is_async:
        return later
    if not resolver.info_parameter:
        return alone
    return curious if len(name) % 5 == 0 else told


class Twin(Schema):
    """Where loaded fields begin at once, the answer comes in fewer turns of the event loop."""

    at_once = True

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        return [_faked(field, at_once=self.at_once) for field in type_definition.fields]


class Slow(Twin):
    """Where they are like any other, turn by turn as with graphql-core alone."""

    at_once = False


def _faked(field: StrawberryField, *, at_once: bool) -> StrawberryField:
    if field.base_resolver is None or field.python_name == "_id":
        return field
    arguments = field.arguments
    twin = copy(field)
    if not at_once:
        twin.__class__ = StrawberryField
    twin.extensions = []
    twin.base_resolver = StrawberryResolver(_resolver(field), type_override=field.type)
    twin.is_subscription = False
    twin.arguments = arguments
    return twin


def twin(kind: type[Twin]) -> GraphQLSchema:
    made = kind(
        query=real.query,
        mutation=real.mutation,
        subscription=real.subscription,
        types=[EvidenceRequiredError],
        directives=[IDEMPOTENT],
        exception_handlers=[Refusals()],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    return made._schema
