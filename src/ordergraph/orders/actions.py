"""Writing orders: placing, shipping, delivering, and what their clocks do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change, changed
from ordergraph.infra.writing import Write
from ordergraph.kernel.actor import Role
from ordergraph.kernel.currencies import step_of
from ordergraph.kernel.duration import show_duration
from ordergraph.kernel.ids import order_number
from ordergraph.kernel.money import LARGEST_MINOR, Money, allocate_in_steps
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import written
from ordergraph.marketplace import queries as marketplace
from ordergraph.orders import queries
from ordergraph.orders.events import (
    OrderCompleted,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
)
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.process import (
    ORDER,
    OrderAction,
    OrderStatus,
    canceled_at,
    next_look,
    stood_still,
    why_not,
    why_not_prove,
)

MOST_LINES = 100
MOST_PIECES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """One article; `discount` and `tax` are for the whole line. Tax is contained in what is paid."""

    sku: str
    title: str
    quantity: int
    unit_price: Money
    discount: Money
    tax: Money
    excluded: WithdrawalExclusion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """`discount`: taken off all lines together, beside what is taken off each."""

    buyer_id: UUID
    seller_id: UUID
    currency: str
    lines: Sequence[NewLine]
    shipping: Money
    discount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """`promised_at`: when the parcel should be there, if the carrier said so."""

    carrier: str
    tracking_number: str
    promised_at: datetime | None


async def place(tx: Tx, new: NewOrder, role: Role) -> Order:
    """Write down what was bought at which price, and the policy as it is today."""
    if new.buyer_id == new.seller_id:
        raise InvalidInput(field="sellerExternalId", problem="nobody buys from themselves")
    lines = _lines(new)
    version, policy = await marketplace.policy()
    total = sum(line.paid_minor for line in lines) + _minor(new.shipping, new, "shipping")
    if not 0 < total <= LARGEST_MINOR:
        raise InvalidInput(field="lines", problem="the total must be more than zero, and exact")
    order = await Order.create(
        number=order_number(),
        buyer_id=new.buyer_id,
        seller_id=new.seller_id,
        status=ORDER.start,
        version=1,
        currency=new.currency,
        total_minor=total,
        shipping_minor=new.shipping.minor,
        policy_version=version,
        policy_numbers=policy.to_json(),
        placed_at=tx.now,
        payment_due_at=tx.now + policy.span("payment_window_s"),
    )
    for line in lines:
        line.order_id = order.id
    await OrderLine.bulk_create(lines)
    tx.emit(OrderPlaced(order_id=order.id), role)
    return order


def _lines(new: NewOrder) -> list[OrderLine]:
    if not 0 < len(new.lines) <= MOST_LINES:
        raise InvalidInput(field="lines", problem=f"between 1 and {MOST_LINES} lines")
    lines = [_line(new, position, line) for position, line in enumerate(new.lines)]
    _take_off(lines, _minor(new.discount, new, "discount"), step_of(new.currency))
    for position, row in enumerate(lines):
        if row.tax_minor > row.paid_minor:
            raise InvalidInput(field=f"lines.{position}.tax", problem="more than the line costs")
    return lines


def _take_off(lines: Sequence[OrderLine], discount: int, step: int) -> None:
    """Spread the order's own discount over its lines, by what each costs, so that each can be paid back."""
    costs = [line.paid_minor for line in lines]
    if discount > sum(costs):
        raise InvalidInput(field="discount", problem="more than all lines cost")
    for line, share in zip(lines, allocate_in_steps(discount, costs, step), strict=True):
        line.discount_minor += share
        line.paid_minor -= share


def _line(new: NewOrder, position: int, line: NewLine) -> OrderLine:
    at = f"lines.{position}"
    if not 0 < line.quantity <= MOST_PIECES:
        raise InvalidInput(field=f"{at}.quantity", problem=f"between 1 and {MOST_PIECES}")
    price = _minor(line.unit_price, new, f"{at}.unitPrice")
    discount = _minor(line.discount, new, f"{at}.discount")
    paid = price * line.quantity - discount
    if paid < 0:
        raise InvalidInput(field=f"{at}.discount", problem="more than the line costs")
    return OrderLine(
        position=position,
        sku=written(line.sku, field=f"{at}.sku", limit=80, required=True),
        title=written(line.title, field=f"{at}.title", limit=200, required=True),
        quantity=line.quantity,
        unit_price_minor=price,
        discount_minor=discount,
        tax_minor=_minor(line.tax, new, f"{at}.tax"),
        paid_minor=paid,
        excluded_from_withdrawal=line.excluded,
    )


def _minor(amount: Money, new: NewOrder, field: str) -> int:
    assert amount.currency == new.currency, "the edge reads every amount in the order's currency"
    if amount.minor < 0:
        raise InvalidInput(field=field, problem="must not be negative")
    return amount.minor


