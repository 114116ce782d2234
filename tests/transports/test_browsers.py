"""What pages of the Web may do here from inside a browser (H4, H5)."""

import httpx
import pytest

from ordergraph.settings import SettingsError, load
from tests.api.doors import bearer
from tests.market import Market
from tests.transports.serving import client, code_of

SHOP, EVIL = "https://shop.example.com", "https://evil.example"
ASKED = {"query": "{ now }"}
IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FOREIGN = {"sec-fetch-site": "cross-site"}


async def _got(line: httpx.AsyncClient, headers: dict[str, str], path: str = "/graphql") -> int:
    accept = {"accept": "text/event-stream"} if "stream" in path else {}
    answer = await line.get(path, params=ASKED, headers={**accept, **headers})
    if answer.status_code != 200:
        assert code_of(answer) == "CROSS_SITE_REQUEST"
    return answer.status_code


@pytest.mark.parametrize("path", ["/graphql", "/graphql/stream"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"origin": EVIL, "accept": "application/json, text/event-stream"},
        FOREIGN,
        {"sec-fetch-site": "same-site"},
        {**FOREIGN, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
        {**FOREIGN, "origin": EVIL, "sec-fetch-mode": "cors"},
        {"referer": f"{EVIL}/page.html"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": f"{SHOP}.evil.example"},
        {"origin": SHOP.replace("https", "http")},
    ],
)
async def test_what_a_page_elsewhere_can_send_unasked_is_refused(
    market: Market, headers: dict[str, str], path: str
) -> None:
    """H4."""
    async with client(market, origins=SHOP) as line:
        assert await _got(line, headers, path) == 403


@pytest.mark.parametrize("accept", [IMAGE, PAGE, "text/css,*/*;q=0.1"])
async def test_an_image_or_a_frame_is_refused_where_browsers_name_no_site(
    market: Market, accept: str
) -> None:
    """Over plain http they do not."""
    async with client(market) as line:
        assert await _got(line, {"accept": accept}) == 403
        assert await _got(line, {"accept": accept, "sec-fetch-site": "none"}) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"accept": "application/json"},
        {"accept": "application/*"},
        {"accept": "application/json, text/plain, */*"},
        {"accept": "application/graphql-response+json"},
        {"sec-fetch-mode": "cors", "accept-language": "*"},  # Node's fetch
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none", "accept": PAGE},  # typed into the address bar
        {"origin": SHOP, **FOREIGN},
        {**FOREIGN, "origin": EVIL, "apollo-require-preflight": "true"},
        {**FOREIGN, "graphql-require-preflight": "1"},
        {**FOREIGN, "x-apollo-operation-name": "Now"},
        {**FOREIGN, "content-type": "application/json"},
        {"origin": EVIL, **bearer("ada")},
    ],
)
async def test_what_no_page_can_send_unasked_is_answered(
    market: Market, headers: dict[str, str]
) -> None:
    async with client(market, origins=SHOP) as line:
        assert await _got(line, headers) == 200


async def test_our_own_pages_are_known_by_the_host_that_was_asked_and_by_the_public_one(
    market: Market,
) -> None:
    async with client(market, public_url="https://api.example.com") as line:
        own = str(line.base_url).rstrip("/")

        assert await _got(line, {"origin": own, "referer": f"{own}/graphiql"}) == 200
        assert await _got(line, {"origin": "https://api.example.com"}) == 200
        assert await _got(line, {"origin": "https://api.example.com:8443"}) == 403


def _cors(answer: httpx.Response) -> dict[str, str]:
    start = "access-control-"
    return {n.removeprefix(start): t for n, t in answer.headers.items() if n.startswith(start)}


async def test_a_listed_page_may_ask_and_read(market: Market) -> None:
    async with client(market, origins=f"{SHOP}, http://localhost:3000") as line:
        asks = {
            "origin": SHOP,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type, idempotency-key",
        }
        before = await line.options("/graphql", headers=asks)
        answer = await line.post("/graphql", json=ASKED, headers={"origin": SHOP})

    assert before.status_code == 204
    assert _cors(before)["allow-origin"] == _cors(answer)["allow-origin"] == SHOP
    assert _cors(before)["allow-credentials"] == "true"
    assert "POST" in _cors(before)["allow-methods"]
    assert int(_cors(before)["max-age"]) >= 600
    assert "Origin" in before.headers["vary"]
    assert "Origin" in answer.headers["vary"]
    assert "retry-after" in _cors(answer)["expose-headers"]


@pytest.mark.parametrize("origin", [EVIL, "null", f"{SHOP}.evil.example", SHOP.replace("s:", ":")])
async def test_any_other_page_may_neither(market: Market, origin: str) -> None:
    """H5: no origin comes back that is not listed."""
    async with client(market, origins=SHOP) as line:
        asks = {"origin": origin, "access-control-request-method": "POST"}
        before = await line.options("/graphql", headers=asks)
        answer = await line.post("/graphql", json=ASKED, headers={"origin": origin})

    assert before.status_code == 403
    assert code_of(before) == "CROSS_SITE_REQUEST"
    assert before.headers["x-content-type-options"] == "nosniff"
    assert "allow-origin" not in _cors(before) | _cors(answer)
    assert "Origin" in answer.headers["vary"]


async def test_a_star_admits_everybody_without_credentials(market: Market) -> None:
    async with client(market, origins="*") as line:
        headers = {"origin": EVIL, "cookie": "a=b"}
        answer = await line.post("/graphql", json=ASKED, headers=headers)
        got = await _got(line, {"origin": EVIL, **FOREIGN})

    assert _cors(answer)["allow-origin"] == "*"
    assert "allow-credentials" not in _cors(answer)
    assert got == 200


async def test_what_is_not_for_clients_is_for_no_foreign_page(market: Market) -> None:
    async with client(market, origins="*") as line:
        answer = await line.get("/livez", headers={"origin": EVIL})

    assert _cors(answer) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORIGINS", "shop.example.com"),
        ("ORIGINS", "https://shop.example.com/"),
        ("ORIGINS", "https://"),
        ("ORIGINS", f"{SHOP},*.example.com"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("TRUSTED_PROXIES", "the proxy"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({f"ORDERGRAPH_{name}": value})
