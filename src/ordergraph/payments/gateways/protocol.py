"""What ordergraph asks of a payment gateway.

A gateway is found by name among the entry points of group `ordergraph.gateways`. Every call may be
repeated after a crash, so every call carries a reference of ours under which the gateway can be
asked later what became of it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from ordergraph.infra.parts import Parts
from ordergraph.kernel.clock import Clock
from ordergraph.kernel.money import Money


class Standing(StrEnum):
    """How far the gateway has got with a refund."""

    SUCCEEDED = "SUCCEEDED"
    PENDING = "PENDING"
    FAILED = "FAILED"
    """It was taken and then declined: no money moved, and none will under this key."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Take this much for the payment that we call `payment_reference`.

    `token` is what the buyer's app got from the provider for the card or account (Stripe: a
    payment method); None where the gateway needs none.
    """

    payment_reference: UUID
    amount: Money
    idempotency_key: str
    token: str | None = field(default=None, repr=False)


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
    """What the gateway has. `failure` is a RefundFailureReason's name, for FAILED only."""

    standing: Standing
    gateway_reference: str
    bank_reference: str | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the gateway's own book, to be compared with ours.

    `reference` is our refund's or payment's id as the gateway was told it; None for what it did
    without us. Of two lines with one `gateway_reference` the one that says FAILED counts: a book
    that is never changed tells of a later failure by another line.
    """

    kind: str
    """CAPTURE or REFUND."""
    reference: UUID | None
    gateway_reference: str
    amount: Money
    standing: Standing
    at: datetime
    payment: str | None = None
    """Of a refund: the `gateway_reference` of the payment that it is of. It says whose order money was
    given back of that we have not sent.
    """


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a gateway's signed message is about: a refund of ours that is worth another look."""

    event_id: str
    refund_reference: UUID


class Declined(Exception):
    """The gateway said no, definitely: no money moved, and none will under this key.

    `code` is the name of a RefundFailureReason, or for a capture of a PaymentDeclineReason; what
    we do not know reads as UNKNOWN.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the gateway declined: {code}")


class RateLimited(Exception):
    """The gateway did nothing because it was asked too often (HTTP 429): ask again later."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(f"asked too often; again in {retry_after}")


class OutcomeUnknown(TimeoutError):
    """The call may or may not have had its effect: look it up before sending anything again."""


class Contradiction(Exception):
    """What we ask contradicts what we asked before, such as a known key with another amount.

    It is a mistake of ours, so it is no Declined: something may have happened under that key, and
    the refund is looked up before anything is sent again.
    """


class BadWebhook(ValueError):
    """Not signed by the gateway, too old, or not to be read: nothing is to be believed of it."""


class PaymentGateway(Protocol):
    """The calls raise Declined for a definite no and RateLimited when nothing was done; whatever
    else is raised counts as unknown.
    """

    name: str
    real_money: bool
    """True refuses the test clock: nobody plays with time where money moves."""

    async def capture(self, capture: Capture) -> CaptureReceipt: ...

    async def find_capture(self, payment_reference: UUID, until: datetime) -> CaptureReceipt | None:
        """Say what was captured for this payment, whether or not its key is still remembered.

        No capture of it was asked for later than `until`: where a book can be read by time only,
        that is how far.
        """
        ...

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        """Give the money back. The same key with the same terms gives the same receipt."""
        ...

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        """Say what became of `order.reference`, whether or not its key is still remembered.

        A refund that succeeded or is pending counts whatever key it was sent with; one that failed
        counts only under the key of this order, because a fresh key is a fresh try.
        """
        ...

    async def remaining(self, order: RefundOrder) -> Money:
        """Say how much of the order's payment is left: what was captured, less all that went back of it
        or is on its way, by whomever.

        Asked before money goes another way, and before the rest is sent where some of it has. Raises
        Declined, such as with PAYMENT_DISPUTED while the buyer's bank has the payment.
        """
        ...

    def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        """Every capture and refund from that moment on, in any order."""
        ...

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """Check the signature and say what it is about; None: nothing of ours.

        `headers` have lower-case names. Raises BadWebhook.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...


class UnusableGateway(Exception):
    """The gateway cannot be used as this installation is set up; one line that quotes no secret."""


PARTS: Final = Parts("gateway", "ordergraph.gateways", UnusableGateway)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every gateway is made from.

    `options` are this installation's `ORDERGRAPH_GATEWAY_OPTIONS__…` variables, by their
    lower-case names: what they mean is the gateway's own affair. They may be secrets.
    """

    clock: Clock
    options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def only(self, *known: str) -> Mapping[str, str]:
        """Return the options; raise UnusableGateway for one that this gateway does not know."""
        return PARTS.only(self.options, *known)


Factory = Callable[[Surroundings], PaymentGateway]


def load(name: str) -> Factory:
    """Find a gateway's factory among the installed entry points; it may raise UnusableGateway."""
    factory: Factory = PARTS.load(name)
    return factory
