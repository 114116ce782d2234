"""The life of one order of the big market: each step leaves the rows that its action would have written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.models import Model

from ordergraph.kernel.actor import Role
from ordergraph.kernel.deadline import DeadlineKind, remind_at, reminders_due
from ordergraph.kernel.policy import Policy
from ordergraph.orders import events as told
from ordergraph.orders.models import OpenWindow, Order, OrderLine
from ordergraph.orders.process import LOOKS, ORDER, OrderStatus, next_look
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.ledger.process import PARTY, Posting, entries, steps
from ordergraph.payments.models import Payment, SandboxEntry
from ordergraph.reminders.models import Reminder
from seeds.rows import Book, change, identity

POLICY: Final = Policy()
"""Version 0, the defaults: whatever is published today, the big market was placed before that."""
NUMBERS: Final = POLICY.to_json()
SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)
BUYER, SELLER, OPERATOR, SYSTEM, GATEWAY = Role


class Article(NamedTuple):
    """What one line buys, in minor units."""

    sku: str
    title: str
    quantity: int
    price: int
    discount: int
    tax: int


class Deal(NamedTuple):
    """Who bought what from whom."""

    number: str
    buyer_id: UUID
    seller_id: UUID
    currency: str
    shipping: int
    articles: Sequence[Article]


@dataclass(slots=True)
class Life:
    """One order from its placement on. Call what happens to it in the order in which it does."""

    random: Random
    book: Book
    order: Order
    lines: list[OrderLine]
    payment: Payment

    @classmethod
    def begin(cls, random: Random, deal: Deal, at: datetime) -> "Life":
        """It is placed, and nobody has paid yet."""
        book = Book(random, {BUYER: deal.buyer_id, SELLER: deal.seller_id})
        order = _order(book, deal, at)
        lines = [
            _line(book, order, position, article) for position, article in enumerate(deal.articles)
        ]
        payment = book.add(
            Payment,
            at,
            order_id=order.id,
            gateway="sandbox",
            currency=order.currency,
            amount_minor=order.total_minor,
            created_at=at,
        )
        book.tell(told.OrderPlaced(order_id=order.id), BUYER, at)
        return cls(random, book, order, lines, payment)

    def close(self, now: datetime) -> list[Model]:
        """Hand over all that was written about it until now."""
        order = self.order
        if (
            (until := order.cancelable_until)
            and until > now
            and order.status is OrderStatus.PROCESSING
        ):
            self.book.rows.append(OpenWindow(order_id=order.id, closes_at=until))
        self.book.rows += self._reminders(now)
        return self.book.close()

    def _reminders(self, now: datetime) -> Iterator[Model]:
        """Of what the seller will be reminded; what would have been before now is left out."""
        since, due_at = self.order.paid_at, self.order.ship_by_at
        if self.order.status is not OrderStatus.PROCESSING or since is None or due_at is None:
            return
        next_at = remind_at(since, due_at, reminders_due(since, due_at, now))
        if next_at is not None:
            order_id, kind = self.order.id, DeadlineKind.SHIP_BY
            yield Reminder(
                id=order_id,
                order_id=order_id,
                kind=kind,
                since=since,
                due_at=due_at,
                remind_at=next_at,
            )

    def soon(self) -> timedelta:
        """As late as a worker is."""
        return SECOND * self.random.random()

    def pay(self, at: datetime) -> None:
        payment = self.payment
        entry = self.journal("CAPTURE", payment.id, payment.amount_minor, at)
        entry.idempotency_key = f"capture-{payment.id}"
        payment.gateway_reference = f"sandbox-{entry.id}"
        self.post(Posting.CAPTURED, payment.amount_minor, at)
        payment.captured_at = at
        change(
            self.order,
            status=OrderStatus.PROCESSING,
            paid_at=at,
            cancelable_until=at + POLICY.span("cancel_window_s"),
            ship_by_at=at + POLICY.span("ship_by_s"),
        )
        self.book.tell(told.OrderPaid(order_id=self.order.id), GATEWAY, at)

    def journal(self, kind: str, reference: UUID, amount: int, at: datetime) -> SandboxEntry:
        """A line in the bank's own book; the key is the caller's."""
        return self.book.add(
            SandboxEntry,
            at,
            kind=kind,
            reference=reference,
            payment_reference=self.payment.id,
            currency=self.order.currency,
            amount_minor=amount,
            created_at=at,
        )

    def post(self, kind: Posting, minor: int, at: datetime, refund_id: UUID | None = None) -> None:
        """Move the money, and enter it, as payments.ledger.posting does."""
        for column, step in steps(kind).items():
            setattr(self.payment, column, getattr(self.payment, column) + step * minor)
        posting_id = identity(self.random, at)
        for account, sign in entries(kind):
            self.book.add(
                LedgerEntry,
                at,
                posting_id=posting_id,
                order_id=self.order.id,
                kind=kind,
                account=account,
                party_id=self.book.people.get(PARTY[account]) if account in PARTY else None,
                currency=self.order.currency,
                amount_minor=sign * minor,
                refund_id=refund_id,
                request_id="",
                at=at,
            )

    def close_window(self) -> None:
        until = self.order.cancelable_until
        assert until is not None, "a paid order has a window"
        at = until + self.soon()
        self.book.tell(told.CancelWindowEnded(order_id=self.order.id), SYSTEM, at)

    def ship(self, at: datetime, promised_at: datetime | None = None) -> None:
        """It leaves; a window that is over by then was closed before."""
        order = self.order
        assert order.cancelable_until is not None, "a paid order has a window"
        if order.cancelable_until + SECOND < at:
            self.close_window()
        change(
            order,
            status=OrderStatus.SHIPPED,
            shipped_at=at,
            carrier="Post",
            tracking_number=f"RR{self.random.randrange(10**9):09d}",
            promised_at=promised_at,
            presumed_delivered_at=promised_at or at + POLICY.span("presumed_delivered_s"),
        )
        self.book.tell(told.OrderShipped(order_id=order.id), SELLER, at)

    def arrive(self, at: datetime) -> None:
        by = self.random.choice((BUYER, SELLER, GATEWAY, GATEWAY))
        change(
            self.order,
            status=OrderStatus.DELIVERED,
            delivered_at=at,
            delivered_by=by,
            protection_ends_at=at + POLICY.span("protection_s"),
        )
        self.book.tell(told.OrderDelivered(order_id=self.order.id), by, at)

    def complete(self) -> None:
        ends_at = self.order.protection_ends_at
        assert ends_at is not None, "it has come"
        at = ends_at + self.soon()
        change(self.order, status=OrderStatus.COMPLETED, completed_at=at)
        self.book.tell(told.OrderCompleted(order_id=self.order.id), SYSTEM, at)
        if self.payment.payable.minor:
            self.post(Posting.PAID_OUT, self.payment.payable.minor, at)

    def expire(self, now: datetime) -> None:
        """Since then it was looked at; the next look, if one is left, is not due while the market loads."""
        due_at, late = self.order.payment_due_at, self.soon()
        at = due_at + late
        look_at = next_look(due_at, now)
        look_at = max(look_at, now + HOUR) if look_at else None
        given_up_at = None if look_at else due_at + LOOKS[-1] + late
        change(
            self.order,
            status=OrderStatus.EXPIRED,
            expired_at=at,
            payment_look_at=look_at,
            payment_given_up_at=given_up_at,
        )
        self.book.tell(told.OrderExpired(order_id=self.order.id), SYSTEM, at)


def _order(book: Book, deal: Deal, at: datetime) -> Order:
    goods = sum(article.price * article.quantity - article.discount for article in deal.articles)
    return book.add(
        Order,
        at,
        number=deal.number,
        buyer_id=deal.buyer_id,
        seller_id=deal.seller_id,
        status=ORDER.start,
        version=1,
        currency=deal.currency,
        total_minor=goods + deal.shipping,
        shipping_minor=deal.shipping,
        policy_version=0,
        policy_numbers=NUMBERS,
        placed_at=at,
        payment_due_at=at + POLICY.span("payment_window_s"),
    )


def _line(book: Book, order: Order, position: int, article: Article) -> OrderLine:
    return book.add(
        OrderLine,
        order.placed_at,
        order_id=order.id,
        position=position,
        sku=article.sku,
        title=article.title,
        quantity=article.quantity,
        unit_price_minor=article.price,
        discount_minor=article.discount,
        tax_minor=article.tax,
        paid_minor=article.price * article.quantity - article.discount,
    )
