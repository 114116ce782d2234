"""From commit to delivery, and what a listener costs: `python -m bench.subscriptions`.

One API process and the limit (servers/telling.py) beside it, on the same rows and the same Redis. The
changes are made here, as another process makes them: committed, then published.
"""

import asyncio
import gc
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import orjson
import psutil
import uvloop
from redis.asyncio import Redis
from strawberry import relay

from bench.listening import Ear, connected, following
from ordergraph.identity.tokens import Tokens
from ordergraph.infra import embedded
from ordergraph.infra.hub import CHANNEL
from ordergraph.infra.wire import many_open_files
from ordergraph.kernel.actor import Role
from ordergraph.personas import LIFETIME, persona
from ordergraph.settings import load
from ordergraph.wiring import tokens_of

SOCKETS: Final = int(os.environ.get("BENCH_SOCKETS", "1000"))
PER_S: Final = float(os.environ.get("BENCH_CHANGES", "200"))
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "10"))
ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "3"))
ONLY: Final = os.environ.get("BENCH_ONLY", "").split()
AT_ONCE: Final = 50
WARM: Final = 2
"""Rounds that do not count."""
ORDERGRAPH: Final = (sys.executable, "-m", "ordergraph.cli")
PLACE: Final = """mutation { orderPlace(input: {sellerExternalId: "nordic-lamps", currency: "EUR",
  buyerExternalId: "ada", lines: [{sku: "L", title: "Lamp", quantity: 1, unitPrice: "19.95"}]}) {
  ... on OrderPlaceSuccess { order { id } } } }"""
FOLLOW: Final = """subscription F($id: ID!) { orderUpdated(orderId: $id) {
  id number status total { amount currencyCode } carrier trackingNumber } }"""
SCREEN: Final = """subscription F($id: ID!) { orderUpdated(orderId: $id) {
  id number status total { amount currencyCode } carrier trackingNumber canCancel cancelableUntil
  lines { title quantity unitPrice { amount currencyCode } }
  refunds { id status amount { amount currencyCode } dueAt } } }"""

# Each as the one that was placed, with a timeline of one event.
CLONE: Final = """
WITH made AS (
    INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object(
        'id', gen_random_uuid(), 'number', 'bench-' || n))).*
    FROM orders o, generate_series(1, $1) n WHERE o.number NOT LIKE 'bench-%' RETURNING id)
INSERT INTO events (id, order_id, position, type, actor_role, request_id, occurred_at, data, hash)
SELECT gen_random_uuid(), id, 1, 'order.shipped', 'SELLER', '', now(), '{}', '' FROM made
RETURNING order_id"""
LINES: Final = """
INSERT INTO order_lines SELECT (jsonb_populate_record(l, jsonb_build_object(
    'id', gen_random_uuid(), 'order_id', o.id))).*
FROM order_lines l, orders o WHERE o.number LIKE 'bench-%'"""
CHANGE: Final = """
WITH changed AS (UPDATE orders SET tracking_number = $2 WHERE id = $1 RETURNING id)
INSERT INTO events (id, order_id, position, type, actor_role, request_id, occurred_at, data, hash)
SELECT gen_random_uuid(), id, 1 + (SELECT max(position) FROM events WHERE order_id = $1),
    'order.shipped', 'SELLER', '', now(), '{}', '' FROM changed"""


@dataclass(frozen=True, slots=True)
class Server:
    """What is measured."""

    name: str
    port: int
    process: psutil.Process

    @property
    def memory_kib(self) -> float:
        return float(self.process.memory_info().rss / 2**10)

    @property
    def cpu_s(self) -> float:
        """Of its main thread, to the nanosecond (Linux)."""
        spent, *_ = Path(f"/proc/{self.process.pid}/schedstat").read_text().split()
        return int(spent) / 1e9


@dataclass(frozen=True, slots=True)
class Crowd:
    """All who follow one order at one server."""

    name: str
    server: Server
    ears: list[Ear]


