"""What people do in the stories of the small market; each calls the action that the API calls."""

from uuid import UUID

from ordergraph.cancellations import actions as cancellations
from ordergraph.disputes import actions as disputes
from ordergraph.disputes import bargaining, thread
from ordergraph.disputes import queries as dispute_queries
from ordergraph.disputes.decisions import actions as decisions
from ordergraph.disputes.decisions.process import NO_LIMITS
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ResolutionAsked
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.orders import actions as orders
from ordergraph.orders import queries as order_queries
from ordergraph.personas import Persona
from ordergraph.refunds import commands as refund_commands
from ordergraph.refunds import queries as refund_queries
from ordergraph.shipping import actions as shipping
from seeds.stage import Act, Stage, Telling


def ships(carrier: str, tracking_number: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        shipment = orders.Shipment(
            carrier=carrier, tracking_number=tracking_number, promised_at=None
        )
        async with stage.edge.transaction(telling.story.seller.actor) as tx:
            await shipping.ship(tx, telling.order_id, shipment)

    return act


async def arrives(stage: Stage, telling: Telling) -> None:
    """The seller knows from the carrier that it is there."""
    async with stage.edge.transaction(telling.story.seller.actor) as tx:
        await orders.mark_delivered(tx, telling.order_id)


async def confirms(stage: Stage, telling: Telling) -> None:
    async with stage.edge.transaction(telling.story.buyer.actor) as tx:
        await orders.confirm_receipt(tx, telling.order_id)


def cancels(by: Role, reason: str, note: str = "", **pieces: int) -> Act:
    """Everything, or so many pieces of some lines: `line_0=2`."""

    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(telling.side(by).actor) as tx:
            request = cancellations.CancelRequest(
                order_id=telling.order_id,
                reason_handle=reason,
                note=note,
                picked=await _picked(telling.order_id, pieces) if pieces else None,
            )
            await cancellations.cancel(tx, request)

    return act


async def _picked(order_id: UUID, pieces: dict[str, int]) -> dict[UUID, int]:
    lines = (await order_queries.lines_of([order_id]))[order_id]
    return {
        line.id: pieces[f"line_{line.position}"]
        for line in lines
        if f"line_{line.position}" in pieces
    }


async def releases(stage: Stage, telling: Telling) -> None:
    """The seller does not wait for the promised date."""
    refund = (await refund_queries.of_orders([telling.order_id]))[telling.order_id][-1]
    async with stage.edge.transaction(telling.story.seller.actor) as tx:
        await refund_commands.release(tx, refund.id)


def complains(reason: str, amount: str, asked: ResolutionAsked, description: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        new = disputes.NewDispute(
            order_id=telling.order_id,
            reason_handle=reason,
            description=description,
            amount=Money.parse(amount, telling.story.basket.currency),
            asked=asked,
        )
        async with stage.edge.transaction(telling.story.buyer.actor) as tx:
            telling.dispute_id = (await disputes.open_dispute(tx, new)).id

    return act


def writes(who: Role, body: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(telling.side(who).actor) as tx:
            await thread.send_message(tx, telling.the_dispute_id, body)

    return act


def reads(who: Role) -> Act:
    """Everything that is in the thread so far."""

    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(telling.side(who).actor) as tx:
            last = (
                await dispute_queries.thread(telling.the_dispute_id).order_by("-position").first()
            )
            assert last is not None, "there is something to read"
            await thread.mark_read(tx, telling.the_dispute_id, last.id)

    return act


async def accepts(stage: Stage, telling: Telling) -> None:
    async with stage.edge.transaction(telling.story.seller.actor) as tx:
        await disputes.accept(tx, telling.the_dispute_id)


def refuses(note: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(telling.story.seller.actor) as tx:
            await disputes.refuse(tx, telling.the_dispute_id, note)

    return act


def offers(who: Role, amount: str, note: str) -> Act:
    """Money for goods that stay."""

    async def act(stage: Stage, telling: Telling) -> None:
        terms = Terms(amount=Money.parse(amount, telling.story.basket.currency))
        async with stage.edge.transaction(telling.side(who).actor) as tx:
            await bargaining.make_offer(tx, telling.the_dispute_id, terms, note)

    return act


def escalates(note: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(telling.story.buyer.actor) as tx:
            await disputes.escalate(tx, telling.the_dispute_id, note)

    return act


def decides(operator: Persona, amount: str, note: str) -> Act:
    async def act(stage: Stage, telling: Telling) -> None:
        async with stage.edge.transaction(operator.actor) as tx:
            granted = Money.parse(amount, telling.story.basket.currency)
            ruling = decisions.Ruling(terms=Terms(amount=granted), note=note)
            await decisions.decide(tx, telling.the_dispute_id, ruling, NO_LIMITS)

    return act
