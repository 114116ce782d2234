"""Subscriptions to the state of one object: as it stands, and again each time its version grows."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema
from strawberry import relay

from ordergraph.api.context import MOMENT, Context, Info
from ordergraph.api.faults import Missing
from ordergraph.api.ids import peek
from ordergraph.infra.glances import Look
from ordergraph.infra.patience import patiently
from ordergraph.infra.rows import Seen

MARK: Final = "live"
"""Where the metadata of a subscription says what it follows; its one argument is the object's id."""
N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Live(Generic[N]):
    """A kind of object whose state is followed."""

    kind: str
    """Its name in ids."""
    what: str
    """What its topics begin with, and what is missing where there is none."""
    look: Look[UUID, Seen[Any]]
    """Reads many, whoever asks."""
    of: Callable[[Any], N]
    """Makes the API's object of a row."""
    fill: Callable[[N, Info], Awaitable[N]] | None = None
    """Reads at once what is asked for below it; else each field reads for itself."""

    def topic(self, id_: UUID) -> str:
        return f"{self.what}:{id_}"

    async def seen(self, context: Context, id_: UUID | None) -> Seen[Any]:
        """How it stands now, for who asks; raises Missing. All who ask in one turn share one look."""
        if id_ is None:
            raise Missing(self.what)
        seen = await patiently(partial(context.desk.glances.at, self.look, id_))
        if seen is None or context.actor.role_on(seen.parties) is None:
            raise Missing(self.what)
        return seen

    async def states(self, info: Info, global_id: relay.GlobalID) -> AsyncGenerator[N, None]:
        """Each state that there is time for, the present one first; raises Missing at any.

        One that could not be told whole is told again when we look the next time.
        """
        info.context.require_user()
        wanted, told = peek(global_id, self.kind), None
        if wanted is None:
            raise Missing(self.what)
        async with info.context.desk.hub.listen(self.topic(wanted)) as nudged:
            while True:
                seen = await self.seen(info.context, wanted)
                if seen.version != told:
                    yield self.of(seen.row)
                    told = None if MOMENT.get().after_a_part else seen.version
                await nudged()


def fill_all(schema: GraphQLSchema) -> None:
    """Let subscriptions to a state answer with all that is asked for; Strawberry's just pass it on."""
    assert schema.subscription_type is not None
    for field in schema.subscription_type.fields.values():
        live = live_at(field)
        if live is not None and live.fill is not None:
            field.resolve = partial(_resolved, live.fill)


async def _resolved(
    fill: Callable[[Any, Info], Awaitable[Any]],
    source: Any,
    info: GraphQLResolveInfo[Context],
    **_: object,
) -> Any:
    return await fill(source, Info(_raw_info=info, _field=None))  # type: ignore[arg-type]  # nobody asks for it


def live_at(field: GraphQLField) -> Live[Any] | None:
    """What this field of Subscription follows, if it is the state of one object."""
    declared = field.extensions["strawberry-definition"]
    found: Live[Any] | None = declared.metadata.get(MARK)
    return found
