"""A schema that may not be asked for: neither by introspection, nor by guessing (E5)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from ordergraph.api.documents.library import Library
from ordergraph.api.documents.limits import Limits
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import ONCE, Front
from ordergraph.transports.media import RESPONSE
from ordergraph.transports.operation import Operation
from tests.api.doors import TOKENS
from tests.market import Market
from tests.transports.lines import phone, served
from tests.transports.probes import Probe, probes
from tests.transports.serving import code_of

ASKED = [
    "{ __schema { types { name } } }",
    '{ __type(name: "Order") { name } }',
    "{ now ...F } fragment F on Query { a: __schema { __typename } }",
    'mutation { __type(name: "Order") { name } }',
]


def front(market: Market, *, introspection: bool) -> Front:
    return Front(schema, market.desk, TOKENS, library=Library(Limits(), introspection))


@asynccontextmanager
async def secret(market: Market) -> AsyncIterator[str]:
    """Where a server answers that does not tell its schema."""
    async with served(Endpoint(front(market, introspection=False))) as url:
        yield url


async def _said(front_: Front, probe: Probe) -> str:
    operation = Operation(probe.document, probe.variables, None, None)
    result = await front_.run(operation, front_.context({}), ONCE)
    assert result.errors, probe
    return " ".join(error.message for error in result.errors)


@pytest.mark.parametrize("document", ASKED)
async def test_introspection_is_refused_before_anything_runs(market: Market, document: str) -> None:
    async with secret(market) as url, httpx.AsyncClient() as line:
        address = url.replace("ws:", "http:")
        answer = await line.post(address, json={"query": document}, headers={"accept": RESPONSE})
        stream = await line.post(
            f"{address}/stream", json={"query": document}, headers={"accept": "text/event-stream"}
        )

    assert answer.status_code == 400
    assert code_of(answer) == "INTROSPECTION_DISABLED"
    assert '"INTROSPECTION_DISABLED"' in stream.text


async def test_introspection_is_refused_over_a_socket(market: Market) -> None:
    async with secret(market) as url, phone(url) as line:
        await line.init()
        await line.subscribe(ASKED[0])
        refused = await line.hear()

    assert refused["type"] == "error"
    assert refused["payload"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"


@pytest.mark.parametrize(
    ("levels", "code"), [(97, "BAD_USER_INPUT"), (985, "BAD_REQUEST"), (5_000, "BAD_REQUEST")]
)
async def test_an_error_beside_deep_variables_is_told_as_any_other(
    market: Market, levels: int, code: str
) -> None:
    """What was sent is looked through for what an error may name."""
    lists = "[" * levels + "]" * levels
    body = f'{{"query": "{{ nothing }}", "variables": {{"junk": {lists}}}}}'
    headers = {"accept": RESPONSE, "content-type": "application/json"}
    async with secret(market) as url, httpx.AsyncClient() as line:
        answer = await line.post(url.replace("ws:", "http:"), content=body, headers=headers)

    assert answer.status_code == 400
    assert code_of(answer) == code


async def test_clients_still_learn_which_type_they_got(market: Market) -> None:
    async with secret(market) as url, httpx.AsyncClient() as line:
        answer = await line.post(url.replace("ws:", "http:"), json={"query": "{ __typename }"})

    assert answer.json() == {"data": {"__typename": "Query"}}


async def test_no_error_offers_the_name_that_was_nearly_guessed(market: Market) -> None:
    """Fields, arguments, types, enum values, input fields, in documents and in variables: all of them."""
    closed = front(market, introspection=False)
    tried: list[Any] = list(probes(schema._schema))[::8]

    told = [
        (probe.document, said)
        for probe in tried
        if _offers(said := await _said(closed, probe), probe.names)
    ]

    assert told == []
    assert len(tried) > 200


def _offers(said: str, names: list[str]) -> bool:
    words = {
        word for quoted in re.findall(r"'([^']*)'", said) for word in re.findall(r"\w+", quoted)
    }
    return "Did you mean" in said or not words.isdisjoint(names)


async def test_where_the_schema_may_be_asked_for_errors_help(market: Market) -> None:
    """So that the test above looks at something."""
    open_ = front(market, introspection=True)

    helped = [
        _offers(await _said(open_, probe), probe.names)
        for probe in list(probes(schema._schema))[::20]
    ]

    assert sum(helped) > len(helped) / 3


FILTERED = "query ($f: DisputeQueueFilterInput) { disputeQueue(filter: $f) { nodes { id } } }"


@pytest.mark.parametrize("guessed", ["it's", "a'b'c", "'", "x' y 'z'", "'DisputeStag'"])
async def test_a_quote_in_what_is_sent_hides_no_name_from_us(market: Market, guessed: str) -> None:
    for document, variables in (
        (FILTERED, {"f": {"stage": guessed}}),
        (
            FILTERED.replace("$f)", f'{{stage: "{guessed}"}})').replace(
                " ($f: DisputeQueueFilterInput)", ""
            ),
            {},
        ),
    ):
        probe = Probe(document, variables, ["DisputeStage"])
        assert "DisputeStage" in await _said(front(market, introspection=True), probe)
        assert "DisputeStage" not in await _said(front(market, introspection=False), probe)


@pytest.mark.parametrize("sent", ["Zürich", "東京"])
async def test_what_was_sent_is_told_again_in_its_own_letters(market: Market, sent: str) -> None:
    probe = Probe(FILTERED, {"f": {"stage": sent}}, [])
    assert f"'{sent}'" in await _said(front(market, introspection=False), probe)
