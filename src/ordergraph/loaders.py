"""One batch of look-ups for each operation, so that no list makes a query for each row."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ordergraph import batches
from ordergraph.accounts.graphql import User
from ordergraph.accounts.words import TradingSide
from ordergraph.api.batches import Asks, K, V, seen
from ordergraph.api.context import Context
from ordergraph.api.faults import BadUserInput
from ordergraph.api.lists import Asked
from ordergraph.appeals import graphql as appeals
from ordergraph.appeals import queries as appeal_queries
from ordergraph.appeals.graphql import Appeal
from ordergraph.appeals.process import SIDES
from ordergraph.cancellations import process as cancellation_process
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.buttons import can_cancel, order_actions
from ordergraph.cancellations.graphql import Cancellation, CancellationPreview
from ordergraph.cancellations.models import Cancellation as CancellationRow
from ordergraph.cancellations.models import CancellationLine
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.preview import Looking, preview
from ordergraph.cancellations.process import by_the_clock, granted_by_silence
from ordergraph.disputes import habits
from ordergraph.disputes import queries as disputes
from ordergraph.disputes import thread_queries as threads
from ordergraph.disputes.decisions import graphql as decisions
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.evidence_types import Evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.ground import OPENS, Ground, OpenDisputes
from ordergraph.disputes.loading import ShownLoaders
from ordergraph.disputes.models import Dispute as DisputeRow
from ordergraph.disputes.models import DisputeLine
from ordergraph.disputes.models import Message as MessageRow
from ordergraph.disputes.models import ReturnAddress as ReturnAddressRow
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.preview import DisputePreview
from ordergraph.disputes.preview import Looking as LookingAtDispute
from ordergraph.disputes.process import came_to_nothing
from ordergraph.disputes.quiet import queries as quiet
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.rules import queries as seller_rules
from ordergraph.disputes.rules.graphql import SellerRules
from ordergraph.disputes.spam import Written
from ordergraph.disputes.thread_types import InternalNote
from ordergraph.disputes.types import DisputeAction, Message, opening
from ordergraph.disputes.words import DisputeStatus
from ordergraph.files.graphql import Attachment
from ordergraph.infra import timelines
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.timelines import Chain
from ordergraph.kernel.actor import Actor, Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
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
from ordergraph.refunds.process import givable, why_not_create
from ordergraph.reputation.graphql import Reputation, reputations
from ordergraph.screens.reading import Screens
from ordergraph.withdrawals.loading import WithdrawalLoaders
from ordergraph.withdrawals.types import withdrawing


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

    async def cancellation_preview(
        self, order: OrderRow, role: Role, lines: list[LineQuantityInput] | None
    ) -> CancellationPreview:
        context = self.context
        try:
            pieces = picked(lines)
        except Refusal as problem:
            raise BadUserInput(problem.sentence(context.language)) from problem
        ground, now, left_ = await self._ground(order), await context.now(), await self._left(order)
        bought, gone = await self.lines_of_order.load(order.id), await self._granted(order, now)
        looking = Looking(order, ground, bought, left_, role, now, gone)
        return CancellationPreview.of(preview(looking, pieces))

    async def _left(self, order: OrderRow) -> Left:
        payment = await self.payment_of_order.load(order.id)
        given = await self.refunds_of_order.load(order.id)
        refundable = payment.refundable.minor if payment else 0
        return left(order, refundable, [refund.row for refund in given])

    async def _ground(self, order: OrderRow) -> cancellation_process.Ground:
        return cancellation_process.Ground(order, await self._request(order))

    async def _request(self, order: OrderRow) -> CancellationRow | None:
        """The newest late one; most policies know none, and nothing is asked then."""
        if not order.late_cancellation:
            return None
        return cancellations.newest_request(await self.cancellations_of_order.load(order.id))

    async def _granted(self, order: OrderRow, now: datetime) -> dict[UUID, int]:
        if (asked := await self._request(order)) and granted_by_silence(asked, order, now):
            rows = await self.lines_of_cancellation.load(asked.id)
            return {row.order_line_id: row.quantity for row in rows}
        return {}

    async def as_silence_left(self, order: OrderRow) -> OrderRow:
        return by_the_clock(order, await self._request(order), await self.context.now())

    async def can_cancel(self, order: OrderRow, role: Role) -> bool:
        return can_cancel(await self._ground(order), role, await self.context.now())

    async def order_actions(self, order: OrderRow, role: Role) -> list[OrderAction]:
        """The order's own moves, and what the floors above let people do."""
        own = order_actions(order, await self._ground(order), role, await self.context.now())
        return own + await self._further_actions(order, role)

    async def _further_actions(self, order: OrderRow, role: Role) -> list[OrderAction]:
        payment, now = await self.payment_of_order.load(order.id), await self.context.now()
        nothing, then = Money(0, order.currency), await self.as_silence_left(order)
        refundable = payment.refundable_by(role) if payment and then is order else nothing
        if role is not Role.BUYER:
            refusal = why_not_create(role, then.disputed_at, givable(refundable, role, then, now))
            return [OrderAction.judged(OrderActionKind.CREATE_REFUND, refusal)]
        ground = await self._dispute_ground(then, refundable)
        buttons = [opening(then, ground, now)]
        if order.policy.eu_withdrawal:
            lines = await self.lines_of_order.load(order.id)
            found = await self.withdrawal.ground(then, ground.latest, ground.refundable, lines)
            buttons.append(withdrawing(found, now))
        return buttons

    async def _dispute_ground(self, order: OrderRow, refundable: Money) -> Ground:
        latest = await self._standing_dispute(order.id)
        asks = order.status in OPENS
        open_ = await self.open_disputes_of_buyer.load(order.buyer_id) if asks else None
        others = OpenDisputes(open_ or 0, order.policy.open_disputes_most)
        return Ground(order, latest, refundable, others)

    async def _standing_dispute(self, order_id: UUID) -> DisputeRow | None:
        """The newest one, unless it came to nothing: only then is there more to look for."""
        latest = await self.dispute_of_order.load(order_id)
        if latest is None or not came_to_nothing(latest.row):
            return latest.row if latest else None
        return disputes.standing(await self._disputes(order_id))

    async def dispute_preview(
        self, order: OrderRow, role: Role, handle: str | None
    ) -> DisputePreview:
        context, order = self.context, await self.as_silence_left(order)
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
        return DisputePreview.of(looking)

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
            await self.payment_of_order.load(dispute.order_id),
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
