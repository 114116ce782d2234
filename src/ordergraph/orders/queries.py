"""Reading orders. Every query starts from what the actor may see."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from ordergraph.infra.database import Tx
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.raw import Raw, raw
from ordergraph.infra.reading import fetch, rows
from ordergraph.infra.rows import Seen
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.refusal import NotFound
from ordergraph.orders.models import Order, OrderLine


def seen_by(actor: Actor, way: str = "") -> Q:
    """What this actor may see; `way` leads from the row to its order, such as `order__`.

    The one rule of reading: parties see their orders, the office sees all others, a stranger
    nothing. As in Actor.role_on, staff who are a party need that party's role to see the order.
    """
    if actor.office:
        return _not_a_party_without_role(actor, way)
    mine: dict[str, Any] = {}
    if Role.BUYER in actor.roles:
        mine[f"{way}buyer_id"] = actor.user_id
    if Role.SELLER in actor.roles:
        mine[f"{way}seller_id"] = actor.user_id
    nothing: dict[str, Any] = {f"{way}buyer_id__isnull": True}
    return Q(join_type=Q.OR, **mine) if mine else Q(**nothing)


def _not_a_party_without_role(actor: Actor, way: str) -> Q:
    sides = {Role.BUYER: f"{way}buyer_id", Role.SELLER: f"{way}seller_id"}
    own = {column: actor.user_id for role, column in sides.items() if role not in actor.roles}
    return ~Q(join_type=Q.OR, **own) if own and actor.user_id else Q()


class Where(NamedTuple):
    """Which orders: the condition of a statement of our own, and what its $1, $2 … stand for."""

    condition: str
    arguments: tuple[Any, ...] = ()

    def also(self, condition: str, *arguments: Any) -> "Where":
        """Only those of them; each {} in the condition is one argument."""
        narrower = _narrower(self.condition, condition, len(self.arguments), len(arguments))
        return Where(narrower, (*self.arguments, *arguments))


@lru_cache(maxsize=100)
def _narrower(condition: str, also: str, before: int, more: int) -> str:
    numbers = [f"${before + nth}" for nth in range(1, more + 1)]
    return f"{condition} AND ({also.format(*numbers)})"


def visible_to(actor: Actor) -> QuerySet[Order]:
    return Order.filter(seen_by(actor))


def lines_visible_to(actor: Actor) -> QuerySet[OrderLine]:
    """Each with its order."""
    return OrderLine.filter(seen_by(actor, "order__")).select_related("order")


async def events_visible_to(actor: Actor, ids: Collection[UUID]) -> list[EventRow]:
    """Of these events, those of orders that the actor may see."""
    rows = await EventRow.filter(id__in=list(ids))
    orders = visible_to(actor).filter(id__in={row.order_id for row in rows})
    seen = set(await orders.values_list("id", flat=True))
    return [row for row in rows if row.order_id in seen]


def sees(order: str) -> str:
    """`seen_by` for statements of our own, over the order of this name; $1 to $4 are `sight`."""
    sides = f"WHEN {order}.buyer_id THEN $2::bool WHEN {order}.seller_id THEN $3::bool"
    return f"CASE $1::uuid {sides} ELSE $4::bool END"


SIGHT: Final = sees("o")
SIGHT_OF_ORDERS: Final = sees("orders")


def sight(actor: Actor) -> list[object]:
    roles, office = actor.roles, actor.office is not None
    return [actor.user_id, Role.BUYER in roles, Role.SELLER in roles, office]


def where_seen(actor: Actor) -> Where:
    """Of `orders`, those that the actor may see."""
    return Where(SIGHT_OF_ORDERS, tuple(sight(actor)))


VISIBLE: Final = f"SELECT {{o}} FROM orders o WHERE o.id = ANY($5) AND {SIGHT}"  # noqa: S608  (no value from outside)


async def visible(actor: Actor, order_ids: Collection[UUID]) -> list[Order]:
    """Of these orders, those that the actor may see."""
    return [order for (order,) in await fetch(VISIBLE, [*sight(actor), order_ids], o=Order)]


LOCK: Final = f"""
SELECT {{o}} FROM orders o WHERE o.id = $5 AND {SIGHT} FOR NO KEY UPDATE"""  # noqa: S608  (no value from outside)


async def lock(tx: Tx, order_id: UUID) -> tuple[Order, Role]:
    """Hold the order's row until the transaction ends; say in which role the actor meets it."""
    rows = await fetch(LOCK, [*sight(tx.actor), order_id], o=Order)
    if not rows:
        raise NotFound(what="order")
    ((order,),) = rows
    return order, role_of(tx, order)


def role_of(tx: Tx, order: Order) -> Role:
    """In which role the actor meets an order that it sees."""
    role = tx.actor.role_on(order)
    assert role is not None, "who sees an order has a role on it"
    return role


async def claim(order_id: UUID) -> Order | None:
    """For sweeps: hold the row, or None when another worker holds it just now."""
    return await Order.select_for_update(no_key=True, skip_locked=True).get_or_none(id=order_id)


async def lines_of(order_ids: Collection[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of each of these orders, in their order."""
    found: dict[UUID, list[OrderLine]] = {order_id: [] for order_id in order_ids}
    for line in await OrderLine.filter(order_id__in=list(order_ids)).order_by("position"):
        found[line.order_id].append(line)
    return found


def timeline(order_id: UUID) -> QuerySet[EventRow]:
    """What happened to the order; ask `visible_to` for the order first."""
    return EventRow.filter(order_id=order_id)


SEEN: Final = """
SELECT orders.*, (SELECT max(position) FROM events WHERE order_id = orders.id)
FROM orders WHERE id = ANY($1)"""
ROWS: Final[Raw[Order]] = raw(Order)


async def seen(order_ids: Collection[UUID]) -> dict[UUID, Seen[Order]]:
    """These orders, and how many events each has, which grow with everything that changes."""
    found = {}
    for record in await rows(SEEN, list(order_ids)):
        *columns, _ = record.keys()
        row = ROWS.row(columns, record)
        found[row.id] = Seen(row, record[-1], row.parties)
    return found


PARTIES: Final = "SELECT buyer_id, seller_id FROM orders WHERE id = ANY($1)"


async def parties_of(order_ids: Collection[UUID]) -> set[UUID]:
    """The buyers and sellers of these orders."""
    found = await rows(PARTIES, list(order_ids)) if order_ids else []
    return {person for parties in found for person in parties}


async def sells(user_id: UUID) -> bool:
    """Whether anybody has ordered from this user before; the first order, an operator places."""
    return await Order.filter(seller_id=user_id).exists()


async def known_to(actor: Actor, user_ids: Collection[UUID]) -> list[UUID]:
    """Of these users, the ones whom the actor may see: itself and the other sides of its orders."""
    if actor.office:
        return list(user_ids)
    rows = visible_to(actor).filter(
        Q(buyer_id__in=list(user_ids)) | Q(seller_id__in=list(user_ids))
    )
    met: set[UUID] = set()
    for buyer_id, seller_id in await rows.distinct().values_list("buyer_id", "seller_id"):
        met |= {buyer_id, seller_id}
    return [id_ for id_ in user_ids if id_ in met or id_ == actor.user_id]
