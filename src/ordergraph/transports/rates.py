"""How often somebody may ask: counted by operation and not by request, for each person and address.

The counters are Redis's, so that all processes count together. What is counted there is bought ahead,
a little at a time, so that most operations ask nobody. When Redis does not answer in time, each
process counts by itself, with the same numbers, and asks Redis again a little later: nothing stands
still for want of a counter, and nothing is unlimited.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ordergraph.api.context import Context
from ordergraph.infra.allowance import Grant, InProcess, InRedis, Wish
from ordergraph.infra.redis_line import lines
from ordergraph.transports.operation import Declined

PATIENCE_S: Final = 0.2
"""How long Redis has to count."""
REST_S: Final = 5.0
"""How long it is left alone after it did not."""
MINUTE, HOUR = 60, 3600
LEAST_AHEAD: Final = 1_000
"""Whoever comes first buys a thousandth of what there may be ahead, then twice as much each time, …"""
MOST_AHEAD: Final = 100
"""… up to a hundredth. So of fewer than a hundred nothing is bought ahead: they are counted exactly."""
LEASES: Final = 20_000
"""For so many people and addresses at once a process keeps what it has bought."""
MESSAGES: Final = frozenset({"messageSend"})
DISPUTES: Final = frozenset({"disputeOpen", "disputeAppeal", "withdrawalStart"})
ORDERS: Final = frozenset({"orderPlace"})

log = structlog.get_logger(__name__)


class RateLimited(Declined):
    """Come back later: others are served meanwhile."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "RATE_LIMITED"

    def __init__(self, bucket: str, after_s: int) -> None:
        super().__init__(
            f"Too many {bucket}. Try again in {after_s} seconds.", {"retry-after": str(after_s)}
        )
        self.extensions = {"code": self.code, "retryAfter": after_s}


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many there may be; 0: any number."""

    operations: int = 0
    """Of one person, in a minute; large ones count as several (`Document.price`)."""
    operations_by_address: int = 0
    messages: int = 0
    """Of one person, in a minute."""
    disputes: int = 0
    """Of one person, in an hour."""
    orders: int = 0
    """Of one person, in an hour."""
    bad_tokens: int = 0
    """From one address, in a minute."""


class Hit(NamedTuple):
    """So many, of what, by whom; `most` in `window_s`."""

    bucket: str
    who: UUID | str
    cost: int
    most: int
    window_s: int = MINUTE

    def wish(self, ahead: int) -> Wish:
        key = f"ordergraph:rate:{self.bucket}:{self.who}"
        return Wish(key, self.most, self.window_s, self.cost, self.cost + ahead)


@dataclass(slots=True)
class Lease:
    """What somebody has bought ahead of one kind. It ends with the window that it was counted in."""

    most: int
    """How many are bought ahead at most."""
    ahead: int
    """How many the next purchase takes ahead."""
    left: int = 0
    until: float = 0.0
    _is_being_filled: bool = False

    def spend(self, cost: int, now: float) -> bool:
        """Whether there was enough."""
        if self.left < cost or now >= self.until:
            return False
        self.left -= cost
        return True

    @contextmanager
    def filling(self) -> Iterator[int]:
        """How many to take ahead: of those who buy at once one takes any, and the next twice as many."""
        if self._is_being_filled:
            yield 0
            return
        self._is_being_filled = True
        try:
            yield self.ahead
            self.ahead = min(max(1, 2 * self.ahead), self.most)
        finally:
            self._is_being_filled = False

    def fill(self, ahead: int, until: float) -> None:
        if ahead:
            self.left, self.until = ahead, until


@dataclass(slots=True)
class Rates:
    """The counters of one process."""

    quotas: Quotas = field(default_factory=Quotas)
    redis_url: str | None = None
    _redis: Redis | None = None
    _shared: InRedis | None = None
    _own: InProcess = field(default_factory=InProcess)
    _rest_until: float = 0.0
    _leases: OrderedDict[tuple[str, UUID | str], Lease] = field(default_factory=OrderedDict)

    async def charge(
        self, context: Context, fields: Mapping[str, int], price: int = 1, paid: int = 0
    ) -> None:
        """Count an operation as so many, less what was paid by then, with the fields of a mutation;
        raises RateLimited.
        """
        who = context.actor.user_id
        await self._count(
            (
                *_operations(self.quotas, who, context.address, price, paid),
                *_mutations(self.quotas, who, fields),
            )
        )

    async def charge_for(self, user_id: UUID | None, address: str, price: int) -> None:
        """Count what is no operation as so many of them; raises RateLimited."""
        await self._count(_operations(self.quotas, user_id, address, price, 0))

    async def charge_bad_token(self, address: str) -> None:
        """Count a token that was not good; raises RateLimited."""
        if self.quotas.bad_tokens:
            await self._count([Hit("bad tokens", address, 1, self.quotas.bad_tokens)])

    async def aclose(self) -> None:
        if self._redis is not None:
            await self._redis.aclose(close_connection_pool=True)

    async def _count(self, hits: Iterable[Hit]) -> None:
        now = time.monotonic()
        short = [hit for hit in hits if not self._lease(hit).spend(hit.cost, now)]
        if short:
            await self._buy(short, now)

    def _lease(self, hit: Hit) -> Lease:
        name = hit.bucket, hit.who
        lease = self._leases.get(name)
        if lease is None:
            lease = Lease(hit.most // MOST_AHEAD, hit.most // LEAST_AHEAD)
            self._leases[name] = lease
            if len(self._leases) > LEASES:
                self._leases.popitem(last=False)
        else:
            self._leases.move_to_end(name)
        return lease

    async def _buy(self, hits: Sequence[Hit], now: float) -> None:
        """Count what these cost, and what is bought ahead with it; raises RateLimited."""
        leases = [self._lease(hit) for hit in hits]
        with ExitStack() as filling:
            ahead = [filling.enter_context(lease.filling()) for lease in leases]
            grants = await self._take([hit.wish(n) for hit, n in zip(hits, ahead, strict=True)])
            for hit, lease, grant in zip(hits, leases, grants, strict=False):
                if not grant.granted:
                    raise RateLimited(hit.bucket, max(1, math.ceil(grant.left_s)))
                lease.fill(grant.granted - hit.cost, now + grant.left_s)

    async def _take(self, wishes: Sequence[Wish]) -> list[Grant]:
        if self.redis_url is not None and time.monotonic() >= self._rest_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await self._in_redis(self.redis_url).take(wishes)
            except (RedisError, OSError) as problem:  # a TimeoutError is one, too
                self._rest_until = time.monotonic() + REST_S
                log.warning("rates.own", problem=type(problem).__name__)
        return self._own.take(wishes)

    def _in_redis(self, url: str) -> InRedis:
        if self._shared is None:
            pool = lines(url, free_s=PATIENCE_S, connect_s=PATIENCE_S, answer_s=PATIENCE_S)
            self._redis = Redis(connection_pool=pool)
            self._shared = InRedis(self._redis)
        return self._shared


def _operations(
    quotas: Quotas, user_id: UUID | None, address: str, price: int, paid: int
) -> Iterator[Hit]:
    """What counts as more than there may be in a minute is the only one of that minute."""
    for bucket, who, most in (
        ("operations from this address", address, quotas.operations_by_address),
        ("operations", user_id, quotas.operations),
    ):
        if who and most and (cost := min(price, most) - paid):
            yield Hit(bucket, who, cost, most)


def _mutations(quotas: Quotas, user_id: UUID | None, fields: Mapping[str, int]) -> Iterator[Hit]:
    if user_id is None or not fields:
        return
    for bucket, names, most, window_s in (
        ("messages", MESSAGES, quotas.messages, MINUTE),
        ("disputes", DISPUTES, quotas.disputes, HOUR),
        ("orders", ORDERS, quotas.orders, HOUR),
    ):
        some = sum(count for name, count in fields.items() if name in names)
        if some and most:
            yield Hit(bucket, user_id, some, most, window_s)
