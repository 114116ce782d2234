"""The parts of an order in the API: lines, actions, timeline."""

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import ClassVar, Final, Protocol, Self
from uuid import UUID

import strawberry
from strawberry import relay

from ordergraph.api.columns import column, derived, money_column, word_column
from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.nodes import Loaded
from ordergraph.api.pages import Key
from ordergraph.api.refusals import UserError, answers, blocked_by
from ordergraph.api.scalars import Money, publish
from ordergraph.infra.outbox import EventRow
from ordergraph.infra.timelines import Chain
from ordergraph.kernel.actor import Role
from ordergraph.kernel.event import sentence
from ordergraph.kernel.refusal import InvalidInput, Refusal
from ordergraph.kernel.words import Words
from ordergraph.orders import models, process
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.process import ORDER, OrderStatus

publish(OrderStatus)
publish(WithdrawalExclusion)

TIMELINE = Key(("position",), newest_first=False)
REFUNDED_QUANTITY: Final = (
    "coalesce(div({row}.refunded_minor::numeric * {row}.quantity, nullif({row}.paid_minor, 0)), 0)"
)
"""As SQL; numeric, because the product may be larger than a bigint."""


class PaymentFacts(Protocol):
    """What of a payment decides how much of the money is where."""

    @property
    def captured_at(self) -> object: ...

    captured_minor: int
    refunded_minor: int


@publish
class PaymentStatus(Words):
    """How much of the order's money is where. More values may come."""

    UNPAID = "UNPAID", "Nothing was captured."
    PAID = "PAID", "Captured, and nothing given back."
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED", "A part was given back."
    REFUNDED = "REFUNDED", "All of it was given back."

    @classmethod
    def of(cls, payment: PaymentFacts | None) -> Self:
        if payment is None or payment.captured_at is None:
            return cls.UNPAID
        if payment.refunded_minor == 0:
            return cls.PAID
        whole = payment.refunded_minor == payment.captured_minor
        return cls.REFUNDED if whole else cls.PARTIALLY_REFUNDED


@publish
class OrderActionKind(Words):
    """What a person may do with an order. More values may come."""

    CANCEL = "CANCEL", "Cancel the order, or a part of it, or ask the seller for that: orderCancel."
    SHIP = "SHIP", "Hand the parcel to the carrier: orderShip."
    MARK_DELIVERED = "MARK_DELIVERED", "Say that the parcel has come: orderMarkDelivered."
    CONFIRM_RECEIPT = "CONFIRM_RECEIPT", "Say that you have the parcel: orderConfirmReceipt."
    CREATE_REFUND = "CREATE_REFUND", "Give money back of your own accord: refundCreate."
    OPEN_DISPUTE = "OPEN_DISPUTE", "Ask for money back after delivery: disputeOpen."
    WITHDRAW = (
        "WITHDRAW",
        "Withdraw from the purchase, as consumers in the EU may: withdrawalStart.",
    )


@answers(process.CancelWindowClosed)
@strawberry.type(description="The time in which the buyer may cancel is over.")
class CancelWindowClosedError(UserError):
    closed_at: datetime = strawberry.field(description="When it ended.")


@answers(process.OrderAlreadyShipped)
@strawberry.type(description="The order has left the seller; it cannot be canceled any more.")
class OrderAlreadyShippedError(UserError):
    shipped_at: datetime = strawberry.field(description="When it was shipped.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number.")


@answers(process.OrderAlreadyCanceled)
@strawberry.type(description="The order has been canceled before.")
class OrderAlreadyCanceledError(UserError):
    canceled_at: datetime | None = strawberry.field(description="When that was.")


@strawberry.type(
    description="Something a person may do with an order, whether they may do it now,"
    " and what would be answered if not."
)
class OrderAction:
    kind: OrderActionKind = strawberry.field(description="What can be done.")
    available: bool = strawberry.field(description="Whether it would work now.")
    until: datetime | None = strawberry.field(description="Until when it can be done.")
    opens_at: datetime | None = strawberry.field(description="From when on it can be done.")
    blocked_by: UserError | None = blocked_by()
    refusal: strawberry.Private[Refusal | None]

    @classmethod
    def judged(
        cls,
        kind: OrderActionKind,
        refusal: Refusal | None,
        *,
        until: datetime | None = None,
        opens_at: datetime | None = None,
    ) -> Self:
        return cls(
            kind=kind,
            available=refusal is None,
            until=until,
            opens_at=opens_at,
            refusal=refusal,
        )


