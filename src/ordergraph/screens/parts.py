"""What can come along with an order, and which loader is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tortoise.models import Model

from ordergraph.accounts.graphql import User
from ordergraph.accounts.models import User as UserRow
from ordergraph.api import sql
from ordergraph.api.pages import PAGE, Slice
from ordergraph.api.ready import Ready
from ordergraph.cancellations.models import Cancellation, CancellationLine
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.ground import OPENS
from ordergraph.disputes.models import Dispute as DisputeRow
from ordergraph.disputes.models import Message
from ordergraph.disputes.models import Offer as OfferRow
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.queries import OPEN
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.raw import raw
from ordergraph.marketplace.graphql import Reason
from ordergraph.marketplace.models import Reason as ReasonRow
from ordergraph.orders.graphql import EVENTS
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.models import Payment
from ordergraph.refunds.graphql import Refund
from ordergraph.refunds.models import Refund as RefundRow
from ordergraph.refunds.models import RefundLine

if TYPE_CHECKING:
    from ordergraph.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of another table that come along with an order: all of them sorted, or only the first."""

    name: str
    model: type[Model]
    where: str
    """`part` is such a row, `orders` the order."""
    sort: str
    tell: Callable[["Loaders", Order, Any], Ready | None]
    """Hands them to the loaders: a list of rows, or a row or None; returns the object of which some may
    have been written besides."""
    first: bool = False

    def sql(self) -> str:
        return f"({self.select('part')} LIMIT 1)" if self.first else f"ARRAY({self.select('part')})"

    def select(self, what: str) -> str:
        """A statement that gives this of each such row."""
        return f"SELECT {what} FROM {self._table} AS part WHERE {self.where} ORDER BY {self.sort}"  # noqa: S608  (nothing of it comes from outside)

    @property
    def _table(self) -> str:
        return self.model._meta.db_table  # noqa: SLF001  (the ORM has no other way)

    def rows(self, value: Any) -> Any:
        """Them out of what the driver gives."""
        row = raw(self.model).row
        if self.first:
            return None if value is None else row(value.keys(), value)
        return [row(record.keys(), record) for record in value]


class Count(Part):
    """How many there are of them."""

    def sql(self) -> str:
        return f"(SELECT count(*) FROM {self._table} AS part WHERE {self.where})"  # noqa: S608  (as above)

    def rows(self, value: Any) -> Any:
        return value


def _tell_lines(load: "Loaders", order: Order, lines: list[OrderLine]) -> None:
    load.lines_of_order.bring(order.id, lines)


def _tell_payment(load: "Loaders", order: Order, payment: Payment | None) -> None:
    load.payment_of_order.bring(order.id, payment)


def _tell_refunds(load: "Loaders", order: Order, refunds: list[RefundRow]) -> None:
    load.refunds_of_order.bring(order.id, [Refund.of(row) for row in refunds])


def _tell_refund_lines(load: "Loaders", order: Order, lines: list[RefundLine]) -> None:
    for refund in load.refunds_of_order.known(order.id) or ():
        its = [line for line in lines if line.refund_id == refund.row.id]
        load.lines_of_refund.bring(refund.row.id, its)


def _tell_canceled_lines(load: "Loaders", order: Order, lines: list[CancellationLine]) -> None:
    for one in load.cancellations_of_order.known(order.id) or ():
        its = [line for line in lines if line.cancellation_id == one.id]
        load.lines_of_cancellation.bring(one.id, its)


def _tell_cancellations(load: "Loaders", order: Order, found: list[Cancellation]) -> None:
    load.cancellations_of_order.bring(order.id, found)


def _tell_requests(load: "Loaders", order: Order, found: list[Cancellation]) -> None:
    if order.late_cancellation:  # else nobody asks
        load.cancellations_of_order.bring(order.id, found)


def _tell_dispute(load: "Loaders", order: Order, row: DisputeRow | None) -> Dispute | None:
    dispute = Dispute.of(row) if row else None
    load.dispute_of_order.bring(order.id, dispute)
    if dispute:
        load.visible_dispute.bring(dispute.id, dispute)
    return dispute


def _tell_disputes(load: "Loaders", order: Order, found: list[DisputeRow]) -> None:
    load.disputes_of_order.bring(order.id, [Dispute.of(row) for row in found])


def _tell_offers(load: "Loaders", order: Order, offers: list[OfferRow]) -> None:
    if dispute := load.dispute_of_order.known(order.id):
        load.offers_of_dispute.bring(dispute.id, [Offer.of(row) for row in offers])


