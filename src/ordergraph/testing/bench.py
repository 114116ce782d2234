"""What a gateway's author provides so that its promises can be tested, and how they are looked at."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    Capture,
    CaptureReceipt,
    Declined,
    JournalEntry,
    PaymentGateway,
    RateLimited,
    RefundOrder,
    Standing,
)


class Trouble(Enum):
    """What the provider is to do with the next payment, or with the refunds of it."""

    NONE = "everything goes well"
    CAPTURE_DECLINED = "it is declined, however often it is asked for"
    CAPTURE_CUT = "the first call ends before its effect, without an answer"
    CAPTURE_LOST = "the first call has its effect, and the answer is lost"
    REFUND_DECLINED = "its refunds are declined"
    REFUND_CUT = "the first call for a refund ends before its effect, without an answer"
    REFUND_LOST = "the first call for a refund has its effect, and the answer is lost"
    REFUND_PENDING = "its refunds are taken, and succeed later"
    REFUND_FAILS_LATER = "its refunds are taken, and fail later"
    REFUND_BUSY = "the first call for a refund is answered as one too many, and nothing is done"
    KEYS_FORGOTTEN = "the first call is as REFUND_LOST, and then its key is forgotten"
    PAYMENT_DISPUTED = "once it is paid, the buyer's bank takes it back until that is decided"
    GIVEN_ELSEWHERE = "once it is paid, somebody gives a part back at the provider itself"


MOST_CALLS: Final = 5
DEFINITE: Final = (Declined, RateLimited)
"""What says that nothing happened. Everything else says that nobody knows."""
LONGEST: Final = timedelta(hours=1)
"""How long a test takes at most, by the provider's clock."""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook as it arrives; `headers` have lower-case names."""

    body: bytes
    headers: Mapping[str, str]


class Bench(Protocol):
    """A provider that can be brought to misbehave, and the gateway to it."""

    gateway: PaymentGateway
    another: PaymentGateway
    """The same, made anew, as in another process."""
    began_at: datetime
    """A moment before the test, by the provider's clock."""

    async def arrange(self, trouble: Trouble) -> str | None:
        """Return the token to pay with so that this happens; raise unittest.SkipTest for what the
        provider cannot be brought to do.
        """
        ...

    async def settle(self) -> None:
        """Let so much time pass that everything pending has succeeded or failed."""
        ...

    def message(self, order: RefundOrder) -> Message | None:
        """What the provider sends when this refund changes; None: it sends nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Till:
    """One payment under test, and what is asked about it."""

    bench: Bench
    capture: Capture

    @classmethod
    async def of(cls, bench: Bench, trouble: Trouble, amount: Money) -> "Till":
        reference = uuid7()
        token = await bench.arrange(trouble)
        return cls(bench, Capture(reference, amount, f"capture-{reference}", token))

    async def paid(self) -> CaptureReceipt:
        return await self.bench.gateway.capture(self.capture)

    async def found(self) -> CaptureReceipt | None:
        """What the gateway, made anew, finds under our reference."""
        until = self.bench.began_at + LONGEST
        return await self.bench.another.find_capture(self.capture.payment_reference, until)

    def refund(self, receipt: CaptureReceipt, amount: Money | None = None) -> RefundOrder:
        """The order to give this much back, or all of it."""
        reference = uuid7()
        return RefundOrder(
            reference=reference,
            payment_reference=self.capture.payment_reference,
            payment_gateway_reference=receipt.gateway_reference,
            amount=amount or self.capture.amount,
            idempotency_key=f"refund-{reference}-0",
        )

    async def lines(self, reference: UUID) -> list[JournalEntry]:
        """What the gateway's journal says about this reference of ours."""
        journal = self.bench.another.journal(self.bench.began_at)
        return [line async for line in journal if line.reference == reference]

    async def given(self, *orders: RefundOrder) -> int:
        """How much went back for these refunds, in minor units, and is not known to have failed."""
        found = [line for order in orders for line in await self.lines(order.reference)]
        failed = {line.gateway_reference for line in found if line.standing is Standing.FAILED}
        assert all(line.kind == "REFUND" for line in found), "a refund's line is called REFUND"
        return sum(line.amount.minor for line in found if line.gateway_reference not in failed)


def afresh(order: RefundOrder) -> RefundOrder:
    """The same refund, tried again after a definite no."""
    name, _, number = order.idempotency_key.rpartition("-")
    return replace(order, idempotency_key=f"{name}-{int(number) + 1}")


async def problem_of(call: Awaitable[object]) -> Exception:
    """Return what the call raises; it has to raise something."""
    try:
        answer = await call
    except Exception as problem:  # noqa: BLE001  (what a gateway raises is what we look at)
        return problem
    raise AssertionError(f"it should have raised, and answered {answer!r}")
