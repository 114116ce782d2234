"""Offers as rows: at most one of each side stands, and all end with the dispute."""

from collections.abc import Collection
from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.disputes.models import Dispute, Offer
from ordergraph.disputes.queries import Held
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import OfferStatus
from ordergraph.infra.database import Tx
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders import queries as orders


def visible_to(actor: Actor) -> QuerySet[Offer]:
    """Who sees a dispute sees its offers."""
    return Offer.filter(orders.seen_by(actor, "dispute__order__"))


def of_dispute(dispute_id: UUID) -> QuerySet[Offer]:
    """The offers of one dispute, oldest first; ask for the dispute first."""
    return Offer.filter(dispute_id=dispute_id).order_by("position")


async def of_disputes(dispute_ids: Collection[UUID]) -> dict[UUID, list[Offer]]:
    """The offers of each of these disputes, oldest first; deal.MOST_OFFERS bounds them."""
    found: dict[UUID, list[Offer]] = {dispute_id: [] for dispute_id in dispute_ids}
    for row in await Offer.filter(dispute_id__in=list(dispute_ids)).order_by("position"):
        found[row.dispute_id].append(row)
    return found


async def put(tx: Tx, held: Held, terms: Terms, by: Role, *, by_rule: int | None = None) -> Offer:
    """Write down what this side proposes now; what it proposed before is superseded."""
    dispute = held.dispute
    before = Offer.filter(dispute_id=dispute.id)
    await before.filter(status=OfferStatus.OPEN, made_by=by).update(
        status=OfferStatus.SUPERSEDED, ended_at=tx.now
    )
    return await Offer.create(
        dispute_id=dispute.id,
        position=await before.count() + 1,
        made_by=by,
        author_id=None if by_rule else tx.actor.user_id,
        by_rule=by_rule,
        type=terms.type(dispute.requested),
        status=OfferStatus.OPEN,
        currency=dispute.currency,
        amount_minor=terms.amount.minor,
        return_paid_by=terms.return_paid_by,
        made_at=tx.now,
    )


async def standing(dispute_id: UUID, by: Role) -> Offer | None:
    """What this side proposes, if its offer still stands."""
    return await Offer.get_or_none(dispute_id=dispute_id, status=OfferStatus.OPEN, made_by=by)


async def asked(dispute: Dispute) -> Offer:
    """What the buyer asks for now: while the seller has to answer there is something to answer."""
    offer = await standing(dispute.id, Role.BUYER)
    assert offer is not None, "a dispute that waits for the seller has an offer of the buyer's"
    return offer


async def end(tx: Tx, offer: Offer, status: OfferStatus) -> None:
    """Say what became of an offer that stood. The caller holds the dispute's lock."""
    offer.status, offer.ended_at = status, tx.now
    await offer.save(update_fields=["status", "ended_at"])


async def end_all(tx: Tx, dispute_id: UUID) -> None:
    """The dispute has come to terms, or to its end: nothing that still stands can be accepted."""
    rows = Offer.filter(dispute_id=dispute_id, status=OfferStatus.OPEN)
    await rows.update(status=OfferStatus.EXPIRED, ended_at=tx.now)
