"""A socket that is ending, and waits for what it began, is nothing that others wait for, or fail by."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from structlog.testing import capture_logs

from ordergraph.identity.actions import revoke_token
from ordergraph.identity.revoking import LISTED, Revoking
from ordergraph.infra.meanwhile import meanwhile
from ordergraph.schema import schema
from ordergraph.transports.endpoint import Endpoint
from ordergraph.transports.front import Front
from tests.api.doors import TOKENS, bearer
from tests.market import Market, gid
from tests.transports.lines import Phone, phone, served
from tests.transports.test_slow import ORDER, changed

LINGERS_S = 1.0
LINGERING = "query Lingering { __typename }"


class Lingering(Front):
    """One of its operations takes a moment to end, as one does whose statement has to be canceled."""

    async def stream(self, operation: Any, *more: Any) -> AsyncGenerator[Any, None]:
        if operation.document == LINGERING:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(LINGERS_S)
        async for result in super().stream(operation, *more):
            yield result


async def _leave(line: Phone) -> None:
    """Hang up, with something still under way."""
    await line.subscribe(LINGERING, id_="lingering")
    await asyncio.sleep(0.1)
    line.line.transport.abort()
    await asyncio.sleep(0.1)


async def test_revocations_reach_all_others(market: Market) -> None:
    issuer = Revoking(TOKENS, market.hub)
    stolen = bearer("ada")
    async with (
        meanwhile(issuer.keep_reading),
        served(Endpoint(Lingering(schema, market.desk, issuer))) as url,
        phone(url) as first,
        phone(url) as leaving,
        phone(url) as last,
    ):
        for line in (first, leaving, last):
            assert await line.init(**stolen) == {"type": "connection_ack"}
        await _leave(leaving)
        await revoke_token(stolen["authorization"].removeprefix("Bearer "))
        with capture_logs() as logs:
            market.hub.publish([LISTED])

            for line in (first, last):
                assert await line.hear(LINGERS_S / 2) == {"closed": 4403, "reason": "Forbidden"}
    assert [entry for entry in logs if entry["log_level"] == "error"] == []


async def test_what_it_followed_is_told_to_the_others(market: Market) -> None:
    order = await market.place()
    async with (
        served(Endpoint(Lingering(schema, market.desk, TOKENS))) as url,
        phone(url) as first,
        phone(url) as leaving,
        phone(url) as last,
    ):
        for line in (first, leaving, last):
            await line.init(**bearer())
            await line.subscribe(ORDER, id=gid("Order", order.id))
            assert (await line.hear())["type"] == "next"
        await _leave(leaving)
        await changed(market, order)

        for line in (first, last):
            assert (await line.hear(LINGERS_S / 2))["type"] == "next"