async def ship(tx: Tx, order_id: UUID, shipment: Shipment) -> Order:
    """Hand the parcel to a carrier; from now on the order cannot be canceled."""
    order, role = await queries.lock(tx, order_id)
    _insist(OrderAction.SHIP, order, role, tx.now)
    _check_promise(order, shipment.promised_at, tx.now)
    presumed_at = tx.now + order.policy.span("presumed_delivered_s")
    await change(
        order,
        status=ORDER.after(OrderAction.SHIP, order.status, role),
        shipped_at=tx.now,
        carrier=written(shipment.carrier, field="carrier", limit=60, required=True),
        tracking_number=written(
            shipment.tracking_number, field="trackingNumber", limit=80, required=True
        ),
        promised_at=shipment.promised_at,
        presumed_delivered_at=shipment.promised_at or presumed_at,
    )
    tx.emit(OrderShipped(order_id=order.id), role)
    return order


def _check_promise(order: Order, promised_at: datetime | None, now: datetime) -> None:
    """A promise puts off the day on which a parcel counts as there, so it must not lie years ahead."""
    if promised_at is None:
        return
    if promised_at <= now:
        raise InvalidInput(field="promisedAt", problem="must lie in the future")
    if promised_at > now + order.policy.span("promised_max_s"):
        most = show_duration(order.policy.promised_max_s)
        raise InvalidInput(field="promisedAt", problem=f"at most {most} ahead")


async def mark_delivered(tx: Tx, order_id: UUID) -> Order:
    """The seller, an operator or the carrier says that the parcel has come."""
    return await _delivered(tx, order_id, OrderAction.MARK_DELIVERED)


async def prove_delivered(tx: Tx, order_id: UUID, reference: str) -> Order:
    """An operator passes on the carrier's proof: it is the carrier who says that the parcel has come."""
    order, role = await queries.lock(tx, order_id)
    if refusal := why_not_prove(role):
        raise refusal
    proof = written(reference, field="carrierReference", limit=80, required=True)
    _insist(OrderAction.MARK_DELIVERED, order, Role.GATEWAY, tx.now)
    order.carrier_reference = proof
    await _arrive(tx, order, OrderAction.MARK_DELIVERED, Role.GATEWAY, tx.now)
    return order


async def confirm_receipt(tx: Tx, order_id: UUID) -> Order:
    """The buyer says that the parcel has come; the protection starts, it does not end."""
    return await _delivered(tx, order_id, OrderAction.CONFIRM_RECEIPT)


async def _delivered(tx: Tx, order_id: UUID, action: OrderAction) -> Order:
    order, role = await queries.lock(tx, order_id)
    _insist(action, order, role, tx.now)
    await _arrive(tx, order, action, role, tx.now)
    return order


async def _arrive(tx: Tx, order: Order, action: OrderAction, role: Role, at: datetime) -> None:
    await change(
        order,
        status=ORDER.after(action, order.status, role),
        delivered_at=at,
        delivered_by=role,
        carrier_reference=order.carrier_reference,
        protection_ends_at=at + order.policy.span("protection_s"),
    )
    tx.emit(OrderDelivered(order_id=order.id), role)


async def presume_delivered(tx: Tx, order: Order) -> None:
    """Nobody complained for so long that the parcel must have come.

    It counts as there from that day on, however late the worker is: a late one gives no more time.
    """
    there_at = order.presumed_delivered_at or tx.now
    await _arrive(tx, order, OrderAction.DELIVERY_TIMEOUT, Role.SYSTEM, there_at)


async def complete(tx: Tx, order: Order) -> None:
    """The protection is over. An open dispute keeps its order from being due."""
    assert order.disputed_at is None, "a disputed order cannot complete"
    status = ORDER.after(OrderAction.COMPLETE, order.status, Role.SYSTEM)
    await change(order, status=status, completed_at=tx.now)
    tx.emit(OrderCompleted(order_id=order.id), Role.SYSTEM)


def canceled(
    tx: Tx, order: Order, action: OrderAction, role: Role, since: datetime | None = None
) -> Write:
    """End the order as a whole; it is written together with the cancellation that says why.

    One that was not paid is looked at later, once at least: a capture may have been under way.
    """
    columns: dict[str, object] = {}
    if order.status is OrderStatus.PENDING_PAYMENT:
        columns["payment_look_at"] = next_look(order.payment_due_at, tx.now) or tx.now
    status = ORDER.after(action, order.status, role)
    at = since or canceled_at(action, order, tx.now)
    return changed(order, status=status, canceled_at=at, **columns)


async def stop_clocks(tx: Tx, order: Order) -> None:
    """Stop what must not happen by itself while a dispute, or an appeal, is open."""
    await change(order, disputed_at=order.disputed_at or tx.now)


async def let_clocks_run(tx: Tx, order: Order, *, give_back: bool) -> None:
    """Nothing is open any more. `give_back`: the protection ends later by the time that it took.

    A parcel that should have come meanwhile counts as there now: its clock stood still until then.
    """
    ends_at, there_at = order.protection_ends_at, order.presumed_delivered_at
    if give_back and ends_at is not None:
        ends_at += stood_still(order, tx.now)
    if order.status is OrderStatus.SHIPPED and there_at is not None:
        there_at = max(there_at, tx.now)
    await change(
        order, disputed_at=None, protection_ends_at=ends_at, presumed_delivered_at=there_at
    )


def _insist(action: OrderAction, order: Order, role: Role, now: datetime) -> None:
    if refusal := why_not(action, order, role, now):
        raise refusal