@dataclass(frozen=True, slots=True)
class Changer:
    """Another process that changes orders: each change committed, then published."""

    database: Any
    redis: Redis
    orders: list[str]

    async def change(self, order_id: str) -> tuple[float, bytes]:
        """When it was committed, and a word that only the state after it has."""
        word = secrets.token_hex(8)
        await self.database.execute(CHANGE, order_id, word)
        at = time.monotonic()
        await self.redis.publish(CHANNEL, orjson.dumps([f"order:{order_id}"]))
        return at, word.encode()


@dataclass(frozen=True, slots=True)
class World:
    env: dict[str, str]
    changer: Changer
    tokens: Tokens

    def token(self, who: str, role: Role | None = None) -> str:
        someone = persona(who)
        roles = frozenset({role}) if role else frozenset({someone.role}) if someone else frozenset()
        return self.tokens.issue(who, roles, who, LIFETIME)


async def main() -> None:
    many_open_files()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with (
            embedded.postgres(root / "postgres", durable=True) as database_url,
            embedded.valkey(root / "valkey") as redis_url,
        ):
            env = _environment(database_url, redis_url)
            for step in (["migrate"], ["seed", "--no-market"]):
                subprocess.run([*ORDERGRAPH, *step], env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC221, S603  (nothing else is to be done meanwhile)
            async with _world(env) as world:
                for name, measure in MEASURES.items():
                    if not ONLY or name in ONLY:
                        await measure(world)


async def idle(world: World) -> None:
    """Sockets on which nothing runs."""
    with _ours(world.env) as server:
        ears = await _opened(server, [world.token("ada")] * 10)
        before = server.memory_kib
        ears += await _opened(server, [world.token("ada")] * SOCKETS)
        _say("idle", each_kib=(server.memory_kib - before) / SOCKETS)
        _hang_up(ears)


async def own(world: World) -> None:
    """Each listener follows an order of its own; so many changes each second, spread over all. The
    limit hears of the same changes at the same time.
    """
    with _limit(world.env) as limit, _ours(world.env) as ours:
        for what, document in (("own", FOLLOW), ("screen", SCREEN)):
            crowds = [await _own(server, world, document) for server in (limit, ours)]
            await _changes(world, crowds, SECONDS / 5)
            cpus = [crowd.server.cpu_s for crowd in crowds]
            tooks = await _changes(world, crowds, SECONDS)
            for crowd, cpu, took in zip(crowds, cpus, tooks, strict=True):
                each_ms = (crowd.server.cpu_s - cpu) * 1000 / len(took)
                _say(f"{what}, {crowd.name}", **_spread(took), cpu_ms=each_ms)
                _hang_up(crowd.ears)


async def _own(server: Server, world: World, document: str) -> Crowd:
    warm = await _following(server, world, document, world.changer.orders[:10])
    before = server.memory_kib
    ears = await _following(server, world, document, world.changer.orders)
    _say(f"memory, {server.name}", each_kib=(server.memory_kib - before) / SOCKETS)
    _hang_up(warm)
    return Crowd(server.name, server, ears)


async def broadcast(world: World) -> None:
    """All follow one order: of one account, and each of an account of its own. Round by round."""
    one = [world.token("ada")] * SOCKETS
    many = [world.token(f"clerk-{n}", Role.OPERATOR) for n in range(SOCKETS)]
    with _limit(world.env) as limit, _ours(world.env) as ours:
        first = Crowd("limit", limit, await _crowd(limit, world, one))
        for name, tokens in (("one account", one), ("operators", many)):
            second = Crowd(name, ours, await _crowd(ours, world, tokens))
            await _rounds(world, [first, second])
            _hang_up(second.ears)
        _hang_up(first.ears)


async def rounds(world: World) -> None:
    """Whether memory comes back when all have gone, or is at least used again."""
    with _ours(world.env) as server:
        for number in range(ROUNDS + 1):
            _say(f"round {number}", mib=server.memory_kib / 1024)
            if number < ROUNDS:
                ears = await _following(server, world, FOLLOW, world.changer.orders)
                _say("  open", mib=server.memory_kib / 1024)
                _hang_up(ears)
                await asyncio.sleep(3)


async def ending(world: World) -> None:
    """SIGTERM, with everybody there."""
    with _ours(world.env) as server:
        ears = await _following(server, world, FOLLOW, world.changer.orders)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        for ear in ears:
            await ear.over.wait()
        closed = time.monotonic() - began
        await asyncio.to_thread(server.process.wait)
        assert {ear.closed for ear in ears} == {1012}
        _say("ending", closed_ms=closed * 1000, gone_ms=(time.monotonic() - began) * 1000)


MEASURES: Final = {
    "idle": idle,
    "own": own,
    "broadcast": broadcast,
    "rounds": rounds,
    "ending": ending,
}


async def _rounds(world: World, crowds: list[Crowd]) -> None:
    """One change at a time, heard by one crowd after the other."""
    spans: dict[str, list[list[float]]] = {crowd.name: [] for crowd in crowds}
    costs: dict[str, list[float]] = {crowd.name: [] for crowd in crowds}
    for _ in range(WARM + ROUNDS * 3):
        for crowd in crowds:
            with _silenced(other.server for other in crowds if other is not crowd):
                cpu = crowd.server.cpu_s
                at, word = await world.changer.change(world.changer.orders[0])
                heard = [await _heard(ear, word) - at for ear in crowd.ears]
                costs[crowd.name].append((crowd.server.cpu_s - cpu) * 1000)
                spans[crowd.name].append(sorted(heard))
            for ear in (ear for other in crowds if other is not crowd for ear in other.ears):
                await _heard(ear, word)
            await asyncio.sleep(0.2)
    for name, told in spans.items():
        first, half, last = (
            statistics.median(span[place] for span in told[WARM:]) * 1000
            for place in (0, SOCKETS // 2, -1)
        )
        cpu = statistics.median(costs[name][WARM:])
        _say(f"broadcast, {name}", first_ms=first, half_ms=half, last_ms=last, cpu_ms=cpu)


@contextmanager
def _silenced(servers: Iterable[Server]) -> Iterator[None]:
    """They get no processor meanwhile, and hear of what happened afterwards."""
    stopped = [server.process for server in servers]
    for process in stopped:
        process.suspend()
    yield
    for process in stopped:
        process.resume()


async def _changes(world: World, crowds: list[Crowd], seconds: float) -> list[list[float]]:
    """Change at a steady pace; return how long each took from its commit to each of its listeners."""
    orders, tasks, began = world.changer.orders, [], time.monotonic()
    for number in range(int(PER_S * seconds)):
        await asyncio.sleep(max(0.0, began + number / PER_S - time.monotonic()))
        place = number % len(orders)  # none twice at once: states may be skipped
        ears = [crowd.ears[place] for crowd in crowds]
        tasks.append(asyncio.create_task(_told(world.changer, orders[place], ears)))
    took = await asyncio.gather(*tasks)
    return [list(column) for column in zip(*took, strict=True)]


async def _told(changer: Changer, order_id: str, ears: list[Ear]) -> list[float]:
    at, word = await changer.change(order_id)
    return [await _heard(ear, word) - at for ear in ears]


async def _heard(ear: Ear, word: bytes) -> float:
    """When the state with this word came."""
    seen = 0
    while True:
        for at, text in ear.heard[seen:]:
            if word in text:
                del ear.heard[:]
                return at
        seen = len(ear.heard)
        await ear.hears(seen + 1, 30)


async def _crowd(server: Server, world: World, tokens: list[str]) -> list[Ear]:
    return await _following(server, world, FOLLOW, world.changer.orders[:1] * len(tokens), tokens)


async def _following(
    server: Server, world: World, document: str, orders: list[str], tokens: list[str] | None = None
) -> list[Ear]:
    ears = await _opened(server, tokens or [world.token("ada")] * len(orders))
    ids = [relay.to_base64("Order", id_) for id_ in orders]
    for start in range(0, len(ears), AT_ONCE):
        pairs = zip(ears[start : start + AT_ONCE], ids[start : start + AT_ONCE], strict=True)
        await asyncio.gather(*(following(ear, document, id_) for ear, id_ in pairs))
    return ears


async def _opened(server: Server, tokens: list[str]) -> list[Ear]:
    ears: list[Ear] = []
    for start in range(0, len(tokens), AT_ONCE):
        some = tokens[start : start + AT_ONCE]
        ears += await asyncio.gather(*(connected(server.port, token) for token in some))
    return ears


def _hang_up(ears: list[Ear]) -> None:
    for ear in ears:
        ear.hang_up()
    gc.collect()


@asynccontextmanager
async def _world(env: dict[str, str]) -> AsyncIterator[World]:
    tokens = tokens_of(load(env))
    database = await asyncpg.create_pool(env["ORDERGRAPH_DATABASE_URL"], max_size=10)
    redis = Redis.from_url(env["ORDERGRAPH_REDIS_URL"])
    someone = persona("olga")
    assert someone is not None
    with _ours(env) as server:
        headers = {"authorization": f"Bearer {someone.token(tokens)}", "idempotency-key": "1"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as http:
            url = f"http://127.0.0.1:{server.port}/graphql"
            placed = (await http.post(url, json={"query": PLACE})).json()
            assert placed["data"]["orderPlace"]["order"], placed
    made = await database.fetch(CLONE, SOCKETS)
    await database.execute(LINES)
    await database.execute("ANALYZE")
    yield World(env, Changer(database, redis, [str(row["order_id"]) for row in made]), tokens)
    await redis.aclose()
    await database.close()


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return os.environ | {
        "ORDERGRAPH_DATABASE_URL": database_url,
        "ORDERGRAPH_REDIS_URL": redis_url,
        "ORDERGRAPH_JWT_SECRET": secrets.token_urlsafe(48),
        "ORDERGRAPH_LINES_PER_USER": str(SOCKETS * 2),
        "ORDERGRAPH_LINES_PER_ADDRESS": str(SOCKETS * 2),
        "ORDERGRAPH_RATE_OPERATIONS": "1000000",
        "ORDERGRAPH_RATE_DELIVERIES": "0",
        "ORDERGRAPH_LOG_LEVEL": "WARNING",
    }


@contextmanager
def _ours(env: dict[str, str]) -> Iterator[Server]:
    port = embedded.free_port()
    with _running(
        [*ORDERGRAPH, "serve"], env | {"ORDERGRAPH_PORT": str(port)}, f"{port}/readyz"
    ) as process:
        yield Server("ordergraph", port, process)


@contextmanager
def _limit(env: dict[str, str]) -> Iterator[Server]:
    port = embedded.free_port()
    env = env | {
        "BENCH_DATABASE_URL": env["ORDERGRAPH_DATABASE_URL"],
        "BENCH_REDIS_URL": env["ORDERGRAPH_REDIS_URL"],
    }
    command = [sys.executable, "-m", "uvicorn", "bench.servers.telling:app", "--port",
               str(port), "--ws", "websockets-sansio", "--loop", "uvloop", "--log-level", "warning",
               "--ws-per-message-deflate", "false"]  # fmt: skip
    with _running(command, env, f"{port}/") as process:
        yield Server("limit", port, process)


@contextmanager
def _running(command: list[str], env: dict[str, str], ready: str) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, env=env)  # noqa: S603  (our own command)
    try:
        _wait(f"http://127.0.0.1:{ready}")
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


def _spread(took: list[float]) -> dict[str, float]:
    sorted_ = sorted(took)
    return {
        "p50_ms": sorted_[len(took) // 2] * 1000,
        "p99_ms": sorted_[len(took) * 99 // 100] * 1000,
        "max_ms": sorted_[-1] * 1000,
    }


def _say(what: str, **figures: float) -> None:
    told = "  ".join(f"{name} {figure:.2f}" for name, figure in figures.items())
    sys.stdout.write(f"{what:<24}{told}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
