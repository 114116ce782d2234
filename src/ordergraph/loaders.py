"""One batch of look-ups for each operation, so that no list makes a query for each row."""

from datetime import datetime
from uuid import UUID

from strawberry.dataloader import DataLoader

from ordergraph.accounts import queries as accounts
from ordergraph.accounts.graphql import User
from ordergraph.api.batches import each as _each
from ordergraph.api.context import Context
from ordergraph.cancellations import process as cancellation_process
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.buttons import can_cancel, order_actions
from ordergraph.cancellations.graphql import (
    Cancellation,
    CancellationPreview,
    LineQuantityInput,
    picked,
)
from ordergraph.cancellations.models import Cancellation as CancellationRow
from ordergraph.cancellations.models import CancellationLine
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.preview import Looking, preview
from ordergraph.disputes import queries as disputes
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.ground import Ground
from ordergraph.disputes.types import Message, opening
from ordergraph.disputes.words import DisputeStatus
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace.graphql import Reason
from ordergraph.marketplace.models import Reason as ReasonRow
from ordergraph.notifications import queries as notifications
from ordergraph.notifications.graphql import Notification
from ordergraph.orders import queries as orders
from ordergraph.orders.graphql import Order
from ordergraph.orders.models import Order as OrderRow
from ordergraph.orders.models import OrderLine
from ordergraph.orders.types import OrderAction, OrderActionKind
from ordergraph.payments import queries as payments
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.models import RefundAttempt, RefundLine
from ordergraph.refunds.process import why_not_create
from ordergraph.withdrawals import process as withdrawal_process
from ordergraph.withdrawals.loading import WithdrawalLoaders
from ordergraph.withdrawals.types import withdrawing


class Loaders:
    """Whatever starts with `visible_` asks what the viewer may see; the rest hangs on it."""

    def __init__(self, context: Context) -> None:
        viewer = context.actor
        self._context = context
        self.user: DataLoader[UUID, User] = _each(_users)
        self.visible_user: DataLoader[UUID, User | None] = _each(
            lambda ids: _visible_users(viewer, ids)
        )
        self.visible_notification: DataLoader[UUID, Notification | None] = _each(
            lambda ids: _notifications(viewer, ids)
        )
        self.reason: DataLoader[UUID, Reason] = _each(_reasons)
        self.visible_order: DataLoader[UUID, Order | None] = _each(lambda ids: _orders(viewer, ids))
        self.lines_of_order: DataLoader[UUID, list[OrderLine]] = _each(orders.lines_of)
        self.payment_of_order: DataLoader[UUID, Payment | None] = _each(payments.of_orders)
        self.visible_refund: DataLoader[UUID, Refund | None] = _each(
            lambda ids: _refunds(viewer, ids)
        )
        self.refunds_of_order: DataLoader[UUID, list[Refund]] = _each(_refunds_of_orders)
        self.lines_of_refund: DataLoader[UUID, list[RefundLine]] = _each(refunds.lines_of)
        self.attempts_of_refund: DataLoader[UUID, list[RefundAttempt]] = _each(refunds.attempts_of)
        self.refund_of_cause: DataLoader[UUID, Refund | None] = _each(_refunds_of_causes)
        self.visible_cancellation: DataLoader[UUID, Cancellation | None] = _each(
            lambda ids: _cancellations(viewer, ids)
        )
        self.cancellations_of_order: DataLoader[UUID, list[CancellationRow]] = _each(
            cancellations.of_orders
        )
        self.lines_of_cancellation: DataLoader[UUID, list[CancellationLine]] = _each(
            cancellations.lines_of
        )

        self.visible_dispute: DataLoader[UUID, Dispute | None] = _each(
            lambda ids: _disputes(viewer, ids)
        )
        self.dispute_of_order: DataLoader[UUID, Dispute | None] = _each(_disputes_of_orders)
        self.visible_message: DataLoader[UUID, Message | None] = _each(
            lambda ids: _messages(viewer, ids)
        )
        self.unread_of_dispute: DataLoader[UUID, int | None] = _each(
            lambda ids: disputes.unread(context.require_user(), ids)
        )
        self.read_by_other: DataLoader[UUID, datetime | None] = _each(disputes.read_by_other)
        self.withdrawal = WithdrawalLoaders(viewer)

    async def cancellation_of_order(self, order_id: UUID) -> Cancellation | None:
        row = cancellations.foremost(await self.cancellations_of_order.load(order_id))
        return Cancellation.of(row) if row else None

    async def cancellation_preview(
        self, order: OrderRow, role: Role, lines: list[LineQuantityInput] | None
    ) -> CancellationPreview:
        context = self._context
        looking = Looking(
            order,
            await self._ground(order),
            await self.lines_of_order.load(order.id),
            await self._left(order),
            role,
            await context.now(),
        )
        return CancellationPreview.of(preview(looking, picked(lines)), context.language)

    async def _left(self, order: OrderRow) -> Left:
        payment = await self.payment_of_order.load(order.id)
        given = await self.refunds_of_order.load(order.id)
        refundable = payment.refundable.minor if payment else 0
        return left(order.shipping_minor, refundable, [refund.row for refund in given])

    async def _ground(self, order: OrderRow) -> cancellation_process.Ground:
        """With the newest late request; most policies know none, and nothing is asked then."""
        rows: list[CancellationRow] = []
        if order.policy.late_cancellation:
            rows = await self.cancellations_of_order.load(order.id)
        return cancellation_process.Ground(order, cancellations.newest_request(rows))

    async def can_cancel(self, order: OrderRow, role: Role) -> bool:
        return can_cancel(await self._ground(order), role, await self._context.now())

    async def order_actions(self, order: OrderRow, role: Role) -> list[OrderAction]:
        """The order's own moves, and what the floors above let people do."""
        context = self._context
        now, language = await context.now(), context.language
        own = order_actions(order, await self._ground(order), role, now, language)
        return own + await self._further_actions(order, role)

    async def _further_actions(self, order: OrderRow, role: Role) -> list[OrderAction]:
        context = self._context
        payment = await self.payment_of_order.load(order.id)
        refundable = payment.refundable_by(role) if payment else Money(0, order.currency)
        if role is not Role.BUYER:
            refusal = why_not_create(role, order.disputed_at, refundable)
            return [OrderAction.judged(OrderActionKind.CREATE_REFUND, refusal, context.language)]
        latest = await self.dispute_of_order.load(order.id)
        ground = Ground(order, latest.row if latest else None, refundable)
        buttons = [opening(order, ground, await context.now(), context.language)]
        if order.policy.eu_withdrawal:
            buttons.append(await self._withdraw(order, ground))
        return buttons

    async def _withdraw(self, order: OrderRow, ground: Ground) -> OrderAction:
        context, latest = self._context, ground.latest
        is_open = latest is not None and latest.status is not DisputeStatus.RESOLVED
        found = withdrawal_process.Ground(
            order,
            latest.id if latest and is_open else None,
            ground.refundable,
            await self.lines_of_order.load(order.id),
        )
        return withdrawing(found, await context.now(), context.language)


