"""What the tests of webhooks share: a courier, endpoints, and things that happen."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from ordergraph.outgoing import actions
from ordergraph.outgoing.actions import Wanted
from ordergraph.outgoing.addresses import Fence
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.posting import Postman
from ordergraph.outgoing.sending import Courier
from tests.market import KEYRING, OLGA, Market
from tests.notifications.feed import tell

OPEN = Fence(allow_private=True, allow_http=True)
ROUND_S = 10.0


def courier(market: Market, **how: Any) -> Courier:
    given: dict[str, Any] = {"fence": OPEN, "postman": Postman(), "keyring": KEYRING}
    return Courier(edge=market.edge, **given | how)


async def endpoint(
    market: Market, url: str, event_types: Sequence[str] | None = ("order.paid",)
) -> WebhookEndpoint:
    """An endpoint that an operator made."""
    wanted = Wanted(url=url, description="Shop", event_types=event_types)
    async with market.edge.transaction(OLGA) as tx:
        return await actions.create(tx, wanted, KEYRING)


def secret(row: WebhookEndpoint) -> str:
    assert row.secret is not None
    return KEYRING.unlock(row.secret)


async def happened(market: Market, times: int = 1) -> None:
    """So many orders are paid, and the worker has told of it."""
    for _ in range(times):
        await market.place()
    await tell(market)


async def send(market: Market, **how: Any) -> int:
    """Do what a worker does: send all that is due now."""
    one = courier(market, **how)
    try:
        return await one.deliver(most_s=ROUND_S)
    finally:
        await one.aclose()


async def outcomes(delivery_id: UUID | None = None) -> list[str]:
    """How each attempt ended, oldest first."""
    rows = WebhookAttempt.filter(delivery_id=delivery_id) if delivery_id else WebhookAttempt.all()
    return [row.outcome.value for row in await rows.order_by("started_at", "number")]


async def only() -> WebhookDelivery:
    (row,) = await WebhookDelivery.all()
    return row


async def until_next(market: Market) -> timedelta:
    """Let the clock reach the next attempt; return how long that was."""
    row = await only()
    assert row.next_attempt_at is not None
    pause = row.next_attempt_at - market.clock.at
    market.clock.advance(pause)
    return pause
