"""The carrier's proof that a parcel has come: who may pass it on, and what it says."""

import pytest

from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor, Role
from ordergraph.orders.models import Order
from ordergraph.orders.process import OrderStatus
from tests.market import ADA, BEN, DAY, LAMPS, NOON, OLGA, PAPER, Market, gid
from tests.orders.commands import do
from tests.states import order_in
from tests.watching import snapshot

PROOF = {"carrierReference": "  POD-4711 "}
SEEN = "query ($id: ID!) { order(id: $id) { status deliveredAt carrierReference } }"


async def test_an_operator_passes_on_that_the_carrier_has_proven_it(market: Market) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    market.clock.advance(2 * DAY)

    done = await do(market, OLGA, "MARK_DELIVERED", order, **PROOF)

    assert done["order"]["status"] == "DELIVERED"
    await order.refresh_from_db()
    assert order.proven_delivered
    assert (order.delivered_by, order.carrier_reference) == ("GATEWAY", "POD-4711")
    assert order.protection_ends_at == NOON + 17 * DAY
    event = await EventRow.get(order_id=order.id, type="order.delivered")
    assert (event.actor_role, event.actor_id) == (Role.GATEWAY, OLGA.user_id)
    assert "POD" not in str(event.data)
    for actor in (ADA, LAMPS, OLGA):
        assert (await market.ask(actor, SEEN, id=gid("Order", order.id)))["order"] == {
            "status": "DELIVERED",
            "deliveredAt": "2026-11-25T12:00:00.000Z",
            "carrierReference": "POD-4711",
        }


async def test_without_a_proof_it_is_the_operators_own_word(market: Market) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)

    await do(market, OLGA, "MARK_DELIVERED", order, carrierReference=None)

    await order.refresh_from_db()
    assert (order.delivered_by, order.carrier_reference) == ("OPERATOR", None)
    assert not order.proven_delivered


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("party", [ADA, LAMPS])
async def test_no_party_proves_what_it_is_a_party_to(
    market: Market, party: Actor, status: OrderStatus
) -> None:
    order = await order_in(market, status)
    before = await snapshot()

    refused = await do(market, party, "MARK_DELIVERED", order, **PROOF)

    assert (refused["__typename"], refused["action"]) == ("NotAllowedError", "PROVE_DELIVERY")
    assert await snapshot() == before


async def test_nor_does_staff_in_a_case_of_their_own(market: Market) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    roles = frozenset({Role.OPERATOR, Role.SELLER})

    refused = await do(market, Actor(roles, LAMPS.user_id), "MARK_DELIVERED", order, **PROOF)

    assert refused["__typename"] == "NotAllowedError"


@pytest.mark.parametrize("stranger", [BEN, PAPER])
async def test_a_stranger_finds_nothing(market: Market, stranger: Actor) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)

    refused = await do(market, stranger, "MARK_DELIVERED", order, **PROOF)

    assert (refused["__typename"], refused["what"]) == ("NotFoundError", "order")


@pytest.mark.parametrize("reference", ["", "   ", "x" * 81, "a\u0000b", "\u202e1"])
async def test_a_proof_that_cannot_be_is_refused_by_its_field(
    market: Market, reference: str
) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    before = await snapshot()

    refused = await do(market, OLGA, "MARK_DELIVERED", order, carrierReference=reference)

    assert (refused["__typename"], refused["field"]) == ("InvalidInputError", "carrierReference")
    assert await snapshot() == before


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.SHIPPED}))
async def test_only_what_is_on_its_way_can_come(market: Market, status: OrderStatus) -> None:
    order = await order_in(market, status)
    before = await snapshot()

    refused = await do(market, OLGA, "MARK_DELIVERED", order, **PROOF)

    assert (refused["__typename"], refused["state"]) == ("WrongStateError", status)
    assert await snapshot() == before


async def test_a_proof_comes_too_late_when_the_parcel_counts_as_delivered(market: Market) -> None:
    order = await order_in(market, OrderStatus.SHIPPED)
    market.clock.advance(30 * DAY)

    refused = await do(market, OLGA, "MARK_DELIVERED", order, **PROOF)

    assert (refused["__typename"], refused["state"]) == ("WrongStateError", "DELIVERED")
    assert (await Order.get()).carrier_reference is None
