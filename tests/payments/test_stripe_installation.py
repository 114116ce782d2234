"""ordergraph with Stripe as an operator runs it: commands, processes, and messages over the wire."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ordergraph.infra import embedded
from ordergraph.infra.child import Child, Program
from tests.conftest import Servers
from tests.faults.deployment import until
from tests.payments.stripe_server import (
    API_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    event,
    signed,
)
from tests.serving import served
from tests.tour.installation import (
    ORDERGRAPH,
    SECRET,
    Installation,
    Outcome,
    create_database,
    environment,
    ordergraph,
)

PLACE = """mutation P($input: OrderPlaceInput!) { orderPlace(input: $input) { __typename
  ... on UserError { message } ... on PaymentDeclinedError { reason }
  ... on OrderPlaceSuccess { order { id status } } } }"""
CANCEL = """mutation C($id: ID!) { orderCancel(input: {orderId: $id, reasonHandle: "other"}) {
  __typename ... on OrderCancelSuccess { refund { id } } } }"""
RELEASE = """mutation R($id: ID!) { refundRelease(input: {refundId: $id}) { __typename } }"""
REFUND = "query Q($id: ID!) { order(id: $id) { refunds { status } } }"
BASKET = {
    "sellerExternalId": "nordic-lamps",
    "buyerExternalId": "ada",
    "currency": "EUR",
    "lines": [{"sku": "L-1", "title": "Lamp", "quantity": 1, "unitPrice": "39.90"}],
}


@dataclass
class Shop:
    """One installation, and the Stripe that it knows."""

    env: Mapping[str, str]
    folder: Path
    stripe: StripeServer
    url: str = ""

    async def run(self, *args: str, **options: str) -> Outcome:
        """Run a command; options given here are the gateway's."""
        given = {f"ORDERGRAPH_GATEWAY_OPTIONS__{n.upper()}": text for n, text in options.items()}
        return await asyncio.to_thread(ordergraph, *args, env={**self.env, **given})

    async def ask(self, who: str, document: str, **variables: Any) -> Any:
        token = Installation((), self.env).token(who)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers={"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())},
            )
        assert answer.is_success, answer.text
        return next(iter(answer.json()["data"].values()))

    async def refund_of(self, order_id: str) -> str:
        status: str = (await self.ask("ada", REFUND, id=order_id))["refunds"][0]["status"]
        return status

    async def refund_is(self, order_id: str, status: str) -> None:
        async def so() -> bool:
            return await self.refund_of(order_id) == status

        await until(so)


@pytest.fixture
async def shop(servers: Servers, tmp_path: Path) -> AsyncIterator[Shop]:
    database_url = await create_database(servers.database_url, f"shop_{uuid4().hex}")
    stripe = StripeServer()
    async with served(stripe) as stripe_url:
        env = environment(
            tmp_path,
            database_url=database_url,
            redis_url=servers.redis_url,
            jwt_secret=SECRET,
            gateway="stripe",
            gateway_options__api_key=API_KEY,
            gateway_options__webhook_secret=WEBHOOK_SECRET,
            gateway_options__base_url=stripe_url,
        )
        yield Shop(env, tmp_path, stripe)


@pytest.fixture
async def seeded(shop: Shop) -> Shop:
    for command in (("migrate",), ("seed", "--no-market")):
        done = await shop.run(*command)
        assert done.code == 0, done.err
    return shop


@asynccontextmanager
async def _open(shop: Shop) -> AsyncIterator[None]:
    """An API and a worker, until the block ends."""
    port = embedded.free_port()
    shop.url = f"http://127.0.0.1:{port}"
    env = {**shop.env, "ORDERGRAPH_PORT": str(port)}
    crew = [
        Child(
            Program(
                name=name,
                argv=(*ORDERGRAPH, name),
                env=env,
                lock=shop.folder / f"{name}.lock",
                log=shop.folder / f"{name}.log",
            )
        )
        for name in ("serve", "worker")
    ]
    try:
        assert all(child.start() for child in crew)
        await until(lambda: _answers(shop))
        yield
    finally:
        for child in crew:
            child.stop(10)


async def _answers(shop: Shop) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"{shop.url}/readyz")).is_success
        except httpx.TransportError:
            return False


async def test_a_refund_that_stripe_settles_later_is_told_by_its_message(seeded: Shop) -> None:
    shop = seeded
    async with _open(shop):
        declined = await shop.ask("olga", PLACE, input={**BASKET, "paymentToken": "pm_expired"})
        placed = await shop.ask(
            "olga", PLACE, input={**BASKET, "paymentToken": "pm_refund_fails_later"}
        )
        order_id = placed["order"]["id"]
        canceled = await shop.ask("ada", CANCEL, id=order_id)
        await shop.ask("nordic-lamps", RELEASE, id=canceled["refund"]["id"])
        await shop.refund_is(order_id, "PENDING")
        shop.stripe.books.settle()
        (refund,) = shop.stripe.books.refunds.values()
        body = event(refund, "refund.failed")
        async with httpx.AsyncClient(trust_env=False) as client:
            rung = await client.post(
                f"{shop.url}/webhooks/stripe", content=body, headers=signed(body)
            )
        await shop.refund_is(order_id, "REQUIRES_ACTION")

    assert declined["reason"] == "CARD_EXPIRED"
    assert placed["order"]["status"] == "PROCESSING"
    assert rung.json() == {"received": True}
    logs = "".join(log.read_text() for log in shop.folder.glob("*.log"))
    assert API_KEY not in logs
    assert WEBHOOK_SECRET not in logs
    assert "pm_refund_fails_later" not in logs


async def test_the_check_asks_stripe_and_says_what_is_wrong(seeded: Shop) -> None:
    shop = seeded
    good = await shop.run("check")
    bad = await shop.run("check", api_key="sk_test_hush")
    away = await shop.run("check", base_url="http://127.0.0.1:1")

    assert good.code == 0, good.out
    assert "ok   gateway: stripe answers" in good.out
    assert (bad.code, away.code) == (1, 1)
    assert "FAIL gateway: Stripe does not accept the API key" in bad.out
    assert "FAIL gateway: APIConnectionError" in away.out
    assert "hush" not in bad.out + bad.err


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_what_cannot_be_used_is_said_in_one_line_before_anything_begins(
    shop: Shop, command: str
) -> None:
    done = await shop.run(command, apikey="hush")

    assert done.code == 1
    assert done.err.strip() == (
        "ordergraph: the gateway knows no option 'apikey';"
        " it knows: api_key, webhook_secret, base_url"
    )


async def test_the_test_clock_is_refused_with_real_money(shop: Shop) -> None:
    shop.env = {**shop.env, "ORDERGRAPH_TEST_CLOCK": "true"}

    done = await shop.run("serve")
    checked = await shop.run("check")

    said = "ORDERGRAPH_TEST_CLOCK is true, but the gateway 'stripe' moves real money"
    assert (done.code, done.err.strip()) == (2, f"ordergraph: {said}")
    assert f"FAIL gateway: {said}" in checked.out
