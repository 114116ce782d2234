"""What people may do with an order, and what it would bring: judged for one operation."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ordergraph.api.faults import BadUserInput
from ordergraph.cancellations import process as cancellation_process
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.buttons import can_cancel, order_actions
from ordergraph.cancellations.graphql import CancellationPreview
from ordergraph.cancellations.models import Cancellation as CancellationRow
from ordergraph.cancellations.plan import Left, left
from ordergraph.cancellations.preview import Looking, as_silence_left, preview
from ordergraph.cancellations.process import by_the_clock, granted_by_silence
from ordergraph.disputes import queries as disputes
from ordergraph.disputes.ground import OPENS, Ground, OpenDisputes
from ordergraph.disputes.models import Dispute as DisputeRow
from ordergraph.disputes.preview import DisputePreview
from ordergraph.disputes.preview import Looking as LookingAtDispute
from ordergraph.disputes.process import came_to_nothing
from ordergraph.disputes.types import opening
from ordergraph.kernel.actor import Role
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders.models import Order, OrderLine
from ordergraph.orders.types import LineQuantityInput, OrderAction, OrderActionKind, picked
from ordergraph.refunds.process import givable, why_not_create
from ordergraph.refunds.sums import left_over
from ordergraph.withdrawals.types import withdrawing

if TYPE_CHECKING:
    from ordergraph.loaders import Loaders


class Judge:
    """Asks the rules that the mutations ask, about what the operation's loaders have."""

    def __init__(self, load: "Loaders") -> None:
        self._load = load
        self._context = load.context

    async def can_cancel(self, order: Order, role: Role) -> bool:
        return can_cancel(await self._ground(order), role, await self._context.now())

    async def as_silence_left(self, order: Order) -> Order:
        return by_the_clock(order, await self._request(order), await self._context.now())

    async def order_actions(self, order: Order, role: Role) -> list[OrderAction]:
        """The order's own moves, and what the floors above let people do."""
        own = order_actions(order, await self._ground(order), role, await self._context.now())
        if role is Role.BUYER:
            return own + await self._buyers_actions(order)
        return [*own, await self._giving(order, role)]

    async def _giving(self, order: Order, role: Role) -> OrderAction:
        payment, now = await self._load.payment_of_order.load(order.id), await self._context.now()
        nothing, then = Money(0, order.currency), await self.as_silence_left(order)
        refundable = payment.refundable_by(role) if payment and then is order else nothing
        refusal = why_not_create(role, then.disputed_at, givable(refundable, role, then, now))
        return OrderAction.judged(OrderActionKind.CREATE_REFUND, refusal)

    async def _buyers_actions(self, order: Order) -> list[OrderAction]:
        then, now = await self.as_silence_left(order), await self._context.now()
        ground = await self._dispute_ground(then)
        buttons = [opening(then, ground, now)]
        if order.policy.eu_withdrawal:
            lines, left_ = await self._contents(order, now)
            found = await self._load.withdrawal.ground(then, ground.latest, left_, lines)
            buttons.append(withdrawing(found, now))
        return buttons

    async def cancellation_preview(
        self, order: Order, role: Role, lines: list[LineQuantityInput] | None
    ) -> CancellationPreview:
        try:
            pieces = picked(lines)
        except Refusal as problem:
            raise BadUserInput(problem.sentence(self._context.language)) from problem
        ground, now = await self._ground(order), await self._context.now()
        bought, left_ = await self._contents(order, now)
        return CancellationPreview.of(
            preview(Looking(order, ground, bought, left_, role, now), pieces)
        )

    async def dispute_preview(self, order: Order, role: Role, handle: str | None) -> DisputePreview:
        load, order = self._load, await self.as_silence_left(order)
        looking = LookingAtDispute(
            order=order,
            ground=await self._dispute_ground(order),
            role=role,
            now=await self._context.now(),
            handle=handle,
            reason=await load.dispute_reason.load(handle) if handle is not None else None,
            address=await load.return_address_of_seller.load(order.seller_id),
            to_answer=await load.sellers_answer.load(order.seller_id),
            to_refund=await load.sellers_refund.load(order.seller_id),
        )
        return DisputePreview.of(looking)

    async def left_over(self, order_id: UUID, currency: str) -> Money:
        """What of the payment the buyer has not got, by whatever way."""
        payment = await self._load.payment_of_order.load(order_id)
        if payment is None:
            return Money(0, currency)
        given = await self._load.refunds_of_order.load(order_id)
        return left_over(payment.refundable, [refund.row for refund in given])

    async def _contents(self, order: Order, now: datetime) -> tuple[Sequence[OrderLine], Left]:
        """What the order is made of and has left, once what silence has granted is gone."""
        load = self._load
        bought, payment = (
            await load.lines_of_order.load(order.id),
            await load.payment_of_order.load(order.id),
        )
        given = await load.refunds_of_order.load(order.id) if payment else ()
        refundable = payment.refundable if payment else Money(0, order.currency)
        remaining = left(order, refundable, [refund.row for refund in given])
        return as_silence_left(bought, remaining, await self._granted(order, now))

    async def _ground(self, order: Order) -> cancellation_process.Ground:
        return cancellation_process.Ground(order, await self._request(order))

    async def _request(self, order: Order) -> CancellationRow | None:
        """The newest late one; most policies know none, and nothing is asked then."""
        if not order.late_cancellation:
            return None
        return cancellations.newest_request(await self._load.cancellations_of_order.load(order.id))

    async def _granted(self, order: Order, now: datetime) -> dict[UUID, int]:
        """The pieces that a late request names, once silence has granted it."""
        if (asked := await self._request(order)) and granted_by_silence(asked, order, now):
            rows = await self._load.lines_of_cancellation.load(asked.id)
            return {row.order_line_id: row.quantity for row in rows}
        return {}

    async def _dispute_ground(self, order: Order) -> Ground:
        latest, asks = await self._standing_dispute(order.id), order.status in OPENS
        open_ = await self._load.open_disputes_of_buyer.load(order.buyer_id) if asks else None
        others = OpenDisputes(open_ or 0, order.policy.open_disputes_most)
        return Ground(order, latest, await self.left_over(order.id, order.currency), others)

    async def _standing_dispute(self, order_id: UUID) -> DisputeRow | None:
        """The newest one, unless it came to nothing: only then is there more to look for."""
        latest = await self._load.dispute_of_order.load(order_id)
        if latest is None or not came_to_nothing(latest.row):
            return latest.row if latest else None
        return disputes.standing(
            [each.row for each in await self._load.disputes_of_order.load(order_id)]
        )
