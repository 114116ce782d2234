"""The sandbox behind a strict rate limit: it answers "asked too often" to every call above it."""

import time
from datetime import timedelta
from typing import Final

from ordergraph.payments.gateways.protocol import (
    RateLimited,
    RefundOrder,
    RefundReceipt,
    Surroundings,
)
from ordergraph.payments.gateways.sandbox import Sandbox

PER_S: Final = 50


class Throttled(Sandbox):
    """At most PER_S refunds in each second of the clock on the wall; it says when the next begins."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._second, self._asked = 0, 0

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        now = time.time()
        if int(now) != self._second:
            self._second, self._asked = int(now), 0
        self._asked += 1
        if self._asked > PER_S:
            raise RateLimited(timedelta(seconds=self._second + 1 - now))
        return await super().refund(order)
