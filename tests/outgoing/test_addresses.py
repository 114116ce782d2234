"""Nobody gets us to call into our own network: by no spelling, no name, and no second answer."""

from collections.abc import Sequence
from ipaddress import ip_address
from ssl import create_default_context

import pytest

from ordergraph.kernel.refusal import InvalidInput
from ordergraph.outgoing.addresses import Fence, is_public
from ordergraph.outgoing.posting import Postman, Unreachable
from tests.market import Market
from tests.outgoing.authority import authority
from tests.outgoing.bench import endpoint, happened, outcomes, send
from tests.outgoing.receiver import receiving

PUBLIC = "93.184.216.34"
INSIDE = [
    "0.0.0.0",  # noqa: S104 - nobody binds to it
    "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:5db8:d822::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "100::1", "5f00::1", "3fff::1",
]  # fmt: skip
OUTSIDE = [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", f"::ffff:{PUBLIC}", "64:ff9b::5db8:d822"]
SPELLINGS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "127.1", "0", "017700000001",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "localhost", "localhost.", "[::1]",
    "[::]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fd00:ec2::254]", "[fe80::1]", "LOCALHOST",
]  # fmt: skip


def says(*answers: Sequence[str]) -> Fence:
    """A resolver that gives these answers one after the other, and the last for ever."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return Fence(resolve=resolve, allow_http=True)


@pytest.mark.parametrize("address", INSIDE)
def test_what_only_we_can_reach_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "100.100.100.200", "fd00:ec2::254",
     "168.63.129.16", "224.0.0.1", "::", "fe80::1"],
)  # fmt: skip
async def test_metadata_is_not_called_where_private_addresses_are_allowed_either(
    address: str,
) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return [address]

    with pytest.raises(InvalidInput):
        await Fence(allow_private=True, allow_http=True, resolve=resolve).reach("http://inside/")


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", SPELLINGS)
async def test_however_it_is_spelled_it_is_not_called(host: str) -> None:
    """With the system's own resolver, which reads octal, hex and what is left out."""
    with pytest.raises(InvalidInput, match=r"public internet|leads nowhere|must be a URL"):
        await Fence().reach(f"https://{host}/hook")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/hook",
        "example.com/hook",
        "https:///hook",
        "https://",
        "",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com/#here",
        "https://exam ple.com/",
        "https://example.com/\r\nX-Evil: 1",
        "https://[fe80::1%25eth0]/",
        "https://b\u00fccher.example/",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_what_is_no_address_for_webhooks_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        Fence().read(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hook?a=b",
        "https://example.com:8443/hook",
        "https://xn--bcher-kva.example/",
        f"https://{PUBLIC}/hook",
    ],
)
def test_what_is_one_is_taken(url: str) -> None:
    assert str(Fence().read(url)) == url


async def test_one_bad_address_among_good_ones_spoils_the_name() -> None:
    with pytest.raises(InvalidInput, match="public internet"):
        await says([PUBLIC, "10.0.0.1"]).reach("https://example.com/")


async def test_a_name_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(InvalidInput, match="leads nowhere"):
        await Fence().reach("https://nobody.invalid/")
    with pytest.raises(InvalidInput, match="leads nowhere"):
        await says([]).reach("https://example.com/")


async def test_a_name_that_changes_its_mind_is_asked_once_and_never_called_inside(
    market: Market,
) -> None:
    """DNS rebinding: good when it is checked, ours when it would be connected to."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    async with receiving() as inside:
        fence = Fence(allow_http=True, resolve=resolve)
        target = await fence.reach(inside.url(host="rebind.example"))

        assert [str(address) for address in target.addresses] == [PUBLIC]
        assert asked == ["rebind.example"]
        await endpoint(market, inside.url(host="rebind.example"))
        await happened(market)
        await send(market, fence=fence)

        assert inside.got == []
        assert await outcomes() == ["ADDRESS_REFUSED"]


async def test_the_connection_goes_to_the_checked_address_under_the_name_of_the_url() -> None:
    """TLS, too: the certificate has to be the name's, though nobody but us resolves it."""
    trust, served = authority("shop.example")
    async with receiving(served) as shop:
        fence = Fence(allow_private=True, resolve=_home)
        target = await fence.reach(shop.url(host="shop.example"))
        postman = Postman(trust)

        reply = await postman.post(target, {"webhook-id": "msg_1"}, "{}")

        assert reply.status == 200
        assert shop.got[0].headers["host"] == f"shop.example:{shop.port}"
        other = await fence.reach(shop.url(host="other.example"))
        with pytest.raises(Unreachable, match="ConnectError"):
            await postman.post(other, {}, "{}")
        with pytest.raises(Unreachable, match="ConnectError"):
            await Postman(create_default_context()).post(target, {}, "{}")
        assert len(shop.got) == 1
        await postman.aclose()


async def _home(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with receiving() as shop:
        fence = Fence(allow_private=True, allow_http=True, resolve=_first_nobody)
        target = await fence.reach(shop.url(host="shop.example"))

        reply = await Postman().post(target, {}, "{}")

        assert reply.status == 200


async def _first_nobody(_host: str, _port: int) -> Sequence[str]:
    return ["::1", "127.0.0.1"]


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as shop:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url("/"))
        target = await Fence(allow_private=True, allow_http=True).reach(shop.url())

        await Postman().post(target, {}, "{}")

        assert (len(proxy.got), len(shop.got)) == (0, 1)
