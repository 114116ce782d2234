"""How often somebody may ask: counted by operation and not by request, for each person and address.

The counters are Redis's, so that all processes count together. When it does not answer in time, each
process counts by itself, with the same numbers, and asks Redis again a little later: nothing stands
still for want of a counter, and nothing is unlimited.
"""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from ordergraph.api.context import Context
from ordergraph.infra.redis_line import lines
from ordergraph.transports.operation import Declined

PATIENCE_S: Final = 0.2
"""How long Redis has to count."""
REST_S: Final = 5.0
"""How long it is left alone after it did not."""
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
    """Of one person, in a minute; of a mutation, each of its fields is one."""
    operations_by_address: int = 0
    messages: int = 0
    """Of one person, in a minute."""
    disputes: int = 0
    """Of one person, in an hour."""
    orders: int = 0
    """Of one person, in an hour."""
    bad_tokens: int = 0
    """From one address, in a minute."""


@dataclass(frozen=True, slots=True)
class Hit:
    """So many, of what, by whom."""

    item: RateLimitItem
    bucket: str
    who: str
    cost: int


@dataclass(slots=True)
class Rates:
    """The counters of one process."""

    quotas: Quotas = field(default_factory=Quotas)
    redis_url: str | None = None
    _pool: ConnectionPool | None = None
    _shared: SlidingWindowCounterRateLimiter | None = None
    _own: SlidingWindowCounterRateLimiter | None = None
    _rest_until: float = 0.0

    async def charge(self, context: Context, fields: Mapping[str, int]) -> None:
        """Count an operation, with the fields of a mutation; raises RateLimited."""
        await self._count(list(_hits(self.quotas, context, fields)))

    async def charge_bad_token(self, address: str) -> None:
        """Count a token that was not good; raises RateLimited."""
        if self.quotas.bad_tokens:
            item = RateLimitItemPerMinute(self.quotas.bad_tokens)
            await self._count([Hit(item, "bad tokens", address, 1)])

    async def aclose(self) -> None:
        if self._pool is not None:
            await self._pool.disconnect()

    async def _count(self, hits: list[Hit]) -> None:
        for hit in hits:
            after_s = await self._after_s(hit)
            if after_s is not None:
                raise RateLimited(hit.bucket, after_s)

    async def _after_s(self, hit: Hit) -> int | None:
        """Count it; or say after how many seconds it may be tried again."""
        if self.redis_url is not None and time.monotonic() >= self._rest_until:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await _tried(self._in_redis(self.redis_url), hit)
            except (RedisError, OSError) as problem:  # a TimeoutError is one, too
                self._rest_until = time.monotonic() + REST_S
                log.warning("rates.own", problem=type(problem).__name__)
        return await _tried(self._in_process(), hit)

    def _in_redis(self, url: str) -> SlidingWindowCounterRateLimiter:
        if self._shared is None:
            self._pool = lines(url, free_s=PATIENCE_S, connect_s=PATIENCE_S, answer_s=PATIENCE_S)
            storage = RedisStorage(
                f"async+{url}",
                implementation="redispy",
                connection_pool=self._pool,  # type: ignore[arg-type]  # documented, not in its types
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)
        return self._shared

    def _in_process(self) -> SlidingWindowCounterRateLimiter:
        if self._own is None:
            self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        return self._own


async def _tried(limiter: SlidingWindowCounterRateLimiter, hit: Hit) -> int | None:
    if await limiter.hit(hit.item, hit.bucket, hit.who, cost=hit.cost):
        return None
    stats = await limiter.get_window_stats(hit.item, hit.bucket, hit.who)
    return max(1, math.ceil(stats.reset_time - time.time()))


def _hits(quotas: Quotas, context: Context, fields: Mapping[str, int]) -> Iterator[Hit]:
    cost = max(1, sum(fields.values()))
    if quotas.operations_by_address and context.address:
        item: RateLimitItem = RateLimitItemPerMinute(quotas.operations_by_address)
        yield Hit(item, "operations from this address", context.address, cost)
    user_id = context.actor.user_id
    if user_id is None:
        return
    if quotas.operations:
        yield Hit(RateLimitItemPerMinute(quotas.operations), "operations", str(user_id), cost)
    for bucket, names, limit in (
        ("messages", MESSAGES, quotas.messages and RateLimitItemPerMinute(quotas.messages)),
        ("disputes", DISPUTES, quotas.disputes and RateLimitItemPerHour(quotas.disputes)),
        ("orders", ORDERS, quotas.orders and RateLimitItemPerHour(quotas.orders)),
    ):
        some = sum(count for name, count in fields.items() if name in names)
        if some and limit:
            yield Hit(limit, bucket, str(user_id), some)