def own_actions(
    role: Role,
    *,
    until: Mapping[process.OrderAction, datetime | None],
    why_not: Callable[[process.OrderAction], Refusal | None],
) -> list[OrderAction]:
    """The moves of the order's own table that this role may make at one time or another."""
    return [
        OrderAction.judged(kind, why_not(action), until=until.get(action))
        for action, kind in ORDER.shown_to(role, OrderActionKind)
    ]


@strawberry.type(description="An article of an order. Amounts are as they were when it was placed.")
class OrderLine(Loaded, relay.Node):
    loader: ClassVar[str] = "parts.line"

    id: relay.NodeID[UUID]
    sku: str = column("sku", "The seller's article number.")
    title: str = column("title", "The article's name.")
    quantity: int = column("quantity", "How many were bought.")
    canceled_quantity: int = column("canceled_quantity", "How many were canceled.")
    returned_quantity: int = column("returned_quantity", "How many were sent back.")
    refunded_quantity: int = derived(
        attrgetter("refunded_quantity"),
        ("quantity", "refunded_minor", "paid_minor"),
        "How many pieces `refunded` pays for in full, whatever it was given for: a part of a"
        " piece's price counts as none, and what was free is never refunded.",
        says=REFUNDED_QUANTITY,
    )
    unit_price: Money = money_column("unit_price_minor", "The price of one, before discount.")
    discount: Money = money_column(
        "discount_minor", "Taken off the whole line, with its share of the order's own discount."
    )
    tax: Money = money_column("tax_minor", "Contained in what was paid for the line.")
    paid: Money = money_column("paid_minor", "What the whole line cost.")
    refunded: Money = money_column("refunded_minor", "Of that, given or promised back.")
    excluded_from_withdrawal: WithdrawalExclusion | None = column(
        "excluded_from_withdrawal",
        "Why a consumer may not withdraw from buying it; null where they may.",
    )
    refunded_tax: Money = money_column(
        "refunded_tax_minor",
        "The tax that is contained in what was given or promised back: with the last"
        " part of the line, exactly all of it.",
        of=("tax_minor", "refunded_minor", "paid_minor"),
    )
    row: strawberry.Private[models.OrderLine]
    currency: strawberry.Private[str]

    @classmethod
    def of(cls, row: models.OrderLine, currency: str) -> Self:
        return cls(id=row.id, row=row, currency=currency)


@strawberry.input(description="How many of one line.")
class LineQuantityInput:
    line_id: relay.GlobalID = strawberry.field(description="The line of the order.")
    quantity: int = strawberry.field(description="How many pieces of it.")


def picked(lines: list[LineQuantityInput] | None) -> dict[UUID, int] | None:
    """Read which pieces are meant; naming a line twice is refused."""
    if lines is None:
        return None
    found = {uuid_of(line.line_id, "OrderLine"): line.quantity for line in lines}
    if len(found) < len(lines):
        raise InvalidInput(field="lines", problem="each line at most once")
    return found


@strawberry.type(description="One line of an order's timeline.")
class Event(Loaded, relay.Node):
    loader: ClassVar[str] = "parts.event"

    id: relay.NodeID[UUID]
    type: str = column("type", "Its name, such as order.canceled.")
    actor: Role = word_column(Role, "actor_role", "Who did it.")
    occurred_at: datetime = column("occurred_at", "When it happened.")
    hash: str = column(
        "hash", "Chains the timeline: SHA-256 over the hash before it and this event."
    )
    row: strawberry.Private[EventRow]

    @strawberry.field(description="One sentence, in the language of Accept-Language.")
    def summary(self, info: Info) -> str:
        return sentence(self.row.type, info.context.language)

    @classmethod
    def of(cls, row: EventRow) -> Self:
        return cls(id=row.id, row=row)


@strawberry.type(
    description="Whether the timeline is as it was written: every event numbered, and chained by hash"
    " to the one before."
)
class TimelineIntegrity:
    intact: bool = strawberry.field(description="Whether nothing was changed, swapped or left out.")
    events: int = strawberry.field(description="How many events were looked at: all there are.")
    broken_at: int | None = strawberry.field(
        description="The number of the first event that is wrong, counted from 1; null when intact."
    )
    last_hash: str = strawberry.field(
        description="The hash that the chain comes to, up to where it breaks. Keep it: if it is no"
        " longer among the timeline's hashes some day, the end was cut off."
    )

    @classmethod
    def of(cls, chain: Chain) -> Self:
        fault = chain.fault
        return cls(
            intact=fault is None,
            events=chain.events,
            broken_at=fault.position if fault else None,
            last_hash=chain.head,
        )
