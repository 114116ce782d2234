"""One batch of look-ups for each operation, so that no list makes a query for each row."""

from datetime import datetime, timedelta
from uuid import UUID

from strawberry.dataloader import DataLoader

from ordergraph import batches
from ordergraph.accounts.graphql import User
from ordergraph.accounts.words import TradingSide
from ordergraph.api.batches import each as _each
from ordergraph.api.context import Context
from ordergraph.appeals import graphql as appeals
from ordergraph.appeals import queries as appeal_queries
from ordergraph.appeals.graphql import Appeal
from ordergraph.appeals.process import SIDES, why_not_appeal
from ordergraph.cancellations import process as cancellation_process
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.buttons import can_cancel, order_actions
from ordergraph.cancellations.graphql import (
    Cancellation,
    CancellationPreview,
)
from ordergraph.cancellations.models import Cancellation as CancellationRow
from ordergraph.cancellations.models import CancellationLine
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.preview import Looking, preview
from ordergraph.disputes import habits
from ordergraph.disputes import queries as disputes
from ordergraph.disputes import thread_queries as threads
from ordergraph.disputes.checklist import Had
from ordergraph.disputes.decisions import graphql as decisions
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.evidence_types import Evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.ground import Ground, OpenDisputes
from ordergraph.disputes.models import Dispute as DisputeRow
from ordergraph.disputes.models import DisputeLine
from ordergraph.disputes.models import ReturnAddress as ReturnAddressRow
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.preview import DisputePreview
from ordergraph.disputes.preview import Looking as LookingAtDispute
from ordergraph.disputes.quiet import queries as quiet
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.spam import Written
from ordergraph.disputes.thread_types import InternalNote
from ordergraph.disputes.types import DisputeAction, Message, opening
from ordergraph.files.graphql import Attachment
from ordergraph.infra import timelines
from ordergraph.infra.timelines import Chain
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.marketplace import queries as marketplace
from ordergraph.marketplace.graphql import Reason
from ordergraph.marketplace.models import Reason as ReasonRow
from ordergraph.marketplace.models import ReasonContext
from ordergraph.notifications.graphql import Notification
from ordergraph.orders import queries as orders
from ordergraph.orders.graphql import Order
from ordergraph.orders.loading import PartLoaders
from ordergraph.orders.models import Order as OrderRow
from ordergraph.orders.models import OrderLine
from ordergraph.orders.types import LineQuantityInput, OrderAction, OrderActionKind, picked
from ordergraph.outgoing.loading import WebhookLoaders
from ordergraph.payments import queries as payments
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.models import RefundAttempt, RefundLine
from ordergraph.refunds.process import why_not_create
from ordergraph.reputation.graphql import Reputation, reputations
from ordergraph.withdrawals import process as withdrawal_process
from ordergraph.withdrawals.loading import WithdrawalLoaders
from ordergraph.withdrawals.types import withdrawing


