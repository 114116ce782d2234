"""Whom we may call: a name is resolved by us, and the connection goes to the very address that was checked.

So neither a name that leads into our own network nor one that answers differently the second time
gets a request of ours to a place that only we can reach.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import httpx

from ordergraph.kernel.refusal import InvalidInput

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → the addresses that they lead to; OSError when there are none."""

LONGEST_URL: Final = 2048
MOST_ADDRESSES: Final = 4
WEB_PORTS: Final = frozenset({80, 443})
FIRST_FREE_PORT: Final = 1024
LARGEST_PORT: Final = 65_535
RESOLVE_WITHIN_S: Final = 5.0
RESOLVING: Final = ThreadPoolExecutor(4, "resolving")
"""Of its own: a name server that hangs holds up webhooks, and nothing else."""

# fmt: off
NOT_PUBLIC: Final = tuple(ip_network(net) for net in (
    "0.0.0.0/8",        # this network, and "any address"
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private
    "100.64.0.0/10",    # carrier-grade NAT; Alibaba's metadata
    "127.0.0.0/8",      # loopback
    "169.254.0.0/16",   # link-local; most clouds' metadata
    "168.63.129.16/32", # Azure's host
    "192.0.0.0/24",     # protocol assignments; Oracle's metadata
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
    "192.88.99.0/24",   # 6to4 relays
    "198.18.0.0/15",    # benchmarks
    "224.0.0.0/4", "240.0.0.0/4",  # multicast, reserved, broadcast
    "2001::/23",        # protocol assignments; Teredo, which carries an IPv4 address
    "2001:db8::/32", "3fff::/20",  # documentation
    "2002::/16",        # 6to4, which carries an IPv4 address
))
NEVER: Final = tuple(ip_network(net) for net in (
    # not for development either: nobody's receiver is there, and the secrets of a cloud's machine are
    "0.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
    "::/128", "fe80::/10", "fd00:ec2::254/128", "ff00::/8",
))
# fmt: on
PUBLIC_V6: Final = ip_network("2000::/3")
"""All that is given out; loopback, unspecified, unique local, link-local, multicast are elsewhere."""
NAT64: Final = ip_network("64:ff9b::/96")


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, where it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def is_forbidden(address: Address) -> bool:
    """Whether it is never called, wherever we run."""
    inner = _unwrapped(address)
    return any(inner in net for net in NEVER)


def is_public(address: Address) -> bool:
    """Whether it is a machine of the internet, judged by the IPv4 address where one is wrapped up."""
    address = _unwrapped(address)
    if isinstance(address, IPv6Address) and address not in PUBLIC_V6:
        return False
    return address.is_global and not any(address in net for net in NOT_PUBLIC)


async def resolve(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        RESOLVING, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, and the checked addresses behind its name, to be tried in this order."""

    url: httpx.URL
    addresses: Sequence[Address]


@dataclass(frozen=True, slots=True)
class Fence:
    """What may be called from this installation; raises InvalidInput for `url`."""

    allow_private: bool = False
    allow_http: bool = False
    resolve: Resolve = resolve

    def read(self, text: str) -> httpx.URL:
        """Check what can be checked without asking anybody."""
        url = _parsed(text)
        if url.scheme != "https" and not (url.scheme == "http" and self.allow_http):
            raise _refused("must begin with https://")
        if not url.host or "%" in url.host:
            raise _refused("must name a host")
        if url.userinfo or url.fragment:
            raise _refused("must have no user, password or fragment")
        if not self._is_open(_port(url)):
            raise _refused("the port must be 80, 443, or between 1024 and 65535")
        return url

    def _is_open(self, port: int) -> bool:
        return 0 < port <= LARGEST_PORT and (
            self.allow_private or port in WEB_PORTS or port >= FIRST_FREE_PORT
        )

    async def reach(self, text: str) -> Target:
        """Resolve the name now, and check every address that it leads to."""
        url = self.read(text)
        try:
            async with asyncio.timeout(RESOLVE_WITHIN_S):
                found = await self.resolve(url.raw_host.decode(), _port(url))
        except (OSError, UnicodeError):
            raise _refused("the name of the host leads nowhere") from None
        addresses = [ip_address(text) for text in found]
        if not addresses:
            raise _refused("the name of the host leads nowhere")
        if any(map(is_forbidden, addresses)) or not (
            self.allow_private or all(map(is_public, addresses))
        ):
            raise _refused("the host is not on the public internet")
        return Target(url, addresses[:MOST_ADDRESSES])


def _parsed(text: str) -> httpx.URL:
    if len(text) > LONGEST_URL:
        raise _refused(f"at most {LONGEST_URL} characters")
    if not text.isascii() or not text.isprintable() or set(text) & set(" \\"):
        raise _refused("must be written in printable ASCII, without spaces or backslashes")
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise _refused("must be a URL") from None


def _port(url: httpx.URL) -> int:
    if url.port is not None:
        return url.port
    return 443 if url.scheme == "https" else 80


def _refused(problem: str) -> InvalidInput:
    return InvalidInput(field="url", problem=problem)
