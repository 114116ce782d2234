"""Where a seller's goods go back to, and what sending them costs by the seller's own figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ordergraph.disputes import queries
from ordergraph.disputes.models import ReturnAddress
from ordergraph.disputes.sellers import seller_in_turn
from ordergraph.infra.database import Tx
from ordergraph.infra.turns import ADDRESSING
from ordergraph.kernel.money import Money
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.kernel.text import written
from ordergraph.orders.models import Order

MOST_LINES: Final = 6
LINE_LIMIT: Final = 100
COUNTRY: Final = 2
SET_RETURN_ADDRESS: Final = "SET_RETURN_ADDRESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """`country` is ISO 3166-1, two capital letters; without `cost` the order's own shipping counts."""

    lines: Sequence[str]
    country: str
    cost: Money | None


async def put(tx: Tx, new: NewAddress) -> ReturnAddress:
    """Keep a further version; the newest one counts for what is opened from now on."""
    seller_id = await seller_in_turn(tx, ADDRESSING, SET_RETURN_ADDRESS)
    cost = new.cost
    if cost is not None and cost.minor < 0:
        raise InvalidInput(field="estimatedCost", problem="must not be negative")
    lines = _lines(new.lines)
    country = _country(new.country)
    before = (await queries.return_addresses([seller_id])).get(seller_id)
    if before is not None:
        await ReturnAddress.filter(id=before.id).update(replaced_at=tx.now)
    return await ReturnAddress.create(
        seller_id=seller_id,
        version=before.version + 1 if before else 1,
        lines=lines,
        country=country,
        cost_minor=cost.minor if cost else None,
        currency=cost.currency if cost else None,
        changed_at=tx.now,
    )


async def cost_of(order: Order, at: datetime) -> Money:
    """What sending this order's goods back is expected to cost, by what the seller had said by then.

    A figure of the seller's counts in its own currency only, and up to the order's own price: whoever
    pays for the return would pay any other. Else it costs what the way out cost.
    """
    return cost_by(await queries.return_address_at(order.seller_id, at), order)


def cost_by(address: ReturnAddress | None, order: Order) -> Money:
    if address is None or address.cost is None or address.cost.currency != order.currency:
        return Money(order.shipping_minor, order.currency)
    return min(address.cost, order.total)


def _lines(lines: Sequence[str]) -> list[str]:
    if not 0 < len(lines) <= MOST_LINES:
        raise InvalidInput(field="lines", problem=f"between 1 and {MOST_LINES} lines")
    return [
        written(text, field=f"lines.{position}", limit=LINE_LIMIT, required=True)
        for position, text in enumerate(lines)
    ]


def _country(code: str) -> str:
    if len(code) != COUNTRY or not (code.isascii() and code.isalpha() and code.isupper()):
        raise InvalidInput(field="countryCode", problem="two capital letters, such as DE")
    return code
