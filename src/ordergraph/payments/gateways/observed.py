"""Any gateway, with a line in the log for each call: what was asked, how it ended, how long it took."""

import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import structlog

from ordergraph.infra import tracing
from ordergraph.infra.counters import GATEWAY_CALLS
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    Capture,
    CaptureReceipt,
    Declined,
    JournalEntry,
    PaymentGateway,
    RateLimited,
    RefundOrder,
    RefundReceipt,
    WebhookEvent,
)

ANSWERS: Final[dict[type[BaseException], str]] = {Declined: "declined", RateLimited: "busy"}
"""What a gateway says by raising; anything else means that it did not answer."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Observed:
    """A gateway, to everybody who uses one."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self._gateway = gateway
        self.name, self.real_money = gateway.name, gateway.real_money

    async def capture(self, capture: Capture) -> CaptureReceipt:
        return await self._seen("capture", self._gateway.capture(capture))

    async def find_capture(self, payment_reference: UUID, until: datetime) -> CaptureReceipt | None:
        found = self._gateway.find_capture(payment_reference, until)
        return await self._seen("find_capture", found)

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        return await self._seen("refund", self._gateway.refund(order))

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        return await self._seen("find_refund", self._gateway.find_refund(order))

    async def remaining(self, order: RefundOrder) -> Money:
        return await self._seen("remaining", self._gateway.remaining(order))

    def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        return self._gateway.journal(since)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        return self._gateway.parse_webhook(body, headers)

    async def aclose(self) -> None:
        await self._gateway.aclose()

    async def _seen(self, call: str, answer: Awaitable[T]) -> T:
        began, outcome = time.perf_counter(), "no answer"
        try:
            with tracing.span(f"gateway {call}", "client") as span:
                span.note(**{"ordergraph.gateway": self.name})
                found = await answer
            outcome = "answered"
        except (Declined, RateLimited) as no:
            outcome = ANSWERS[type(no)]
            raise
        finally:
            ms = round((time.perf_counter() - began) * 1000, 1)
            say = log.warning if outcome == "no answer" else log.info
            GATEWAY_CALLS.labels(call, outcome).inc()
            say("gateway.call", gateway=self.name, call=call, outcome=outcome, ms=ms)
        return found
