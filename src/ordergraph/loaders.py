"""One batch of look-ups for each operation, so that no list makes a query for each row."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ordergraph import batches
from ordergraph.accounts.graphql import User
from ordergraph.accounts.words import TradingSide
from ordergraph.api.batches import Asks, K, V, seen
from ordergraph.api.context import Context
from ordergraph.api.lists import Asked
from ordergraph.appeals import graphql as appeals
from ordergraph.appeals import queries as appeal_queries
from ordergraph.appeals.graphql import Appeal
from ordergraph.appeals.process import SIDES
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.cancellations.models import Cancellation as CancellationRow
from ordergraph.cancellations.models import CancellationLine
from ordergraph.disputes import habits
from ordergraph.disputes import queries as disputes
from ordergraph.disputes import thread_queries as threads
from ordergraph.disputes.decisions import graphql as decisions
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.evidence_types import Evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.loading import ShownLoaders
from ordergraph.disputes.models import Dispute as DisputeRow
from ordergraph.disputes.models import DisputeLine
from ordergraph.disputes.models import Message as MessageRow
from ordergraph.disputes.models import ReturnAddress as ReturnAddressRow
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.quiet import queries as quiet
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.rules import queries as seller_rules
from ordergraph.disputes.rules.graphql import SellerRules
from ordergraph.disputes.spam import Written
from ordergraph.disputes.thread_types import InternalNote
from ordergraph.disputes.types import DisputeAction, Message
from ordergraph.disputes.words import DisputeStatus
from ordergraph.files.graphql import Attachment
from ordergraph.infra import timelines
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.timelines import Chain
from ordergraph.judging import Judge
from ordergraph.kernel.actor import Actor, Role
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
from ordergraph.outgoing.loading import WebhookLoaders
from ordergraph.payments import queries as payments
from ordergraph.payments.models import Payment
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.models import RefundAttempt, RefundLine
from ordergraph.reputation.graphql import Reputation, reputations
from ordergraph.screens.reading import Screens
from ordergraph.withdrawals.loading import WithdrawalLoaders


def asks(load: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> Asks[K, V]:
    """A loader over what is the same for everybody."""
    return Asks(lambda _, keys: load(keys))


def as_viewer(load: Callable[[Actor, list[K]], Awaitable[Mapping[K, V]]]) -> Asks[K, V]:
    """A loader over what the viewer may see of it."""
    return Asks(lambda context, keys: load(context.actor, keys))


class Loaders:
    """Whatever starts with `visible_` asks what the viewer may see; the rest hangs on it."""

    user: Asks[UUID, User] = asks(batches.users)
    visible_user: Asks[UUID, User | None] = as_viewer(batches.visible_users)
    visible_notification: Asks[UUID, Notification | None] = as_viewer(batches.visible_notifications)
    reason: Asks[UUID, Reason] = asks(batches.reasons)
    visible_order: Asks[UUID, Order | None] = as_viewer(batches.visible_orders)
    lines_of_order: Asks[UUID, list[OrderLine]] = asks(orders.lines_of)
    payment_of_order: Asks[UUID, Payment | None] = asks(payments.of_orders)
    visible_refund: Asks[UUID, Refund | None] = as_viewer(batches.visible_refunds)
    refunds_of_order: Asks[UUID, list[Refund]] = asks(batches.refunds_of_orders)
    lines_of_refund: Asks[UUID, list[RefundLine]] = asks(refunds.lines_of)
    attempts_of_refund: Asks[UUID, list[RefundAttempt]] = asks(refunds.attempts_of)
    refund_of_cause: Asks[UUID, Refund | None] = asks(batches.refunds_of_causes)
    visible_cancellation: Asks[UUID, Cancellation | None] = as_viewer(batches.visible_cancellations)
    cancellations_of_order: Asks[UUID, list[CancellationRow]] = asks(cancellations.of_orders)
    lines_of_cancellation: Asks[UUID, list[CancellationLine]] = asks(cancellations.lines_of)
    visible_dispute: Asks[UUID, Dispute | None] = as_viewer(batches.visible_disputes)
    dispute_of_order: Asks[UUID, Dispute | None] = asks(batches.newest_disputes)
    disputes_of_order: Asks[UUID, list[Dispute]] = asks(batches.disputes_of_orders)
    dispute_of_event: Asks[UUID, Dispute | None] = as_viewer(batches.disputes_of_events)
    dispute_reason: Asks[str, ReasonRow | None] = Asks(
        lambda _, handles: marketplace.by_handles(ReasonContext.DISPUTE, handles)
    )
    lines_of_dispute: Asks[UUID, list[DisputeLine]] = asks(disputes.lines_of)
    return_address_of_seller: Asks[UUID, ReturnAddressRow | None] = asks(disputes.return_addresses)
    visible_return_address: Asks[UUID, ReturnAddress | None] = as_viewer(
        batches.visible_return_addresses
    )
    sellers_answer: Asks[UUID, timedelta | None] = asks(habits.to_answer)
    sellers_refund: Asks[UUID, timedelta | None] = asks(habits.to_refund)
    thread: Asks[Asked, Sequence[MessageRow]] = asks(batches.threads_of)
    visible_message: Asks[UUID, Message | None] = as_viewer(batches.visible_messages)
    visible_offer: Asks[UUID, Offer | None] = as_viewer(batches.visible_offers)
    offers_of_dispute: Asks[UUID, list[Offer]] = asks(batches.offers_of_disputes)
    unread_of_dispute: Asks[UUID, int | None] = Asks(
        lambda context, ids: disputes.unread(context.require_user(), ids)
    )
    visible_evidence: Asks[UUID, Evidence | None] = as_viewer(batches.visible_evidence)
    visible_attachment: Asks[UUID, Attachment | None] = as_viewer(batches.visible_attachments)
    attachments_of: Asks[UUID, list[Attachment]] = asks(batches.attached_to)
    my_limit: Asks[UUID, PrivateLimit | None] = as_viewer(quiet.own)
    open_disputes_of_buyer: Asks[UUID, int | None] = asks(disputes.open_of_buyers)
    reputation: Asks[tuple[UUID, TradingSide], Reputation | None] = Asks(reputations)
    read_by_other: Asks[UUID, datetime | None] = asks(disputes.read_by_other)
    read_cursors: Asks[UUID, list[threads.Cursor]] = asks(threads.cursors)
    written: Asks[threads.Side, Written] = asks(threads.written)
    visible_seller_rules: Asks[UUID, SellerRules | None] = as_viewer(
        seen(seller_rules.visible_to, SellerRules.of)
    )
    visible_note: Asks[UUID, InternalNote | None] = as_viewer(batches.visible_notes)
    timeline: Asks[Asked, Sequence[EventRow]] = asks(batches.timelines_of)
    timeline_of_order: Asks[UUID, Chain] = asks(timelines.read)
    visible_decision: Asks[UUID, DisputeDecision | None] = as_viewer(decisions.visible)
    decision_of_dispute: Asks[UUID, DisputeDecision | None] = asks(decisions.standing)
    proposal_of_dispute: Asks[UUID, DisputeDecision | None] = asks(decisions.proposed)
    visible_appeal: Asks[UUID, Appeal | None] = as_viewer(appeals.visible)
    appeals_of_dispute: Asks[UUID, list[Appeal]] = asks(appeals.of_disputes)
    evidence_of_appeal: Asks[UUID, list[Evidence]] = asks(appeals.evidence_of)

    def __init__(self, context: Context) -> None:
        self.context = self.asker = context
        self.parts = PartLoaders(context.actor)
        self.shown = ShownLoaders(context.actor)
        self.withdrawal = WithdrawalLoaders(context.actor)
        self.webhooks = WebhookLoaders(context.actor)

    @property
    def screens(self) -> Screens:
        return Screens(self)

    async def refund_of(self, order_id: UUID, cause_id: UUID) -> Refund | None:
        """The refund that a cancellation or a dispute of this order led to."""
        refunds = await self.refunds_of_order.load(order_id)
        return next((refund for refund in refunds if refund.row.cause_id == cause_id), None)

    async def cancellation_of_order(self, order_id: UUID) -> Cancellation | None:
        row = cancellations.foremost(await self.cancellations_of_order.load(order_id))
        return Cancellation.of(row) if row else None

    @property
    def judge(self) -> Judge:
        return Judge(self)

    async def appealing(
        self, dispute: DisputeRow, order: OrderRow, role: Role
    ) -> list[DisputeAction]:
        """What a side may do about the operator's decision."""
        if role not in SIDES:
            return []
        ground = appeal_queries.ground(dispute, order, await self._appeal_facts(dispute))
        return [appeals.appealing(ground, role, await self.context.now())]

    async def _appeal_facts(self, dispute: DisputeRow) -> appeal_queries.Facts:
        """Of a dispute that goes on nobody need look for them."""
        if dispute.status is not DisputeStatus.RESOLVED:
            return appeal_queries.Facts()
        decision = await self.decision_of_dispute.load(dispute.id)
        refund = await self.refund_of_cause.load(dispute.id)
        return appeal_queries.Facts(
            decision.row if decision else None,
            refund.row if refund else None,
            await self.judge.left_over(dispute.order_id, dispute.currency) if decision else None,
            [appeal.row for appeal in await self.appeals_of_dispute.load(dispute.id)],
            await self._later(dispute),
        )

    async def _later(self, dispute: DisputeRow) -> Sequence[DisputeRow]:
        """After the newest dispute there is none."""
        newest = await self.dispute_of_order.load(dispute.order_id)
        if newest is None or newest.row.id == dispute.id:
            return ()
        return disputes.after(dispute, await self._disputes(dispute.order_id))

    async def _disputes(self, order_id: UUID) -> list[DisputeRow]:
        return [each.row for each in await self.disputes_of_order.load(order_id)]
