"""The batched look-ups of withdrawals, for loaders.py to hold."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ordergraph.api.batches import Asks, seen
from ordergraph.cancellations.plan import Left
from ordergraph.disputes import queries as disputes
from ordergraph.disputes.process import EndedFacts
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order, OrderLine
from ordergraph.withdrawals import queries
from ordergraph.withdrawals.graphql import Withdrawal
from ordergraph.withdrawals.models import WithdrawalLine
from ordergraph.withdrawals.process import Ground, kept
from ordergraph.withdrawals.types import Document

_visible = seen(queries.visible_to, Withdrawal.of)


async def _of_orders(viewer: Actor, ids: list[UUID]) -> dict[UUID, Withdrawal]:
    found = await queries.newest_of_orders(viewer, ids)
    return {id_: Withdrawal.of(row) for id_, row in found.items()}


async def _of_events(viewer: Actor, ids: list[UUID]) -> dict[UUID, Withdrawal]:
    """Most events tell of no withdrawal, and then nothing more is asked."""
    told = await queries.told_in(ids)
    found = await _visible(viewer, list(told.values())) if told else {}
    return {event: found[id_] for event, id_ in told.items() if id_ in found}


class WithdrawalLoaders:
    """All but the lines, and the pieces that are settled, ask what the viewer may see."""

    visible: Asks[UUID, Withdrawal | None] = Asks(_visible)
    of_order: Asks[UUID, Withdrawal | None] = Asks(_of_orders)
    of_event: Asks[UUID, Withdrawal | None] = Asks(_of_events)
    lines: Asks[UUID, list[WithdrawalLine]] = Asks(lambda _, ids: queries.lines_of(ids))
    settled: Asks[UUID, Mapping[UUID, int]] = Asks(lambda _, ids: disputes.settled_pieces(ids))
    document: Asks[UUID, Document | None] = Asks(seen(queries.documents_visible_to, Document.of))

    def __init__(self, viewer: Actor) -> None:
        self.asker = viewer

    async def ground(
        self, order: Order, latest: EndedFacts | None, left: Left, lines: Sequence[OrderLine]
    ) -> Ground:
        """What a withdrawal would stand on; where there was no dispute, nothing was sent back."""
        settled = await self.settled.load(order.id) if latest else {}
        return Ground(order, latest, left, kept(lines, settled))
