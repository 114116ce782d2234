"""What the tests of disputes share: opening one, acting in it, and seeing that nothing changed."""

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import pytest

from ordergraph.disputes import actions, clocks, queries
from ordergraph.disputes.decisions import actions as decisions
from ordergraph.disputes.decisions.models import Decision
from ordergraph.disputes.models import (
    Dispute,
    DisputeLine,
    Evidence,
    Message,
    Offer,
    ReadMark,
    ReturnAddress,
)
from ordergraph.disputes.quiet.models import PrivateLimit
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.words import ResolutionAsked
from ordergraph.files.models import Attachment
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import SYSTEM, Actor
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import Refusal
from ordergraph.orders.models import Order, OrderLine
from ordergraph.payments.ledger.models import LedgerEntry
from ordergraph.payments.models import Payment
from ordergraph.refunds.models import Refund
from tests.market import ADA, Market

T = TypeVar("T")
MONEY, GOODS_FIRST = ResolutionAsked
TOTAL = Money(8470, "EUR")
TOUCHED = (
    Dispute,
    DisputeLine,
    ReturnAddress,
    Offer,
    Message,
    Evidence,
    Attachment,
    ReadMark,
    PrivateLimit,
    Decision,
    Order,
    OrderLine,
    Payment,
    LedgerEntry,
    Refund,
    EventRow,
)


async def act(
    market: Market, actor: Actor, action: Callable[..., Awaitable[T]], *given: object
) -> T:
    """Do one thing in a transaction of its own, as somebody."""
    async with market.edge.transaction(actor) as tx:
        return await action(tx, *given)


def complaint(order: Order, **other: Any) -> actions.NewDispute:
    asked_for = {
        "order_id": order.id,
        "reason_handle": "damaged",
        "description": "The shade is broken.",
        "amount": TOTAL,
        "asked": MONEY,
    }
    return actions.NewDispute(**(asked_for | other))


async def disputed(market: Market, **other: Any) -> Dispute:
    """Place, deliver and dispute an order of 84.70 EUR."""
    order = await market.deliver(await market.place())
    return await act(market, ADA, actions.open_dispute, complaint(order, **other))


async def decided(
    market: Market, actor: Actor, dispute: Dispute, terms: Terms, note: str = ""
) -> Dispute:
    """Decide as an operator, within the limits of the market."""
    ruling = decisions.Ruling(terms=terms, note=note)
    return await act(market, actor, decisions.decide, dispute.id, ruling, market.limits)


async def fall_due(market: Market, dispute: Dispute) -> Dispute:
    """Do what a sweep does with a row whose time has come."""
    async with market.edge.transaction(SYSTEM) as tx:
        row = await queries.claim(dispute.id)
        assert row is not None, "nobody else holds it"
        await clocks.fall_due(tx, row)
    return row


async def refund_of(dispute: Dispute) -> Refund | None:
    return await Refund.get_or_none(cause_id=dispute.id)


async def told(order_id: UUID) -> list[str]:
    """The timeline's types, oldest first."""
    rows = EventRow.filter(order_id=order_id).order_by("position")
    return [row.type for row in await rows]


async def everything() -> list[dict[str, Any]]:
    """All rows that something in a dispute could touch."""
    return [row for table in TOUCHED for row in await table.all().order_by("id").values()]


@asynccontextmanager
async def refused(kind: type[Refusal]) -> Any:
    """The block is refused with this, and leaves every row as it was."""
    before = await everything()
    with pytest.raises(kind) as caught:
        yield caught
    assert await everything() == before
