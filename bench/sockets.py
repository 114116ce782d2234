"""A thousand sockets follow one order, and it changes: `python -m bench.sockets`."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ordergraph.infra import embedded
from ordergraph.infra.wire import many_open_files
from ordergraph.personas import persona
from ordergraph.settings import load
from ordergraph.wiring import tokens_of

SOCKETS: Final = int(os.environ.get("BENCH_SOCKETS", "1000"))
AT_ONCE: Final = 50
CHANGES: Final = ("orderShip", "orderConfirmReceipt")
ORDERGRAPH: Final = (sys.executable, "-m", "ordergraph.cli")
PROTOCOL: Final = Subprotocol("graphql-transport-ws")
PLACE: Final = """mutation { orderPlace(input: {sellerExternalId: "nordic-lamps", currency: "EUR",
  buyerExternalId: "ada", lines: [{sku: "L", title: "Lamp", quantity: 1, unitPrice: "19.95"}]}) {
  ... on OrderPlaceSuccess { order { id } } } }"""
FOLLOW: Final = "subscription F($id: ID!) { orderUpdated(orderId: $id) { status number } }"


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
            with _served(env) as api:
                await _measure(api, env)


async def _measure(api: psutil.Process, env: dict[str, str]) -> None:
    address = f"127.0.0.1:{env['ORDERGRAPH_PORT']}"
    tokens = {who: _token(env, who) for who in ("ada", "nordic-lamps", "olga")}
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
        placed = await _ask(http, tokens["olga"], PLACE)
        order = placed["orderPlace"]["order"]["id"]
        before = _memory_kib(api)
        async with AsyncExitStack() as stack:
            began = time.monotonic()
            lines = await _opened(stack, f"ws://{address}/graphql", tokens["ada"], order)
            _say(f"{SOCKETS} sockets opened in", time.monotonic() - began)
            each = (_memory_kib(api) - before) / SOCKETS
            sys.stdout.write(f"memory of the process, for each socket: {each:.0f} KiB\n")
            for name, who in zip(CHANGES, ("nordic-lamps", "ada"), strict=True):
                await _change(http, lines, tokens[who], name, order)
            await _end(api, lines)


async def _change(
    http: httpx.AsyncClient, lines: list[ClientConnection], token: str, name: str, order: str
) -> None:
    """One change; how long after it was committed, at the latest, each one heard of it."""
    heard = [asyncio.create_task(_hear(line)) for line in lines]
    await asyncio.sleep(0.5)
    more = ', carrier: "Post", trackingNumber: "T1"' if name == "orderShip" else ""
    began = time.monotonic()
    await _ask(
        http, token, f'mutation {{ {name}(input: {{orderId: "{order}"{more}}}) {{ __typename }} }}'
    )
    answered = time.monotonic() - began
    took = sorted(at - began for at in await asyncio.gather(*heard))
    _say(f"{name}: answered after", answered)
    for what, at in (("first", 0), ("half", len(took) // 2), ("last", -1)):
        _say(f"  {what} of {SOCKETS} told after", took[at])


async def _end(api: psutil.Process, lines: list[ClientConnection]) -> None:
    began = time.monotonic()
    api.send_signal(signal.SIGTERM)
    codes = await asyncio.gather(*(_code(line) for line in lines))
    _say(f"SIGTERM: all closed, with {set(codes)}, after", time.monotonic() - began)
    await asyncio.to_thread(api.wait)
    _say("  process gone after", time.monotonic() - began)


async def _opened(
    stack: AsyncExitStack, url: str, token: str, order: str
) -> list[ClientConnection]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> ClientConnection:
        async with gate:
            line = await stack.enter_async_context(
                connect(
                    url, subprotocols=[PROTOCOL], proxy=None, ping_interval=None, compression=None
                )
            )
            init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
            await line.send(orjson.dumps(init).decode())
            await line.recv()
            payload = {"query": FOLLOW, "variables": {"id": order}}
            asked = {"type": "subscribe", "id": "1", "payload": payload}
            await line.send(orjson.dumps(asked).decode())
            await _hear(line)
            return line

    return await asyncio.gather(*(one() for _ in range(SOCKETS)))


async def _hear(line: ClientConnection) -> float:
    message = orjson.loads(await line.recv())
    at = time.monotonic()
    assert message["type"] == "next", message
    return at


async def _code(line: ClientConnection) -> int | None:
    try:
        while True:
            await line.recv()
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else None


async def _ask(http: httpx.AsyncClient, token: str, document: str) -> Any:
    headers = {"authorization": f"Bearer {token}", "idempotency-key": secrets.token_hex(8)}
    answer = (await http.post("/graphql", json={"query": document}, headers=headers)).json()
    assert "errors" not in answer, answer
    return answer["data"]


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return os.environ | {
        "ORDERGRAPH_DATABASE_URL": database_url,
        "ORDERGRAPH_REDIS_URL": redis_url,
        "ORDERGRAPH_JWT_SECRET": secrets.token_urlsafe(48),
        "ORDERGRAPH_PORT": str(embedded.free_port()),
        "ORDERGRAPH_LINES_PER_USER": str(SOCKETS),
        "ORDERGRAPH_LOG_LEVEL": "WARNING",
    }


@contextmanager
def _served(env: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen([*ORDERGRAPH, "serve"], env=env)  # noqa: S603  (our own command)
    try:
        _wait(f"http://127.0.0.1:{env['ORDERGRAPH_PORT']}/readyz")
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


def _token(env: dict[str, str], who: str) -> str:
    someone = persona(who)
    assert someone is not None
    return someone.token(tokens_of(load(env)))


def _memory_kib(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 2**10)


def _say(what: str, seconds: float) -> None:
    sys.stdout.write(f"{what} {seconds * 1000:.0f} ms\n")


if __name__ == "__main__":
    asyncio.run(main())
