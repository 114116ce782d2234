"""Gateways to measure with: one behind a strict rate limit, and one that answers at once."""

import os
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    JournalEntry,
    RateLimited,
    RefundOrder,
    RefundReceipt,
    Standing,
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


class Instant(Sandbox):
    """A refund takes as long as a line in a file, which `reconcile` reads; the rest is the sandbox's."""

    FOLDER: Final = "BENCH_BOOK"

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self._folder = Path(os.environ[self.FOLDER])
        name = self._folder / f"{os.getpid()}.txt"
        self._book = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        line = f"{order.reference} {order.amount.minor} {order.amount.currency}\n"
        os.write(self._book, line.encode())
        return RefundReceipt(Standing.SUCCEEDED, f"instant-{order.reference}", "BANK")

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        async for entry in super().journal(since):
            yield entry
        for book in self._folder.glob("*.txt"):
            for line in book.read_text().splitlines():
                reference, minor, currency = line.split()
                yield JournalEntry(
                    kind="REFUND",
                    reference=UUID(reference),
                    gateway_reference=f"instant-{reference}",
                    amount=Money(int(minor), currency),
                    standing=Standing.SUCCEEDED,
                    at=await self._clock.now(),
                )

    async def aclose(self) -> None:
        os.close(self._book)
