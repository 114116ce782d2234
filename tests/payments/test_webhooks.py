"""The door that gateways ring at: what rings, what is refused, and that it says nothing but "look"."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from ordergraph import app as application
from ordergraph.infra.queue import Bell, connect
from ordergraph.kernel.actor import GATEWAY
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.stripe import TOLERANCE_S
from ordergraph.payments.models import GatewayEvent
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundStatus
from ordergraph.settings import Settings
from ordergraph.webhooks import LARGEST
from ordergraph.wiring import Wiring
from tests.conftest import Servers
from tests.market import DAY, Market
from tests.payments.benches import stripe_at
from tests.payments.stripe_server import event, signed
from tests.states import refund_in
from tests.watching import snapshot

STRIPE = "/webhooks/stripe"
SETTINGS = Settings.of({"ORDERGRAPH_JWT_SECRET": "s" * 40})


@pytest.fixture
async def wiring(market: Market, servers: Servers) -> AsyncIterator[Wiring]:
    redis = connect(servers.redis_url)
    await redis.flushdb()
    gateway = stripe_at("http://127.0.0.1:1")
    found = Wiring(
        SETTINGS,
        market.hub,
        Bell(redis),
        replace(market.cashier, gateway=gateway),
        redis,
        market.keeper,
        market.courier,
    )
    yield found
    await gateway.aclose()
    await found.bell.aclose()
    await redis.flushdb()
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
async def door(wiring: Wiring) -> AsyncIterator[httpx.AsyncClient]:
    app: Starlette = application.build(SETTINGS)
    app.state.wiring = wiring
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def _about(refund: Refund, event_id: str = "evt_1", **changes: Any) -> bytes:
    thing = {"id": "re_1", "object": "refund", "metadata": {"ordergraph_refund": str(refund.id)}}
    return event(thing | changes, event_id=event_id)


async def _waiting(market: Market, status: RefundStatus = RefundStatus.PENDING) -> Refund:
    """A refund whose next look-up is some time away."""
    refund = await refund_in(market, status)
    if status is RefundStatus.PENDING:
        assert refund.next_attempt_at is not None
        assert refund.next_attempt_at > market.clock.at
    return refund


async def _rung(wiring: Wiring) -> list[str]:
    await asyncio.gather(*wiring.bell._ringing.values())
    return [job.function for job in await wiring.redis.queued_jobs()]


async def test_a_message_makes_the_refunds_look_up_due_and_wakes_a_worker(
    door: httpx.AsyncClient, wiring: Wiring, market: Market
) -> None:
    refund = await _waiting(market)
    body = _about(refund)

    answer = await door.post(STRIPE, content=body, headers=signed(body))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    await refund.refresh_from_db()
    assert refund.next_attempt_at == market.clock.at
    assert await _rung(wiring) == ["send_refunds"]
    assert refund.status is RefundStatus.PENDING, "what became of it is asked, not believed"


async def test_the_same_message_again_rings_no_second_time(
    door: httpx.AsyncClient, wiring: Wiring, market: Market
) -> None:
    body = _about(await _waiting(market))
    await door.post(STRIPE, content=body, headers=signed(body))
    await _rung(wiring)
    await wiring.redis.flushdb()
    market.clock.advance(timedelta(seconds=1))
    before = await snapshot()

    answer = await door.post(STRIPE, content=body, headers=signed(body))

    assert answer.status_code == 200
    assert await snapshot() == before
    assert await _rung(wiring) == []


async def test_the_same_message_many_times_at_once_is_heard_once(
    door: httpx.AsyncClient, market: Market
) -> None:
    refund = await _waiting(market)
    version = refund.version
    body = _about(refund)

    answers = await asyncio.gather(
        *(door.post(STRIPE, content=body, headers=signed(body)) for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {200}
    await refund.refresh_from_db()
    assert refund.version == version + 1
    assert await GatewayEvent.all().count() == 1


async def test_different_messages_about_one_refund_at_once_are_all_heard(
    door: httpx.AsyncClient, market: Market
) -> None:
    refund = await _waiting(market)
    bodies = [_about(refund, f"evt_{number}") for number in range(8)]

    answers = await asyncio.gather(
        *(door.post(STRIPE, content=body, headers=signed(body)) for body in bodies)
    )

    assert {answer.status_code for answer in answers} == {200}
    assert await GatewayEvent.all().count() == 8


@pytest.mark.parametrize(
    "status", [RefundStatus.SCHEDULED, RefundStatus.SUCCEEDED, RefundStatus.REQUIRES_ACTION]
)
async def test_a_refund_that_waits_for_nobody_is_not_hurried(
    door: httpx.AsyncClient, wiring: Wiring, market: Market, status: RefundStatus
) -> None:
    """J7: a message before the promised date sends nothing."""
    refund = await _waiting(market, status)
    version = refund.version
    body = _about(refund)

    answer = await door.post(STRIPE, content=body, headers=signed(body))

    assert answer.status_code == 200
    await refund.refresh_from_db()
    assert refund.version == version
    assert await _rung(wiring) == []


async def test_a_message_about_a_refund_that_we_do_not_have_is_heard_and_that_is_all(
    door: httpx.AsyncClient, wiring: Wiring
) -> None:
    body = _about(Refund(id=uuid7()))

    answer = await door.post(STRIPE, content=body, headers=signed(body))

    assert answer.status_code == 200
    assert await _rung(wiring) == []


async def test_a_message_about_something_else_is_taken_and_forgotten(
    door: httpx.AsyncClient,
) -> None:
    body = event({"id": "pi_1", "object": "payment_intent"}, "payment_intent.succeeded")

    answer = await door.post(STRIPE, content=body, headers=signed(body))

    assert answer.status_code == 200
    assert not await GatewayEvent.exists()


SECRET_WORD = b'{"card": "hush"}'
# fmt: off
REFUSED = {
    # what is wrong      body          headers
    "unsigned":         (SECRET_WORD, {}),
    "forged":           (SECRET_WORD, signed(SECRET_WORD, secret="whsec_guessed")),
    "too old":          (SECRET_WORD, signed(SECRET_WORD, at=time.time() - TOLERANCE_S - 60)),
    "garbage":          (b"\xff\xfe", {"stripe-signature": "\xff"}),
    "signed garbage":   (b"hush",     signed(b"hush")),
    "nothing":          (b"",         {}),
}
# fmt: on


@pytest.mark.parametrize("wrong", REFUSED)
async def test_what_the_gateway_did_not_sign_is_refused_and_not_logged(
    door: httpx.AsyncClient, market: Market, wrong: str
) -> None:
    await _waiting(market)
    body, headers = REFUSED[wrong]
    before = await snapshot()

    with capture_logs() as said:
        raw = {name: text.encode("latin-1") for name, text in headers.items()}
        answer = await door.post(STRIPE, content=body, headers=raw)

    assert (answer.status_code, answer.json()) == (400, {"error": {"code": "BAD_WEBHOOK"}})
    assert await snapshot() == before
    assert "hush" not in str(said)
    assert [line["event"] for line in said if line["event"] != "request"] == ["webhook.refused"]


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.parametrize("chunked", [False, True], ids=["at once", "in pieces"])
async def test_a_body_that_is_too_large_is_not_read_to_its_end(
    door: httpx.AsyncClient, *, chunked: bool
) -> None:
    body = b"x" * (LARGEST + 1)

    answer = await door.post(
        STRIPE, content=_in_pieces(body) if chunked else body, headers=signed(body)
    )

    assert (answer.status_code, answer.json()) == (413, {"error": {"code": "TOO_LARGE"}})


async def test_the_largest_body_is_read_in_pieces_too(
    door: httpx.AsyncClient, market: Market
) -> None:
    refund = await _waiting(market)
    small = len(_about(refund, description=""))
    body = _about(refund, description="x" * (LARGEST - small))
    assert len(body) == LARGEST

    answer = await door.post(STRIPE, content=_in_pieces(body), headers=signed(body))

    assert answer.status_code == 200
    assert await GatewayEvent.exists()


@pytest.mark.parametrize("name", ["paypal", "sandbox", "stripe%2f.."])
async def test_another_gateways_door_is_not_here(door: httpx.AsyncClient, name: str) -> None:
    answer = await door.post(f"/webhooks/{name}", content=b"{}")

    assert answer.status_code == 404


async def test_only_post_is_answered(door: httpx.AsyncClient) -> None:
    assert (await door.get(STRIPE)).status_code == 405


async def test_the_sandbox_believes_nobody(
    door: httpx.AsyncClient, wiring: Wiring, market: Market
) -> None:
    transport: Any = door._transport
    transport.app.state.wiring = replace(wiring, cashier=market.cashier)

    answer = await door.post("/webhooks/sandbox", content=b"{}")

    assert answer.status_code == 400


async def test_what_cannot_be_told_again_is_forgotten_in_batches(market: Market) -> None:
    for number in range(5):
        async with market.edge.transaction(GATEWAY) as tx:
            assert await payments.hear(tx, "stripe", f"evt_{number}")
        market.clock.advance(DAY)

    first = await payments.forget_events(market.clock.at - 2 * DAY, limit=2)
    rest = await payments.forget_events(market.clock.at - 2 * DAY, limit=2)

    assert (first, rest) == (2, 1)
    kept = await GatewayEvent.all().order_by("received_at").values_list("event_id", flat=True)
    assert kept == ["evt_3", "evt_4"]
