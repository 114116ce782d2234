"""What people do with many orders at once, drawn from a seed; nobody minds a refusal, or asking twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.faults.client import Client, insist
from tests.faults.deployment import Deployment

AT_ONCE: Final = 10
ASK_AGAIN_S: Final = 120.0
REFUND: Final = "... on OrderCancelSuccess { refund { id } }"
DISPUTE: Final = "... on DisputeOpenSuccess { dispute { id } }"


@dataclass(frozen=True, slots=True)
class Life:
    """One order, and the people around it at one of the APIs."""

    buyer: Client
    seller: Client
    operator: Client
    order: str
    line: str
    random: Random

    async def cancel(self) -> str | None:
        """Take it all back; the refund's id, if this try was the one that was heard."""
        answer = await self._insist(
            self.buyer, "orderCancel", REFUND, orderId=self.order, reasonHandle="other"
        )
        refund: dict[str, str] | None = answer.get("refund")
        return refund["id"] if refund else None

    async def cancel_one(self) -> None:
        picked = [{"lineId": self.line, "quantity": 1}]
        await self._insist(
            self.buyer, "orderCancel", orderId=self.order, reasonHandle="other", lines=picked
        )

    async def ship(self) -> None:
        await self._insist(
            self.seller, "orderShip", orderId=self.order, carrier="Post", trackingNumber="T1"
        )

    async def receive(self) -> None:
        await self._insist(self.buyer, "orderConfirmReceipt", orderId=self.order)

    async def complain(self) -> str | None:
        answer = await self._insist(
            self.buyer, "disputeOpen", DISPUTE, orderId=self.order, reasonHandle="damaged",
            description="Broken.", amount="5.00", asked="REFUND_ONLY",
        )  # fmt: skip
        dispute: dict[str, str] | None = answer.get("dispute")
        return dispute["id"] if dispute else None

    async def give(self, who: Client) -> None:
        """A gift cannot be told from the same gift asked for twice, so it is asked for once."""
        gift = {"orderId": self.order, "adjustment": "1.00", "note": "Sorry."}
        await self._insist(who, "refundCreate", **gift)

    async def with_refund(self, who: Client, mutation: str, refund: str | None) -> None:
        if refund is not None:
            await self._insist(who, mutation, refundId=refund)

    async def with_dispute(self, who: Client, mutation: str, dispute: str | None) -> None:
        if dispute is not None:
            await self._insist(who, mutation, disputeId=dispute)

    async def hesitate(self) -> None:
        await asyncio.sleep(self.random.uniform(0, 0.5))

    async def _insist(self, who: Client, mutation: str, more: str = "", **given: Any) -> Any:
        return await insist(lambda key: who.do(mutation, more, key=key, **given), ASK_AGAIN_S)


async def _keeps(life: Life) -> None:
    await life.ship()


async def _cancels(life: Life) -> None:
    await life.cancel()


async def _cancels_in_pieces(life: Life) -> None:
    await life.cancel_one()
    await life.hesitate()
    await life.cancel()


async def _is_released(life: Life) -> None:
    refund = await life.cancel()
    await life.with_refund(life.seller, "refundRelease", refund)


async def _is_held(life: Life) -> None:
    refund = await life.cancel()
    await life.with_refund(life.operator, "refundHold", refund)
    await life.hesitate()
    await life.with_refund(life.operator, "refundResume", refund)


async def _races(life: Life) -> None:
    """The seller ships just when the buyer cancels."""
    await asyncio.gather(life.cancel(), life.ship())


async def _complains(life: Life) -> None:
    await life.ship()
    await life.receive()
    dispute = await life.complain()
    await life.hesitate()
    await life.with_dispute(life.seller, "disputeAccept", dispute)


async def _is_given_something(life: Life) -> None:
    await life.give(life.random.choice([life.seller, life.operator]))
    await life.hesitate()
    await life.cancel()


# fmt: off
FATES: Final[dict[Callable[[Life], Awaitable[None]], int]] = {
    # what happens       how often
    _keeps:               1,
    _cancels:             4,
    _cancels_in_pieces:   2,
    _is_released:         3,
    _is_held:             2,
    _races:               2,
    _complains:           3,
    _is_given_something:  1,
}
# fmt: on


# fmt: off
TOKENS: Final = {
    # how the gateway behaves          how often
    "tok_ok":                           8,
    "tok_capture_lost":                 1,
    "tok_capture_cut":                  1,
    "tok_refund_lost":                  2,
    "tok_refund_cut":                   2,
    "tok_refund_pending":               1,
    "tok_refund_pending_declined":      1,
    "tok_refund_declined":              1,
    "tok_refund_declined_once":         1,
    "tok_refund_busy":                  1,
    "tok_refund_key_forgotten":         1,
}
# fmt: on


class Crowd:
    """People who go on placing orders until they are told to stop."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        self._seed = seed
        self._people = [
            [deployment.client(who, api) for who in ("ada", "nordic-lamps", "olga")]
            for api in deployment.ports
        ]
        self._stopped = asyncio.Event()
        self.orders = 0

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for lane in range(AT_ONCE):
                group.create_task(self._lane(lane))

    async def _lane(self, lane: int) -> None:
        number = lane
        while not self._stopped.is_set():
            await self._live(Random(f"{self._seed}/{number}"), number)  # noqa: S311  (it must repeat)
            number += AT_ONCE

    async def _live(self, random: Random, number: int) -> None:
        buyer, seller, operator = self._people[number % len(self._people)]
        quantity = random.randint(1, 3)
        (token,) = random.choices(list(TOKENS), list(TOKENS.values()))
        order = await insist(
            lambda key: operator.place(key, quantity=quantity, token=token), ASK_AGAIN_S
        )
        self.orders += 1
        life = Life(buyer, seller, operator, order["id"], order["lines"][0]["id"], random)
        await life.hesitate()
        (fate,) = random.choices(list(FATES), list(FATES.values()))
        await fate(life)
