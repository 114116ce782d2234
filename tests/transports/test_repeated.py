"""A document that comes again is not read, measured or validated again, whichever way it comes (Q12)."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from strawberry.schema import schema as strawberrys

from ordergraph.api.documents import library
from ordergraph.api.documents.trusted import Trusted
from ordergraph.transports.endpoint import Endpoint
from tests.api.doors import bearer, endpoint, socket
from tests.market import Market

WORK = ("parse", "measure", "validate")
Ask = Callable[[Market, str], Awaitable[str]]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each kind of work was done, by us or by Strawberry."""
    counts = Counter[str]()

    def count(place: Any, name: str, kind: str) -> None:
        real = getattr(place, name)

        def counted(*args: Any, **named: Any) -> Any:
            counts[kind] += 1
            return real(*args, **named)

        monkeypatch.setattr(place, name, counted)

    for kind in WORK:
        count(library, kind, kind)
    count(strawberrys, "parse", "parse")
    count(strawberrys, "validate_document", "validate")
    return counts


async def _http(door: Endpoint, method: str, path: str, **request: Any) -> str:
    accept = request.pop("accept", "application/json")
    transport = httpx.ASGITransport(door)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(
            method, path, headers={"accept": accept, **bearer()}, **request
        )
    return answer.text


async def _post(market: Market, text: str) -> str:
    return await _http(endpoint(market), "POST", "/graphql", json={"query": text})


async def _get(market: Market, text: str) -> str:
    return await _http(endpoint(market), "GET", "/graphql", params={"query": text})


async def _parts(market: Market, text: str) -> str:
    accept = "multipart/mixed;subscriptionSpec=1.0, application/json"
    return await _http(endpoint(market), "POST", "/graphql", json={"query": text}, accept=accept)


async def _events(market: Market, text: str) -> str:
    return await _http(
        endpoint(market),
        "POST",
        "/graphql/stream",
        json={"query": text},
        accept="text/event-stream",
    )


async def _socket(market: Market, text: str) -> str:
    async with socket(market) as line:
        await line.init(**bearer())
        await line.subscribe(text)
        return str(await line.hear())


async def _by_hash(market: Market, text: str) -> str:
    name = sha256(text.encode()).hexdigest()
    front = replace(market.front, trusted=Trusted({name: text}, frozenset({text})))
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}}
    return await _http(Endpoint(front), "POST", "/graphql", json=named)


WAYS: dict[str, Ask] = {
    "POST": _post,
    "GET": _get,
    "multipart": _parts,
    "events": _events,
    "socket": _socket,
    "hash": _by_hash,
}


def _new() -> str:
    """A document that nobody has asked with yet."""
    return f"query Q{uuid4().hex} {{ viewer {{ user {{ displayName }} }} }}"


@pytest.mark.parametrize("way", WAYS)
async def test_the_first_time_is_the_only_one(market: Market, done: Counter[str], way: str) -> None:
    text = _new()

    for _ in range(3):
        assert "Ada" in await WAYS[way](market, text)

    assert done == dict.fromkeys(WORK, 1)


async def test_all_ways_share_what_was_read(market: Market, done: Counter[str]) -> None:
    text = _new()

    for ask in WAYS.values():
        assert "Ada" in await ask(market, text)

    assert done == dict.fromkeys(WORK, 1)


async def test_the_work_that_is_counted_is_the_one_that_is_done(
    market: Market, done: Counter[str]
) -> None:
    """The counters count: two documents are read twice, and what is invalid is not kept."""
    for _ in range(2):
        await _post(market, _new())
        await _post(market, "{ viewer { nothing } }")

    assert done == dict.fromkeys(WORK, 4)
