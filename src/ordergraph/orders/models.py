"""Orders and their lines; the database's own guards are in migrations/0002_guards.py."""

from datetime import datetime
from functools import cached_property, lru_cache
from typing import ClassVar
from uuid import UUID

import orjson
from tortoise import fields

from ordergraph.accounts.models import User
from ordergraph.infra.fields import belongs_to, identity, text, word
from ordergraph.infra.model import Model
from ordergraph.kernel.actor import Parties, Role
from ordergraph.kernel.money import Money, contained
from ordergraph.kernel.policy import Policy
from ordergraph.orders.exclusions import WithdrawalExclusion
from ordergraph.orders.process import OrderStatus


class PolicyNumbers(dict[str, int | bool]):
    """Frozen numbers that many orders share."""

    @cached_property
    def policy(self) -> Policy:
        """The policy that they make, made once for all of them."""
        return Policy.from_json(self)


@lru_cache(maxsize=256)
def policy_numbers(text: str) -> PolicyNumbers:
    """Read them from JSON, once for all orders that were placed under them; nobody changes them."""
    return PolicyNumbers(orjson.loads(text))


class Order(Model):
    """One purchase from one seller, in one currency. Amounts are minor units."""

    CONVERT: ClassVar = {"policy_numbers": policy_numbers}

    id: UUID = identity()
    number: str = text(16, unique=True)
    buyer_id: UUID
    buyer: fields.ForeignKeyRelation[User] = belongs_to("models.User", indexed=False)
    seller_id: UUID
    seller: fields.ForeignKeyRelation[User] = belongs_to("models.User", indexed=False)
    status: OrderStatus = word(OrderStatus)
    version: int = fields.IntField()
    currency: str = text(3)
    total_minor: int = fields.BigIntField()
    shipping_minor: int = fields.BigIntField()
    policy_version: int = fields.IntField()
    policy_numbers: dict[str, int | bool] = fields.JSONField()

    placed_at: datetime = fields.DatetimeField()
    paid_at: datetime | None = fields.DatetimeField(null=True)
    payment_due_at: datetime = fields.DatetimeField()
    payment_look_at: datetime | None = fields.DatetimeField(null=True)
    payment_given_up_at: datetime | None = fields.DatetimeField(null=True)
    cancelable_until: datetime | None = fields.DatetimeField(null=True)
    window_closed_at: datetime | None = fields.DatetimeField(null=True)
    """Said by versions that knew no OpenWindow; a later migration takes it away."""
    ship_by_at: datetime | None = fields.DatetimeField(null=True)
    promised_at: datetime | None = fields.DatetimeField(null=True)
    shipped_at: datetime | None = fields.DatetimeField(null=True)
    carrier: str | None = text(60, null=True)
    tracking_number: str | None = text(80, null=True)
    presumed_delivered_at: datetime | None = fields.DatetimeField(null=True)
    delivered_at: datetime | None = fields.DatetimeField(null=True)
    delivered_by: str | None = text(16, null=True)
    carrier_reference: str | None = text(80, null=True)
    """How the carrier calls its proof that the parcel has come."""
    protection_ends_at: datetime | None = fields.DatetimeField(null=True)
    disputed_at: datetime | None = fields.DatetimeField(null=True)
    completed_at: datetime | None = fields.DatetimeField(null=True)
    canceled_at: datetime | None = fields.DatetimeField(null=True)
    expired_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "orders"

    @property
    def parties(self) -> Parties:
        return Parties(self.buyer_id, self.seller_id)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def policy(self) -> Policy:
        """The numbers as they were when the order was placed."""
        numbers = self.policy_numbers
        if isinstance(numbers, PolicyNumbers):
            return numbers.policy
        return Policy.from_json(numbers)

    @cached_property
    def late_cancellation(self) -> bool:
        """Whether its policy lets the buyer ask when the window is over; a read may bring that alone."""
        return bool(self.policy_numbers.get("late_cancellation"))

    @property
    def proven_delivered(self) -> bool:
        """The carrier said so, through an operator; not a party, and not a date that passed."""
        return self.delivered_by == Role.GATEWAY


class OpenWindow(Model):
    """An order that waits to be shipped, and of which nobody has said yet that its cancel window is over.

    The database keeps it (migrations/0024_open_windows.py): a row comes with the payment, and goes when
    the order leaves or is canceled. Whether an order may be canceled is not asked here: its own
    status and hour say it.
    """

    order_id: UUID = fields.UUIDField(primary_key=True)
    closes_at: datetime = fields.DatetimeField()

    class Meta:
        table = "open_windows"


class OrderLine(Model):
    """What was bought, and how much of it was undone since. `paid_minor` is frozen at placement."""

    id: UUID = identity()
    order_id: UUID
    order: fields.ForeignKeyRelation[Order] = belongs_to("models.Order", indexed=False)
    position: int = fields.SmallIntField()
    sku: str = text(80)
    title: str = text(200)
    quantity: int = fields.IntField()
    unit_price_minor: int = fields.BigIntField()
    discount_minor: int = fields.BigIntField()
    tax_minor: int = fields.BigIntField()
    paid_minor: int = fields.BigIntField()
    canceled_quantity: int = fields.IntField(default=0)
    returned_quantity: int = fields.IntField(default=0)
    refunded_minor: int = fields.BigIntField(default=0)
    excluded_from_withdrawal: WithdrawalExclusion | None = word(WithdrawalExclusion, null=True)

    class Meta:
        table = "order_lines"
        unique_together = (("order", "position"),)

    @property
    def open_quantity(self) -> int:
        return self.quantity - self.canceled_quantity - self.returned_quantity

    @property
    def refunded_quantity(self) -> int:
        """Money goes back by sums, not by pieces: so many pieces does it pay for in full."""
        return contained(self.quantity, self.refunded_minor, self.paid_minor)

    @property
    def refunded_tax_minor(self) -> int:
        return contained(self.tax_minor, self.refunded_minor, self.paid_minor)
