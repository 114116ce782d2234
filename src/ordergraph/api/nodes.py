"""Objects that node and nodes look up by their id."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, ClassVar
from uuid import UUID

from ordergraph.api.context import Info
from ordergraph.api.ready import Ready


class Loaded(Ready):
    """A Node that a loader looks up: `loader` is its name in Loaders, and it asks what the viewer sees."""

    loader: ClassVar[str]

    @classmethod
    async def resolve_nodes(
        cls,
        *,
        info: Info,
        node_ids: Iterable[str],
        required: bool = False,  # noqa: ARG003  (Relay's signature)
    ) -> list[Any]:
        """In the order of the ids, None for each that is not there for the viewer."""
        loader = attrgetter(cls.loader)(info.context.load)
        found: list[Any] = await loader.load_many([UUID(id_) for id_ in node_ids])
        return found

    @classmethod
    async def asked_for(cls, info: Info, ids: Sequence[UUID]) -> list[Any]:
        """The same, by a field below which stands what is asked for of them: that may come along."""
        return await cls.resolve_nodes(info=info, node_ids=map(str, ids))

    @classmethod
    async def asked_for_alone(cls, info: Info, id_: UUID) -> Any:
        """One, by a field that is no list."""
        (found,) = await cls.asked_for(info, [id_])
        return found