async def _users(ids: list[UUID]) -> dict[UUID, User]:
    return {id_: User.of(row) for id_, row in (await accounts.by_ids(ids)).items()}


async def _visible_users(viewer: Actor, ids: list[UUID]) -> dict[UUID, User]:
    return await _users(await orders.known_to(viewer, ids))


async def _notifications(viewer: Actor, ids: list[UUID]) -> dict[UUID, Notification]:
    rows = await notifications.visible_to(viewer).filter(id__in=ids)
    return {row.id: Notification.of(row) for row in rows}


async def _reasons(ids: list[UUID]) -> dict[UUID, Reason]:
    return {row.id: Reason.of(row) for row in await ReasonRow.filter(id__in=ids)}


async def _orders(viewer: Actor, ids: list[UUID]) -> dict[UUID, Order]:
    return {row.id: Order.of(row) for row in await orders.visible_to(viewer).filter(id__in=ids)}


async def _refunds(viewer: Actor, ids: list[UUID]) -> dict[UUID, Refund]:
    return {row.id: Refund.of(row) for row in await refunds.visible_to(viewer).filter(id__in=ids)}


async def _refunds_of_orders(ids: list[UUID]) -> dict[UUID, list[Refund]]:
    found = await refunds.of_orders(ids)
    return {id_: [Refund.of(row) for row in rows] for id_, rows in found.items()}


async def _refunds_of_causes(ids: list[UUID]) -> dict[UUID, Refund]:
    return {id_: Refund.of(row) for id_, row in (await refunds.of_causes(ids)).items()}


async def _cancellations(viewer: Actor, ids: list[UUID]) -> dict[UUID, Cancellation]:
    rows = await cancellations.visible_to(viewer).filter(id__in=ids)
    return {row.id: Cancellation.of(row) for row in rows}


async def _disputes(viewer: Actor, ids: list[UUID]) -> dict[UUID, Dispute]:
    rows = await disputes.visible_to(viewer).filter(id__in=ids)
    return {row.id: Dispute.of(row) for row in rows}


async def _disputes_of_orders(ids: list[UUID]) -> dict[UUID, Dispute]:
    found = await disputes.newest_of_orders(ids)
    return {id_: Dispute.of(row) for id_, row in found.items()}


async def _messages(viewer: Actor, ids: list[UUID]) -> dict[UUID, Message]:
    rows = await disputes.messages_visible_to(viewer).filter(id__in=ids)
    return {row.id: Message.of(row) for row in rows}
