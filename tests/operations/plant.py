"""An installation that works for money: an API, a worker, and a Stripe that remembers its callers."""

import itertools
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import orjson

from ordergraph.infra import embedded
from ordergraph.infra.child import Child, Program
from tests.conftest import Servers
from tests.faults.deployment import ended, until
from tests.nursery import Nursery
from tests.payments.stripe_server import API_KEY, WEBHOOK_SECRET, StripeServer
from tests.serving import served
from tests.tour.installation import (
    ORDERGRAPH,
    SECRET,
    Installation,
    create_database,
    environment,
)

NUMBERS: Final = itertools.cycle(range(10, 16))
"""Of Redis' databases: no worker takes another plant's jobs."""
PLACE: Final = """mutation P($input: OrderPlaceInput!) { orderPlace(input: $input) { __typename
  ... on OrderPlaceSuccess { order { id status } } } }"""
CANCEL: Final = """mutation C($id: ID!, $note: String!) {
  orderCancel(input: {orderId: $id, reasonHandle: "other", note: $note}) {
  __typename ... on OrderCancelSuccess { refund { id } } } }"""
RELEASE: Final = "mutation R($id: ID!) { refundRelease(input: {refundId: $id}) { __typename } }"
REFUND: Final = "query Q($id: ID!) { order(id: $id) { refunds { status } } }"


@dataclass
class Plant:
    """Where it listens, and what it has said."""

    env: Mapping[str, str]
    folder: Path
    stripe: StripeServer
    nursery: Nursery
    port: int = field(default_factory=embedded.free_port)
    crew: dict[str, Child] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, who: str) -> str:
        return Installation((), self.env).token(who)

    async def post(
        self, who: str, document: str, headers: Mapping[str, str] | None = None, **variables: Any
    ) -> httpx.Response:
        given = {"authorization": f"Bearer {self.token(who)}", "idempotency-key": str(uuid4())}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers={**given, **(headers or {})},
            )

    async def ask(
        self, who: str, document: str, headers: Mapping[str, str] | None = None, **variables: Any
    ) -> Any:
        """The one field that is asked for."""
        answer = await self.post(who, document, headers, **variables)
        assert "errors" not in answer.json(), answer.text
        return next(iter(answer.json()["data"].values()))

    async def place(self, title: str = "Lamp", method: str = "pm_card_visa") -> Any:
        """A paid order of Ada's."""
        basket = {
            "sellerExternalId": "nordic-lamps",
            "buyerExternalId": "ada",
            "currency": "EUR",
            "lines": [{"sku": "L-1", "title": title, "quantity": 1, "unitPrice": "39.90"}],
            "paymentToken": method,
        }
        placed = await self.ask("olga", PLACE, input=basket)
        assert placed["__typename"] == "OrderPlaceSuccess", placed
        return placed["order"]

    async def refund_is(self, order_id: str, status: str) -> None:
        async def so() -> bool:
            refunds = (await self.ask("ada", REFUND, id=order_id))["refunds"]
            return bool(refunds and refunds[0]["status"] == status)

        await until(so)

    async def has_looked(self, request_id: str) -> None:
        """Rings of one moment are one job: wait for this one's, so that the next is of its own."""

        async def so() -> bool:
            done = [line for line in self.lines("worker") if line["event"] == "job.done"]
            return (request_id, "send_refunds") in {(x["request_id"], x["job"]) for x in done}

        await until(so)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def lines(self, name: str) -> list[dict[str, Any]]:
        """What a process has logged: an object each, or it was no line of ours."""
        return [orjson.loads(line) for line in self.log(name).splitlines()]

    def start(self, name: str, **settings: object) -> Child:
        """Start a command of ours as a process."""
        more = {f"ORDERGRAPH_{key.upper()}": str(value) for key, value in settings.items()}
        env = {**self.env, "ORDERGRAPH_PORT": str(self.port), **more}
        child = self.nursery.child(_program(self.folder, (name,), env))
        assert child.start()
        self.crew[name] = child
        return child

    async def is_up(self) -> None:
        async def so() -> bool:
            try:
                async with httpx.AsyncClient(trust_env=False) as client:
                    return (await client.get(f"{self.url}/readyz")).is_success
            except httpx.TransportError:
                return False

        await until(so)


def _program(folder: Path, command: tuple[str, ...], env: Mapping[str, str]) -> Program:
    name = command[0]
    return Program(
        name=name,
        argv=(*ORDERGRAPH, *command),
        env=env,
        lock=folder / f"{name}.lock",
        log=folder / f"{name}.log",
    )


@asynccontextmanager
async def planted(
    servers: Servers, folder: Path, nursery: Nursery, **settings: str
) -> AsyncIterator[Plant]:
    """Migrated and seeded; nothing runs yet, and what was started ends with the block."""
    stripe = StripeServer()
    async with served(stripe) as stripe_url:
        env = environment(
            folder,
            database_url=await create_database(servers.database_url, f"plant_{uuid4().hex}"),
            redis_url=servers.redis_url.removesuffix("/0") + f"/{next(NUMBERS)}",
            jwt_secret=SECRET,
            gateway="stripe",
            gateway_options__api_key=API_KEY,
            gateway_options__webhook_secret=WEBHOOK_SECRET,
            gateway_options__base_url=stripe_url,
            log_level="DEBUG",
            log_json="true",
            **settings,
        )
        plant = Plant(env | {"PYTHONUNBUFFERED": "1"}, folder, stripe, nursery)
        for command in (("migrate",), ("seed", "--no-market")):
            done = nursery.child(_program(folder, command, env))
            assert done.start()
            assert await ended(done) == 0, plant.log(command[0])
        try:
            yield plant
        finally:
            for child in plant.crew.values():
                child.kill()


def shown(plant: Plant) -> str:
    """Everything that its processes said."""
    return os.linesep.join(plant.log(name) for name in plant.crew)
