"""Many people at once, who act as in the tour and ask again when nobody answers."""

import asyncio
import random
from typing import Any

from tests.faults.client import Client, insist
from tests.faults.deployment import STEP_S, Deployment

AT_ONCE = 12
RELEASED, KEPT = 3, 4  # every third refund is released early, every fourth order is kept
RELEASED_OR_DUE = {"RefundReleaseSuccess", "WrongStateError"}  # the promised date may come first
PATIENCE = 5


class Load:
    """`orders` people, over all APIs of the deployment; `waits_s` spreads them over time."""

    def __init__(self, deployment: Deployment, orders: int, waits_s: float = 0.0) -> None:
        apis = list(deployment.ports)
        self._people = [
            {who: deployment.client(who, api) for who in ("olga", "ada", "nordic-lamps")}
            for api in apis
        ]
        self._orders = orders
        self._waits_s = waits_s
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.done = 0
        self.is_over = False
        self.promised: list[str] = []
        """The refunds that people were told of."""

    @property
    def unanswered(self) -> int:
        """How often nobody could say whether it had happened."""
        return sum(client.unanswered for people in self._people for client in people.values())

    async def has_done(self, share: float) -> None:
        """Wait until this share of the people are done."""
        while self.done < self._orders * share and not self.is_over:  # noqa: ASYNC110 - people are counted, not heard
            await asyncio.sleep(STEP_S)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._orders):
                    group.create_task(self._shop(number))
        finally:
            self.is_over = True

    async def _shop(self, number: int) -> None:
        people = self._people[number % len(self._people)]
        async with self._gate:
            order = await self._buy(people["olga"], quantity=1 + number % 3)
            await asyncio.sleep(random.uniform(0, self._waits_s))  # noqa: S311 - people hesitate
            if number % KEPT:
                await self._take_back(people, order, number)
            self.done += 1

    async def _buy(self, shop: Client, quantity: int) -> dict[str, Any]:
        """A paid order; whoever could not be served before it expired orders anew."""
        for _ in range(PATIENCE):
            order = await insist(lambda key: shop.place(key, quantity=quantity))
            if order["status"] != "EXPIRED":
                return order
        raise AssertionError("every order expired")

    async def _take_back(
        self, people: dict[str, Client], order: dict[str, Any], number: int
    ) -> None:
        answer = await insist(lambda key: people["ada"].cancel(order, key=key))
        assert answer["__typename"] == "OrderCancelSuccess", answer
        self.promised.append(answer["refund"]["id"])
        if number % RELEASED == 0:
            released = await insist(
                lambda key: people["nordic-lamps"].release(answer["refund"], key)
            )
            assert released["__typename"] in RELEASED_OR_DUE, released
