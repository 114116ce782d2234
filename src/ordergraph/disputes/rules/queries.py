"""Reading seller's rules: a buyer who knew them would ask for what they grant."""

from uuid import UUID

from tortoise.queryset import QuerySet

from ordergraph.disputes.rules.models import SellerRules
from ordergraph.kernel.actor import Actor, Role


def visible_to(actor: Actor) -> QuerySet[SellerRules]:
    """A seller's own; the office sees all."""
    if actor.office:
        return SellerRules.all()
    mine = actor.user_id if Role.SELLER in actor.roles else None
    return SellerRules.filter(seller_id=mine)


async def newest(seller_id: UUID) -> SellerRules | None:
    """The rules in force; none were ever published: None."""
    return await SellerRules.filter(seller_id=seller_id).order_by("-version").first()
