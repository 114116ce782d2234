"""What is new is paid for before it is read (R2): shown by what was read, and what was counted."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.transports.front import Front
from ordergraph.transports.rates import Hit, Rates
from tests.api.doors import bearer
from tests.limits.test_rates import READ, client, rated
from tests.market import Market

OURS = {"apollo-require-preflight": "true"}
EVENTS = {"accept": "text/event-stream", **OURS}
PARTS = {"accept": 'multipart/mixed;subscriptionSpec="1.0", application/json'}


def unread(market: Market, **quotas: int) -> Front:
    """Whoever has read nothing yet."""
    return replace(rated(market, **quotas), library=Library(Limits()))


@pytest.mark.parametrize(
    ("path", "headers"), [("/graphql", {}), ("/graphql", PARTS), ("/graphql/stream", EVENTS)]
)
async def test_who_may_ask_nothing_more_has_nothing_read(
    market: Market, path: str, headers: dict[str, str]
) -> None:
    """R2: to read and validate a document takes longer than to answer it."""
    front = unread(market, operations_by_address=1)
    async with client(front) as line:
        answers = [
            await line.post(path, json={"query": f"{{ a{n}: now }}"}, headers=headers)
            for n in range(5)
        ]

    refused = [b"RATE_LIMITED" in answer.content for answer in answers]
    assert refused == [False, True, True, True, True]
    assert front.library.misses == 1


@pytest.mark.parametrize(("path", "headers"), [("/graphql", OURS), ("/graphql/stream", EVENTS)])
async def test_a_mutation_by_get_is_refused_and_counted(
    market: Market, path: str, headers: dict[str, str]
) -> None:
    """R2."""
    front = unread(market, operations_by_address=20)
    async with client(front) as line:
        answers = [
            await line.get(path, params={"query": query}, headers=headers)
            for query in (READ, READ, "mutation Other { x }")
        ]

    codes = [answer.status_code for answer in answers]
    assert codes[:2] == [405, 429]
    assert b"RATE_LIMITED" in answers[2].content
    assert front.library.misses == 1


async def test_what_is_known_is_counted_once(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is new costs a look at the counters more."""
    front, counts = unread(market, operations=100), list[list[tuple[str, int]]]()
    really = Rates._count

    async def noted(rates: Rates, hits: Iterable[Hit]) -> None:
        hits = list(hits)
        counts.append([(hit.bucket, hit.cost) for hit in hits])
        await really(rates, hits)

    monkeypatch.setattr(Rates, "_count", noted)
    async with client(front) as line:
        for _ in range(2):
            await line.post("/graphql", json={"query": READ}, headers=bearer("ada"))

    assert counts == [[("operations", 1)], [("operations", 19)], [("operations", 20)]]
