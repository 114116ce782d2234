"""People with phones: what they do goes over HTTP, what they watch comes over a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from httpx import AsyncClient

from ordergraph.deadlines import DEADLINES
from ordergraph.kernel.actor import Role
from ordergraph.sweeping import sweep
from ordergraph.testclock.actions import soonest
from tests.api.doors import Socket, asked, bearer, http, socket
from tests.disputes.documents import OFFER, OPEN, answer, move
from tests.market import Market, gid

WATCH = """
subscription Watch($id: ID!) { disputeUpdated(disputeId: $id) {
  status outcome decidedBy buyerOffer { amount { amount } } sellerOffer { amount { amount } }
  refund { status amount { amount } } } }"""
ROLES = {"ada": Role.BUYER, "nordic-lamps": Role.SELLER, "olga": Role.OPERATOR}


@dataclass(frozen=True)
class Phone:
    """One person's; each request has an idempotency key of its own."""

    client: AsyncClient
    name: str

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Send a document with one field, and return that field; it must not fail."""
        headers = bearer(self.name, ROLES[self.name]) | {"idempotency-key": str(uuid4())}
        data = await asked(self.client, headers, document, variables)
        found: dict[str, Any] = next(iter(data.values()))
        return found

    async def complain(self, market: Market, **other: Any) -> dict[str, Any]:
        """Open a dispute over a lamp that has just come, and return it."""
        order = await market.deliver(await market.place())
        wanted = {"reason": "damaged", "amount": "84.70", "asked": "REFUND_ONLY"} | other
        opened = await self.ask(OPEN, orderId=gid("Order", order.id), **wanted)
        dispute: dict[str, Any] = opened["dispute"]
        return dispute

    async def do(self, name: str, dispute_id: str, extra: str = "") -> dict[str, Any]:
        return await self.ask(move(name, extra), id=dispute_id)

    async def offer(self, dispute_id: str, amount: str, **other: Any) -> dict[str, Any]:
        return await self.ask(OFFER, id=dispute_id, amount=amount, **other)

    async def answer(self, name: str, offer_id: str, extra: str = "") -> dict[str, Any]:
        return await self.ask(answer(name, extra), id=offer_id)


@dataclass(frozen=True)
class Screen:
    """What one person sees of the dispute, live."""

    line: Socket

    async def shows(self, status: str) -> dict[str, Any]:
        """The dispute, as soon as it is in this state."""
        while True:
            message = await self.line.hear()
            dispute: dict[str, Any] = message["payload"]["data"]["disputeUpdated"]
            if dispute["status"] == status:
                return dispute


@asynccontextmanager
async def phones(market: Market) -> AsyncIterator[tuple[Phone, Phone, Phone]]:
    """The buyer's, the seller's, and the operator's."""
    async with http(market) as client:
        yield Phone(client, "ada"), Phone(client, "nordic-lamps"), Phone(client, "olga")


@asynccontextmanager
async def watching(market: Market, name: str, dispute_id: str) -> AsyncIterator[Screen]:
    async with socket(market) as line:
        assert await line.init(**bearer(name, ROLES[name])) == {"type": "connection_ack"}
        await line.subscribe(WATCH, id=dispute_id)
        yield Screen(line)


async def next_deadline(market: Market) -> None:
    """Time passes until something happens by itself, and the workers do it."""
    moment = await soonest(after=market.clock.at)
    assert moment is not None
    market.clock.at = moment
    for deadline in DEADLINES:
        await sweep(market.edge, deadline)
