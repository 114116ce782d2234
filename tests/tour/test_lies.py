"""A server that does not do as promised is found out, in one readable line."""

import asyncio
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ordergraph.tour.run import run
from ordergraph.tour.seen import BrokenPromise
from tests.tour.installation import Installation, environment, ordergraph
from tests.tour.liar import liar, twister

TOKENS = dict.fromkeys(("ada", "ben", "nordic-lamps", "olga"), "a token")
STEP = "Olga hands in an order that Ada made by telephone"


async def found_out(*urls: str, **tokens: str) -> str:
    """Play the tour; return what it says of the first broken promise."""
    console = Console(file=StringIO())
    with pytest.raises(BrokenPromise) as broken:
        await asyncio.to_thread(run, urls, TOKENS | tokens, console, verbose=False)
    return str(broken.value)


def placed(**order: Any) -> str:
    answer = {"__typename": "OrderPlaceSuccess", "order": order}
    return json.dumps({"data": {"orderPlace": answer}})


REFUSED = {"orderPlace": {"__typename": "NotFoundError", "message": "Unknown."}}

# fmt: off
LIES = [
    # what the server answers                       what the tour says of it
    (placed(status="CANCELED"),                     "the order should be PROCESSING, but is CANCELED"),
    (placed(),                                      "orderPlace.order.status is missing"),
    (placed(status=7),                              "orderPlace.order.status is no str: 7"),
    (placed(status="PROCESSING", number="A", total={"amount": "1.234", "currencyCode": "EUR"}),
                                                    "orderPlace.order.total is no money: EUR has 2 decimals"),
    (json.dumps({"data": REFUSED}),                 "orderPlace was refused: NotFoundError (Unknown.)"),
    (json.dumps({"data": {"now": 1, "then": 2}}),   "not the answer of one mutation: {'now': 1, 'then': 2}"),
    (json.dumps({"errors": [{"message": "Oh."}]}),  "an error instead of an answer: [{'message': 'Oh.'}]"),
    ("<html>Welcome!</html>",                       "the answer is HTTP 200, and no GraphQL"),
    ("[1]",                                         "the answer is HTTP 200, and no GraphQL"),
]
# fmt: on


@pytest.mark.parametrize(("lie", "said"), LIES)
async def test_a_lie_is_found_out_in_one_line(lie: str, said: str) -> None:
    async with liar(lie) as url:
        line = await found_out(url)

    assert line == f"{STEP}: {said}"


# fmt: off
TWISTED = [
    # what becomes what on the way           what the tour says of it
    ('"status":"SCHEDULED"',                 '"status":"SUCCEEDED"',
     "Ada cancels: “I no longer need it”, and watches the refund: the refund should be SCHEDULED,"),
    ('"33.33"',                              '"33.32"',
     "Ada cancels one shade: the amount should be 33.33 EUR, but is 33.32 EUR"),
    ("CancelWindowClosedError",              "SomeError",
     "Ada wants to cancel after all: orderCancel should answer CancelWindowClosedError, not Some"),
    ('"outcome":"REFUNDED_PARTIAL"',         '"outcome":"NO_REFUND"',
     "Olga decides: 30.00 EUR go back: the outcome should be REFUNDED_PARTIAL, but is NO_REFUND"),
]
# fmt: on


@pytest.mark.parametrize(("word", "other", "said"), TWISTED)
async def test_one_wrong_word_of_a_real_server_is_found_out(
    installation: Installation, word: str, other: str, said: str
) -> None:
    honest = installation.urls[0]
    async with twister(honest, word, other) as url:
        line = await found_out(honest, url, **{n: installation.token(n) for n in TOKENS})

    assert line.startswith(said)
    assert "\n" not in line


async def test_an_outage_is_one_line_too() -> None:
    async with liar("Bad gateway", status=502, kind="text/plain") as url:
        line = await found_out(url)

    assert line == f"{STEP}: the answer is HTTP 502, and no GraphQL"


async def test_the_command_ends_with_code_1_and_nothing_but_the_line(tmp_path: Path) -> None:
    tokens = [part for name in TOKENS for part in ("--token", f"{name}=x")]
    env = environment(tmp_path)
    async with liar(placed(status="CANCELED")) as url:
        played = await asyncio.to_thread(ordergraph, "tour", "--url", url, *tokens, env=env)

    assert played.code == 1
    promise = "the order should be PROCESSING, but is CANCELED"
    assert played.err == f"ordergraph: {STEP}: {promise}\n"
    assert "promises kept" not in played.out


@pytest.mark.parametrize("page", ["{}", "<html>", '[{"name": "ada"}]'])
async def test_a_server_that_gives_out_no_tokens_is_one_line(page: str) -> None:
    tokens = {"ada": "a token"}
    async with liar(page, path="/dev/personas") as url:
        with pytest.raises(BrokenPromise) as broken:
            await asyncio.to_thread(run, [url], tokens, Console(file=StringIO()), verbose=False)

    assert "\n" not in str(broken.value)
    assert "token" in str(broken.value) or "people" in str(broken.value)
