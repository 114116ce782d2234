"""What ordergraph asks of a payment gateway.

A gateway is found by name among the entry points of group `ordergraph.gateways`. Every call may be
repeated after a crash, so every call carries a reference of ours under which the gateway can be
asked later what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Final, Protocol
from uuid import UUID

from ordergraph.kernel.money import Money

GROUP: Final = "ordergraph.gateways"


class Standing(StrEnum):
    """How far the gateway has got with a refund."""

    SUCCEEDED = "SUCCEEDED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class Capture:
    """Take this much for the payment that we call `payment_reference`."""

    payment_reference: UUID
    amount: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class CaptureReceipt:
    gateway_reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Give this much back of the payment; `reference` is our refund's id."""

    reference: UUID
    payment_reference: UUID
    payment_gateway_reference: str
    amount: Money
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class RefundReceipt:
    standing: Standing
    gateway_reference: str
    bank_reference: str | None


class Declined(Exception):
    """The gateway said no, definitely: no money moved. `code` is a RefundFailureReason's name."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the gateway declined: {code}")


class OutcomeUnknown(Exception):
    """The call may or may not have had its effect: look it up before sending anything again."""


class PaymentGateway(Protocol):
    """All calls raise Declined for a definite no; whatever else is raised counts as unknown."""

    name: str
    real_money: bool
    """True refuses the test clock: nobody plays with time where money moves."""

    async def capture(self, capture: Capture) -> CaptureReceipt: ...
    async def find_capture(self, payment_reference: UUID) -> CaptureReceipt | None: ...
    async def refund(self, order: RefundOrder) -> RefundReceipt: ...
    async def find_refund(self, reference: UUID) -> RefundReceipt | None: ...


class UnknownGateway(ValueError):
    """No installed package offers a gateway of that name."""


def load(name: str) -> Callable[..., PaymentGateway]:
    """Find a gateway's factory among the installed entry points."""
    found = entry_points(group=GROUP, name=name)
    if not found:
        known = ", ".join(sorted(point.name for point in entry_points(group=GROUP)))
        raise UnknownGateway(f"no gateway is called {name!r}; installed are: {known}")
    factory: Callable[..., PaymentGateway] = next(iter(found)).load()
    return factory