def _tell_reason(load: "Loaders", _: Order, reason: ReasonRow | None) -> None:
    if reason:
        load.reason.bring(reason.id, Reason.of(reason))


def _tell_open_disputes(load: "Loaders", order: Order, count: int) -> None:
    if order.status in OPENS:  # else nobody has counted, nor asks
        load.open_disputes_of_buyer.bring(order.buyer_id, count)


def _tell_user(load: "Loaders", _: Order, user: UserRow) -> None:
    load.user.bring(user.id, User.of(user))


def thread(page: Slice) -> Part:
    """The first or last page of the newest dispute's thread."""

    def tell(load: "Loaders", _: Order, messages: list[Message]) -> None:
        if messages:
            load.thread.bring((messages[0].dispute_id, page), messages)

    return Part("thread", Message, OF_NEWEST_DISPUTE, _by_position(page), tell)


def timeline(page: Slice) -> Part:
    """The first page of the order's timeline."""

    def tell(load: "Loaders", order: Order, events: list[EventRow]) -> None:
        load.timeline.bring((order.id, page), events)

    return Part("timeline", EventRow, OF_ORDER, _by_position(page), tell)


def _by_position(page: Slice) -> str:
    """As pages are read: from the end that they lie at, and a row more."""
    direction = "" if page.forward else " DESC"
    return f"part.position{direction} LIMIT {page.size + 1:d}"


# fmt: off
OF_ORDER: Final = "part.order_id = orders.id"
OF_REFUNDS: Final = "part.refund_id IN (SELECT id FROM refunds WHERE order_id = orders.id)"
OF_CANCELED: Final = "part.cancellation_id IN (SELECT id FROM cancellations WHERE order_id = orders.id)"
LATE: Final = "(orders.policy_numbers ->> 'late_cancellation')::boolean"
OF_LATE: Final = f"{OF_ORDER} AND {LATE}"
NEWEST_DISPUTE: Final = """(
SELECT {} FROM disputes WHERE order_id = orders.id ORDER BY opened_at DESC, id DESC LIMIT 1)"""
OF_NEWEST_DISPUTE: Final = f"part.dispute_id = {NEWEST_DISPUTE.format('id')}"
ITS_REASON: Final = f"part.id = {NEWEST_DISPUTE.format('reason_id')}"
OF_BUYER: Final = f"""{sql.one_of("orders.status", OPENS)} AND {OPEN} AND part.order_id IN (
SELECT id FROM orders AS o WHERE o.buyer_id = orders.buyer_id AND o.disputed_at IS NOT NULL)"""  # noqa: S608  (as above)
BUYER: Final = "part.id = orders.buyer_id"
SELLER: Final = "part.id = orders.seller_id"
FIRST: Final = True
PARTS: Final = {part.name: part for part in (
    #    name             rows          which of them, sorted by                      told by
    Part("lines",         OrderLine,    OF_ORDER, "part.position",                    _tell_lines),
    Part("payment",       Payment,      OF_ORDER, "part.id",                          _tell_payment,  FIRST),
    Part("refunds",       RefundRow,    OF_ORDER, "part.created_at, part.id",         _tell_refunds),
    Part("refunds.lines", RefundLine,   OF_REFUNDS, "part.id",                        _tell_refund_lines),
    Part("cancellations", Cancellation, OF_ORDER, "part.requested_at, part.id",       _tell_cancellations),
    Part("canceled.lines", CancellationLine, OF_CANCELED, "part.id",                  _tell_canceled_lines),
    Part("requests",      Cancellation, OF_LATE,  "part.requested_at, part.id",       _tell_requests),
    Part("dispute",       DisputeRow,   OF_ORDER, "part.opened_at DESC, part.id DESC", _tell_dispute, FIRST),
    Part("disputes",      DisputeRow,   OF_ORDER, "part.opened_at, part.id",          _tell_disputes),
    Part("offers",        OfferRow,     OF_NEWEST_DISPUTE, "part.position",           _tell_offers),
    Part("dispute.reason", ReasonRow,   ITS_REASON, "part.id",                        _tell_reason,   FIRST),
    Count("open_disputes", DisputeRow,  OF_BUYER, "",                                 _tell_open_disputes),
    Part("buyer",         UserRow,      BUYER,    "part.id",                          _tell_user,     FIRST),
    Part("seller",        UserRow,      SELLER,   "part.id",                          _tell_user,     FIRST),
)}
PAGES: Final = {
    # where a list has pages   its part             how many it has unless told
    "dispute.messages":        (lru_cache(thread),   PAGE),
    "timeline":                (lru_cache(timeline), EVENTS),
}
"""Only pages at the ends of these lists come along."""
# fmt: on