class Loaders:
    """Whatever starts with `visible_` asks what the viewer may see; the rest hangs on it."""

    def __init__(self, context: Context) -> None:
        viewer = context.actor
        self._context = context
        self.user: DataLoader[UUID, User] = _each(batches.users)
        self.visible_user: DataLoader[UUID, User | None] = _each(
            lambda ids: batches.visible_users(viewer, ids)
        )
        self.visible_notification: DataLoader[UUID, Notification | None] = _each(
            lambda ids: batches.visible_notifications(viewer, ids)
        )
        self.reason: DataLoader[UUID, Reason] = _each(batches.reasons)
        self.visible_order: DataLoader[UUID, Order | None] = _each(
            lambda ids: batches.visible_orders(viewer, ids)
        )
        self.lines_of_order: DataLoader[UUID, list[OrderLine]] = _each(orders.lines_of)
        self.parts = PartLoaders(viewer)
        self.payment_of_order: DataLoader[UUID, Payment | None] = _each(payments.of_orders)
        self.visible_refund: DataLoader[UUID, Refund | None] = _each(
            lambda ids: batches.visible_refunds(viewer, ids)
        )
        self.refunds_of_order: DataLoader[UUID, list[Refund]] = _each(batches.refunds_of_orders)
        self.lines_of_refund: DataLoader[UUID, list[RefundLine]] = _each(refunds.lines_of)
        self.attempts_of_refund: DataLoader[UUID, list[RefundAttempt]] = _each(refunds.attempts_of)
        self.refund_of_cause: DataLoader[UUID, Refund | None] = _each(batches.refunds_of_causes)
        self.visible_cancellation: DataLoader[UUID, Cancellation | None] = _each(
            lambda ids: batches.visible_cancellations(viewer, ids)
        )
        self.cancellations_of_order: DataLoader[UUID, list[CancellationRow]] = _each(
            cancellations.of_orders
        )
        self.lines_of_cancellation: DataLoader[UUID, list[CancellationLine]] = _each(
            cancellations.lines_of
        )
        self._look_up_disputes(viewer)

    def _look_up_disputes(self, viewer: Actor) -> None:
        self.visible_dispute: DataLoader[UUID, Dispute | None] = _each(
            lambda ids: batches.visible_disputes(viewer, ids)
        )
        self.dispute_of_order: DataLoader[UUID, Dispute | None] = _each(batches.disputes_of_orders)
        self.dispute_reason: DataLoader[str, ReasonRow | None] = _each(
            lambda handles: marketplace.by_handles(ReasonContext.DISPUTE, handles)
        )
        self.lines_of_dispute: DataLoader[UUID, list[DisputeLine]] = _each(disputes.lines_of)
        self.return_address_of_seller: DataLoader[UUID, ReturnAddressRow | None] = _each(
            disputes.return_addresses
        )
        self.visible_return_address: DataLoader[UUID, ReturnAddress | None] = _each(
            lambda ids: batches.visible_return_addresses(viewer, ids)
        )
        self.sellers_answer: DataLoader[UUID, timedelta | None] = _each(habits.to_answer)
        self.sellers_refund: DataLoader[UUID, timedelta | None] = _each(habits.to_refund)
        self.visible_message: DataLoader[UUID, Message | None] = _each(
            lambda ids: batches.visible_messages(viewer, ids)
        )
        self.visible_offer: DataLoader[UUID, Offer | None] = _each(
            lambda ids: batches.visible_offers(viewer, ids)
        )
        self.offers_of_dispute: DataLoader[UUID, list[Offer]] = _each(batches.offers_of_disputes)
        self.unread_of_dispute: DataLoader[UUID, int | None] = _each(
            lambda ids: disputes.unread(self._context.require_user(), ids)
        )
        self.visible_evidence: DataLoader[UUID, Evidence | None] = _each(
            lambda ids: batches.visible_evidence(viewer, ids)
        )
        self.evidence_had: DataLoader[UUID, set[Had]] = _each(disputes.evidence_had)
        self.visible_attachment: DataLoader[UUID, Attachment | None] = _each(
            lambda ids: batches.visible_attachments(viewer, ids)
        )
        self.attachments_of: DataLoader[UUID, list[Attachment]] = _each(batches.attached_to)
        self.my_limit: DataLoader[UUID, PrivateLimit | None] = _each(
            lambda ids: quiet.own(viewer, ids)
        )
        self.open_disputes_of_buyer: DataLoader[UUID, int | None] = _each(disputes.open_of_buyers)
        self.reputation: DataLoader[tuple[UUID, TradingSide], Reputation | None] = _each(
            lambda keys: reputations(self._context, keys)
        )
        self.read_by_other: DataLoader[UUID, datetime | None] = _each(disputes.read_by_other)
        self.read_cursors: DataLoader[UUID, list[threads.Cursor]] = _each(threads.cursors)
        self.written: DataLoader[threads.Side, Written] = _each(threads.written)
        self.visible_note: DataLoader[UUID, InternalNote | None] = _each(
            lambda ids: batches.visible_notes(viewer, ids)
        )
        self.timeline_of_order: DataLoader[UUID, Chain] = _each(timelines.read)
        self._look_up_decisions(viewer)

    def _look_up_decisions(self, viewer: Actor) -> None:
        self.visible_decision: DataLoader[UUID, DisputeDecision | None] = _each(
            lambda ids: decisions.visible(viewer, ids)
        )
        self.decision_of_dispute: DataLoader[UUID, DisputeDecision | None] = _each(
            decisions.standing
        )
        self.proposal_of_dispute: DataLoader[UUID, DisputeDecision | None] = _each(
            decisions.proposed
        )
        self.visible_appeal: DataLoader[UUID, Appeal | None] = _each(
            lambda ids: appeals.visible(viewer, ids)
        )
        self.appeals_of_dispute: DataLoader[UUID, list[Appeal]] = _each(appeals.of_disputes)
        self.evidence_of_appeal: DataLoader[UUID, list[Evidence]] = _each(appeals.evidence_of)
        self.withdrawal = WithdrawalLoaders(viewer)
        self.webhooks = WebhookLoaders(viewer)

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
        ground = await self._dispute_ground(order, refundable)
        buttons = [opening(order, ground, await context.now(), context.language)]
        if order.policy.eu_withdrawal:
            buttons.append(await self._withdraw(order, ground))
        return buttons

    async def _withdraw(self, order: OrderRow, ground: Ground) -> OrderAction:
        context, lines = self._context, await self.lines_of_order.load(order.id)
        found = withdrawal_process.Ground(order, ground.latest, ground.refundable, lines)
        return withdrawing(found, await context.now(), context.language)

    async def _dispute_ground(self, order: OrderRow, refundable: Money) -> Ground:
        latest = await self.dispute_of_order.load(order.id)
        open_ = await self.open_disputes_of_buyer.load(order.buyer_id) or 0
        others = OpenDisputes(open_, order.policy.open_disputes_most)
        return Ground(order, latest.row if latest else None, refundable, others)

    async def dispute_preview(
        self, order: OrderRow, role: Role, handle: str | None
    ) -> DisputePreview:
        context = self._context
        payment = await self.payment_of_order.load(order.id)
        refundable = payment.refundable if payment else Money(0, order.currency)
        looking = LookingAtDispute(
            order=order,
            ground=await self._dispute_ground(order, refundable),
            role=role,
            now=await context.now(),
            handle=handle,
            reason=await self.dispute_reason.load(handle) if handle is not None else None,
            address=await self.return_address_of_seller.load(order.seller_id),
            to_answer=await self.sellers_answer.load(order.seller_id),
            to_refund=await self.sellers_refund.load(order.seller_id),
        )
        return DisputePreview.of(looking, context.language)

    async def appealing(
        self, dispute: DisputeRow, order: OrderRow, role: Role
    ) -> list[DisputeAction]:
        """What a side may do about the operator's decision."""
        if role not in SIDES:
            return []
        decision = await self.decision_of_dispute.load(dispute.id)
        refund = await self.refund_of_cause.load(dispute.id)
        payment = await self.payment_of_order.load(order.id)
        assert payment is not None, "a disputed order was paid"
        facts = appeal_queries.Facts(
            decision.row if decision else None,
            refund.row if refund else None,
            payment,
            [appeal.row for appeal in await self.appeals_of_dispute.load(dispute.id)],
        )
        ground = appeal_queries.ground(dispute, order, facts)
        refusal = why_not_appeal(ground, role, await self._context.now())
        return [appeals.appealing(ground, refusal, self._context.language)]
