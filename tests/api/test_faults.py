"""What nobody expected is masked, with an id under which the log has it: on every way in (E1)."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs
from tortoise import connections

from ordergraph.api.faults import Forbidden, presentable
from ordergraph.orders.models import Order
from tests.market import ADA, LAMPS, Market, gid
from tests.orders.commands import request
from tests.watching import snapshot

PREVIEW = "query Q($id: ID!) { order(id: $id) { cancellationPreview { dueAt } } }"
ALIASED = """
query Private($id: ID!) { privateNode: node(id: $id) { ...One } }
fragment One on Node { id ...Two }
fragment Two on Order { privateWord: cancellationPreview { dueAt } }"""
LIVE = "subscription S($id: ID!) { orderUpdated(orderId: $id) { number cancellationPreview { dueAt } } }"


async def _spoil(order: Order, column: str, value: str) -> None:
    """Something that cannot happen has happened to this row."""
    await connections.get("default").execute_query(
        f"UPDATE orders SET {column} = {value} WHERE id = $1",
        [order.id],
    )


async def _spoil_policy(order: Order) -> None:
    await _spoil(order, "policy_numbers", """'{"refund_delay_s": "secret-number"}'""")


def _masked(errors: list[Any], logs: list[Any]) -> None:
    (error,) = errors
    (entry,) = [entry for entry in logs if entry["event"] == "unexpected"]
    assert error.message == "Unexpected error."
    assert error.extensions == {"code": "INTERNAL", "id": entry["fault_id"]}
    assert error.original_error is None
    assert entry["exc_info"]
    assert "path" not in entry  # it is made of the client's own names


async def test_a_fault_in_a_query_is_masked_and_logged(market: Market) -> None:
    order = await market.place()
    await _spoil_policy(order)

    with capture_logs() as logs:
        result = await market.execute(ADA, PREVIEW, id=gid("Order", order.id))

    _masked(result.errors, logs)
    assert result.errors[0].path == ["order", "cancellationPreview"]
    assert logs[-1]["field"] == "Order.cancellationPreview"


async def test_the_log_names_the_field_as_the_schema_does_whatever_the_client_calls_it(
    market: Market,
) -> None:
    """E2: aliases are a client's own words."""
    order = await market.place()
    await _spoil_policy(order)

    with capture_logs() as logs:
        await market.execute(ADA, ALIASED, id=gid("Order", order.id))

    (entry,) = [entry for entry in logs if entry["event"] == "unexpected"]
    assert entry["field"] == "Order.cancellationPreview"
    assert "private" not in repr({k: v for k, v in entry.items() if k != "exc_info"})


async def test_a_fault_in_a_mutation_is_masked_logged_and_rolled_back(market: Market) -> None:
    order = await market.place()
    await _spoil_policy(order)
    before = await snapshot()

    with capture_logs() as logs:
        result = await market.execute(ADA, **await request("CANCEL", order))

    _masked(result.errors, logs)
    assert await snapshot() == before


async def test_a_fault_in_an_event_of_a_subscription_is_masked(market: Market) -> None:
    order = await market.place()
    await _spoil_policy(order)
    stream = await market.listen(ADA, LIVE, id=gid("Order", order.id))

    with capture_logs() as logs:
        result = await asyncio.wait_for(anext(stream), 5)
    await stream.aclose()

    _masked(result.errors, logs)


async def test_a_fault_in_the_source_of_a_subscription_is_masked_and_ends_it(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await market.place()

    async def broken(*_: object) -> None:
        raise RuntimeError("secret-number")

    monkeypatch.setattr("ordergraph.api.live.Live.seen", broken)
    stream = await market.listen(ADA, LIVE, id=gid("Order", order.id))

    with capture_logs() as logs:
        results = [result async for result in stream]

    _masked(results[0].errors, logs)
    assert not market.hub.listeners


async def test_an_expected_no_is_no_fault_and_is_not_logged(market: Market) -> None:
    order = await market.place()
    await market.ship(order)

    with capture_logs() as logs:
        await market.ask(ADA, **await request("CANCEL", order))

    assert logs == []


@pytest.mark.parametrize(
    "document",
    ["{ noSuchField }", "{", "query { order(id: 5.5) { id } }", "query Q($n: Int!) { now }"],
)
async def test_a_clients_mistake_is_told_with_its_code_and_not_logged(
    market: Market, document: str, caplog: pytest.LogCaptureFixture
) -> None:
    """E2: its text stays out of our logs."""
    with capture_logs() as logs:
        result = await market.execute(ADA, document)

    assert {error.extensions["code"] for error in result.errors} == {"BAD_USER_INPUT"}
    assert logs == []
    assert document not in caplog.text


async def test_a_subscription_that_cannot_be_read_is_told_so(market: Market) -> None:
    result = await market.listen(ADA, "subscription { noSuchField }")
    first = await anext(result) if hasattr(result, "__anext__") else result

    assert [error.extensions["code"] for error in first.errors] == ["BAD_USER_INPUT"]


async def test_a_door_for_another_role_says_forbidden(market: Market) -> None:
    document = 'mutation { testClockAdvance(input: {by: "1h"}) { __typename } }'

    results = [await market.execute(actor, document) for actor in (ADA, LAMPS, None)]

    codes = [result.errors[0].extensions["code"] for result in results]
    assert codes == ["FORBIDDEN", "FORBIDDEN", "UNAUTHENTICATED"]


def test_a_fault_that_was_wrapped_on_its_way_is_still_itself() -> None:
    inner = GraphQLError("wrapped", original_error=Forbidden())

    shown = presentable(GraphQLError("wrapped again", original_error=inner))

    assert shown.message == "This is for another role."
    assert shown.extensions == {"code": "FORBIDDEN"}
