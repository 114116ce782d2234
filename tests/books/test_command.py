"""`ordergraph reconcile`: what it prints, and how it ends."""

import asyncio
import json

import pytest

from ordergraph.infra import embedded
from tests.books.audit import tamper
from tests.conftest import Servers
from tests.market import Market
from tests.tour.installation import Outcome, environment, ordergraph


@pytest.fixture
def env(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(
        tmp_path_factory.mktemp("reconcile"),
        database_url=servers.database_url,
        redis_url=servers.redis_url,
    )


async def reconcile(env: dict[str, str], *args: str) -> Outcome:
    return await asyncio.to_thread(ordergraph, "reconcile", *args, env=env)


async def test_clean_books_end_well(market: Market, env: dict[str, str]) -> None:
    await market.place()

    done = await reconcile(env)

    assert (done.code, done.err) == (0, "")
    assert done.out == "the books are clean: 1 orders and 1 lines of the gateway's journal\n"


async def test_a_difference_is_named_with_its_order(market: Market, env: dict[str, str]) -> None:
    order = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")

    done = await reconcile(env)

    assert done.code == 1
    named, summary = done.out.splitlines()
    assert named.startswith(f"order {order.number}: PAYMENT_LEDGER: ")
    assert named.endswith("(platform_cost_minor) expected 0.00 EUR, found 0.03 EUR")
    assert summary == "1 differences in 1 orders and 1 lines of the gateway's journal"


async def test_machines_read_an_object_a_line(market: Market, env: dict[str, str]) -> None:
    order = await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")

    done = await reconcile(env, "--json")

    difference, summary = map(json.loads, done.out.splitlines())
    assert done.code == 1
    assert difference["order"] == order.number
    assert (summary["orders"], summary["differences"], summary["since"]) == (1, 1, None)


async def test_only_lately_if_one_likes(market: Market, env: dict[str, str]) -> None:
    """The market's clock stands still in the past; the command has the database's."""
    await market.place()
    await tamper("UPDATE payments SET platform_cost_minor = 3")

    done = await reconcile(env, "--since", "1m")

    assert done.code == 0
    assert "0 orders" in done.out


@pytest.mark.parametrize(
    "wrong",
    [
        {"ORDERGRAPH_DATABASE_URL": f"postgres://nobody@127.0.0.1:{embedded.free_port()}/none"},
        {"ORDERGRAPH_GATEWAY": "none"},
        {"ORDERGRAPH_DATABSE_URL": "oops"},
    ],
    ids=["no database", "no gateway", "no such setting"],
)
async def test_what_cannot_run_is_no_difference(
    market: Market, env: dict[str, str], wrong: dict[str, str]
) -> None:
    await market.place()

    done = await reconcile(env | wrong)

    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("ordergraph: cannot reconcile: ")


async def test_a_span_that_cannot_be_read_is_no_difference(
    market: Market, env: dict[str, str]
) -> None:
    await market.place()

    done = await reconcile(env, "--since", "soon")

    assert done.code == 2
