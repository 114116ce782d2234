"""The batched look-ups of what is shown and noted in disputes, for loaders.py to hold."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ordergraph.api.batches import Asks
from ordergraph.api.lists import Asked, pages
from ordergraph.disputes import queries
from ordergraph.disputes.checklist import Had
from ordergraph.disputes.evidence_types import HANDED_IN
from ordergraph.disputes.models import Evidence, InternalNote
from ordergraph.disputes.thread_types import NOTES
from ordergraph.kernel.actor import Actor


async def _evidence(_: Actor, asked: list[Asked]) -> Mapping[Asked, Sequence[Evidence]]:
    return await pages(Evidence, "dispute_id", HANDED_IN, asked)


async def _had(_: Actor, ids: list[UUID]) -> Mapping[UUID, set[Had]]:
    return await queries.evidence_had(ids)


async def _notes(_: Actor, asked: list[Asked]) -> Mapping[Asked, Sequence[InternalNote]]:
    return await pages(InternalNote, "dispute_id", NOTES, asked)


class ShownLoaders:
    """Who sees a dispute sees the evidence in it. Who asks for notes meets the dispute as an operator."""

    evidence: Asks[Asked, Sequence[Evidence]] = Asks(_evidence)
    had: Asks[UUID, set[Had]] = Asks(_had)
    notes: Asks[Asked, Sequence[InternalNote]] = Asks(_notes)

    def __init__(self, viewer: Actor) -> None:
        self.asker = viewer
