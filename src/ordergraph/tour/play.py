"""The play: its people, and what happens in more than one chapter of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from ordergraph.identity.tokens import Tokens
from ordergraph.tour import documents
from ordergraph.tour.client import Person
from ordergraph.tour.narrator import Narrator, Step
from ordergraph.tour.seen import BrokenPromise, Seen

T = TypeVar("T")
SHOP: Final = "nordic-lamps"
CARRIER: Final = "Nordpost"
TOLD_WITHIN_S: Final = 10.0
SENT_WITHIN_S: Final = 20.0
LOOK_EVERY_S: Final = 0.3
WAY: Final = ("SCHEDULED", "PROCESSING", "PENDING", "SUCCEEDED")
"""How a refund goes; never backwards."""


@dataclass(frozen=True, slots=True)
class Play:
    """Who plays. `tokens` is None where the installation's secret is not known to us."""

    ada: Person
    ben: Person
    lamps: Person
    olga: Person
    narrator: Narrator
    tokens: Tokens | None

    def step(self, person: Person, does: str) -> AbstractContextManager[Step]:
        return self.narrator.step(person.name, does)

    async def place(self, title: str, *, quantity: int, price: str, **more: Any) -> Seen:
        """Ada orders something at Nordic Lamps, paid at once by the sandbox."""
        line = {"sku": title.upper(), "title": title, "quantity": quantity, "unitPrice": price}
        return await self._placed(self.ada, lines=[line | more], shipping="4.90")

    async def hand_in(self, title: str, *, price: str, **more: Any) -> Seen:
        """An order that Ada made by telephone. A shop's first: buyers find those alone who have sold."""
        line = {"sku": title.upper(), "title": title, "quantity": 1, "unitPrice": price}
        return await self._placed(self.olga, lines=[line], buyerExternalId="ada", **more)

    async def _placed(self, by: Person, **more: Any) -> Seen:
        done = await by.do(documents.PLACE, sellerExternalId=SHOP, currency="EUR", **more)
        return done.part("order")

    async def look(self, person: Person, order: Seen) -> Seen:
        return (await person.ask(documents.LOOK, id=order.text("id"))).part("order")

    async def ship(self, order: Seen, tracking_number: str) -> Seen:
        shipped = await self.lamps.do(
            documents.SHIP,
            orderId=order.text("id"),
            carrier=CARRIER,
            trackingNumber=tracking_number,
        )
        return shipped.part("order")

    async def deliver(self, order: Seen) -> Seen:
        done = await self.ada.do(documents.CONFIRM, orderId=order.text("id"))
        return done.part("order")

    async def now(self) -> datetime:
        return (await self.olga.ask(documents.NOW)).moment("now")

    async def advance(self, by: str) -> datetime:
        """Move the clock of the installation; what falls due on the way happens."""
        return (await self.olga.do(documents.CLOCK_ADVANCE, by=by)).moment("now")

    async def told(self, person: Person, event: str, order: Seen) -> str:
        """Wait until this person was told of an event of the order; return what they read."""
        wanted = (event, order.text("id"))

        async def look() -> str | None:
            feed = await person.ask(documents.NOTIFICATIONS)
            for notice in feed.each("viewer.notifications.nodes"):
                if (notice.text("type"), notice.text("order.id")) == wanted:
                    return notice.text("title")
            return None

        return await eventually(f"a notification {event}", TOLD_WITHIN_S, look)

    async def sent(self, order: Seen, refund: Seen) -> Seen:
        """Wait until the workers have sent a refund that is due; return it as it is then."""

        async def look() -> Seen | None:
            refunds = (await self.look(self.ada, order)).each("refunds")
            same = next(r for r in refunds if r.text("id") == refund.text("id"))
            return same if same.text("status") == "SUCCEEDED" else None

        return await eventually("the refund SUCCEEDED", SENT_WITHIN_S, look)


async def eventually(what: str, within_s: float, look: Callable[[], Awaitable[T | None]]) -> T:
    """Look again and again until there is something; a broken promise when there never is."""
    end = time.monotonic() + within_s
    while (found := await look()) is None:
        if time.monotonic() > end:
            raise BrokenPromise(f"{what} did not come within {within_s:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)
    return found


def action(thing: Seen, kind: str) -> Seen:
    """The button of this kind."""
    for found in thing.each("actions"):
        if found.text("kind") == kind:
            return found
    raise BrokenPromise(f"{thing.where}.actions has no {kind}")
