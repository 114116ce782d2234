"""The test clock is for those who work on this machine: nobody else is given anything by it."""

import httpx
import pytest

from ordergraph import app as application
from ordergraph.prudence import advice
from ordergraph.settings import Settings
from tests.transports.serving import settings


async def _personas(host: str, **headers: str) -> httpx.Response:
    app = application.build(settings(test_clock="true"))
    transport = httpx.ASGITransport(app, client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.get("/dev/personas", headers=given)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_who_works_here_is_given_tokens(host: str) -> None:
    people = (await _personas(host)).json()

    assert {person["role"] for person in people} >= {"BUYER", "OPERATOR"}


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("192.0.2.7", {}),
        ("10.0.0.1", {}),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}),
        ("::1", {"forwarded": "for=127.0.0.1"}),
    ],
)
async def test_nobody_else_is(host: str, headers: dict[str, str]) -> None:
    """A8: one of them is an operator's, and good for a month."""
    answer = await _personas(host, **headers)

    assert answer.status_code == 404
    assert "token" not in answer.text


@pytest.mark.parametrize(
    ("given", "warns"),
    [
        ({"test_clock": "true"}, False),
        ({"test_clock": "true", "host": "::1"}, False),
        ({"test_clock": "true", "host": "0.0.0.0"}, True),  # noqa: S104  (nothing listens)
        ({"test_clock": "true", "public_url": "https://shop.example"}, True),
        ({"host": "0.0.0.0", "public_url": "https://shop.example"}, False),  # noqa: S104  (as above)
    ],
)
def test_check_warns_of_a_clock_that_others_reach(given: dict[str, str], warns: bool) -> None:
    """Also beside the sandbox, which moves no real money."""
    chosen: Settings = settings(metrics="false", **given)

    said = [word.what for word in advice(chosen, real_money=False)]

    assert ("ORDERGRAPH_TEST_CLOCK" in said) is warns
