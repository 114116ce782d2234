"""The benches on which our own gateways are tested."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest import SkipTest

from ordergraph.kernel.clock import FrozenClock
from ordergraph.payments.gateways.protocol import PaymentGateway, RefundOrder, Surroundings
from ordergraph.payments.gateways.sandbox import Sandbox
from ordergraph.payments.gateways.stripe import Stripe
from ordergraph.testing.gateways import Message, Trouble
from tests.market import NOON
from tests.payments.stripe_server import (
    API_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    event,
    signed,
)
from tests.serving import served

SANDBOX_TOKENS = {
    Trouble.NONE: None,
    Trouble.CAPTURE_DECLINED: "tok_capture_declined",
    Trouble.CAPTURE_CUT: "tok_capture_cut",
    Trouble.CAPTURE_LOST: "tok_capture_lost",
    Trouble.REFUND_DECLINED: "tok_refund_card_lost",
    Trouble.REFUND_CUT: "tok_refund_cut",
    Trouble.REFUND_LOST: "tok_refund_lost",
    Trouble.REFUND_PENDING: "tok_refund_pending",
    Trouble.REFUND_FAILS_LATER: "tok_refund_pending_declined",
    Trouble.REFUND_BUSY: "tok_refund_busy",
    Trouble.KEYS_FORGOTTEN: "tok_refund_key_forgotten",
    Trouble.PAYMENT_DISPUTED: "tok_refund_payment_disputed",
}


@dataclass
class SandboxBench:
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(NOON))
    began_at: datetime = NOON - timedelta(minutes=1)

    def __post_init__(self) -> None:
        self.gateway: PaymentGateway = Sandbox(Surroundings(self.clock))
        self.another: PaymentGateway = Sandbox(Surroundings(self.clock))

    async def arrange(self, trouble: Trouble) -> str | None:
        if trouble is Trouble.GIVEN_ELSEWHERE:
            raise SkipTest("nobody else gives back what the sandbox took")
        return SANDBOX_TOKENS[trouble]

    async def settle(self) -> None:
        self.clock.advance(timedelta(seconds=60))

    def message(self, order: RefundOrder) -> Message | None:  # noqa: ARG002  (the bench's shape)
        return None


@dataclass
class StripeBench:
    """Stripe's SDK at a server of ours."""

    server: StripeServer
    url: str
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(minutes=1))

    def __post_init__(self) -> None:
        self.gateway: PaymentGateway = stripe_at(self.url)
        self.another: PaymentGateway = stripe_at(self.url)

    async def arrange(self, trouble: Trouble) -> str | None:
        return f"pm_{trouble.name.lower()}"

    async def settle(self) -> None:
        self.server.books.settle()

    def message(self, order: RefundOrder) -> Message | None:
        (refund,) = self.server.books.of_intent(order.payment_gateway_reference)
        body = event(refund)
        return Message(body, signed(body))


def stripe_at(url: str, **options: str) -> Stripe:
    given = {"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET, "base_url": url} | options
    return Stripe(Surroundings(FrozenClock(NOON), given))


@asynccontextmanager
async def stripe_bench() -> AsyncIterator[StripeBench]:
    server = StripeServer()
    async with served(server) as url:
        bench = StripeBench(server, url)
        yield bench
        await bench.gateway.aclose()
        await bench.another.aclose()
