"""What `ordergraph serve` is told about its server: seen from outside, where no application answers."""

import httpx

from tests.operations.plant import Plant
from tests.transports.serving import raw


async def test_what_is_no_http_is_refused_in_json_and_no_answer_says_by_what_it_was_made(
    plant: Plant,
) -> None:
    """H7."""
    async with raw(plant.url) as line:
        await line.say(b"\x16\x03\x01\r\n\r\n")
        garbage = await line.hear(b"}]}")
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{plant.url}/graphql")

    assert garbage.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in garbage
    assert b"server:" not in garbage.lower()
    assert {"server", "x-powered-by"}.isdisjoint(answer.headers)
