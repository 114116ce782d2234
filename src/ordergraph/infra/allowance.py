"""How much of something there may be in a while: counted in Redis for all processes, or here for one.

Both count alike. A window begins with the first that is counted; of the window before, what is still
within reach counts in part, as if it had come evenly (a sliding window counter).
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from redis.asyncio import Redis

SWEPT_AT: Final = 10_000
"""Windows of one process, before it looks for such as are over."""

# KEYS: what is counted. ARGV, for each: how many there may be, in how many ms, how many there are
# now, how many are wanted. Answers with pairs: how many were granted, and how many ms are left of the
# window. The first of which there may be no more has 0 granted, and ends it.
TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i, key in ipairs(KEYS) do
  local most, window = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local least, wanted = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local kept = redis.call('HMGET', key, 'began', 'count', 'before')
  local began = tonumber(kept[1]) or now
  local count, before = tonumber(kept[2]) or 0, tonumber(kept[3]) or 0
  local over = math.floor((now - began) / window)
  if over == 1 then
    began, count, before = began + window, 0, count
  elseif over ~= 0 then
    began, count, before = now, 0, 0
  end
  local left = began + window - now
  local room = most - count - math.floor(before * left / window)
  local granted = room >= least and math.min(room, wanted) or 0
  table.insert(answer, granted)
  table.insert(answer, left)
  if granted == 0 then
    break
  end
  redis.call('HSET', key, 'began', began, 'count', count + granted, 'before', before)
  redis.call('PEXPIRE', key, 2 * window)
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """So many of what the key names, of which there may be `most` in `window_s`."""

    key: str
    most: int
    window_s: int
    least: int
    """At least so many, else none."""
    wanted: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What a wish came to: 0 when there may be no more now."""

    granted: int
    left_s: float
    """How long it is until the window ends that it was counted in."""


class InRedis:
    """Counts for all processes, in one round trip."""

    def __init__(self, redis: Redis) -> None:
        self._script = redis.register_script(TAKE)

    async def take(self, wishes: Sequence[Wish]) -> list[Grant]:
        """Count them one after the other, up to the first that cannot be granted; raises RedisError."""
        numbers = [n for w in wishes for n in (w.most, w.window_s * 1000, w.least, w.wanted)]
        said: Any = await self._script(keys=[wish.key for wish in wishes], args=numbers)
        return [
            Grant(granted, left / 1000) for granted, left in zip(said[::2], said[1::2], strict=True)
        ]


class _Window(NamedTuple):
    began: float
    length: float
    counted: int = 0
    before: int = 0
    """How many were counted in the window before."""

    def at(self, now: float) -> "_Window":
        """The window of this moment."""
        over = math.floor((now - self.began) / self.length)
        if over == 0:
            return self
        if over == 1:
            return _Window(self.began + self.length, self.length, 0, self.counted)
        return _Window(now, self.length)


@dataclass(slots=True)
class InProcess:
    """Counts for this process alone."""

    clock: Callable[[], float] = time.monotonic
    _windows: dict[str, _Window] = field(default_factory=dict)
    _sweep_at: int = SWEPT_AT

    def take(self, wishes: Sequence[Wish]) -> list[Grant]:
        """Count them one after the other, up to the first that cannot be granted."""
        now, grants = self.clock(), list[Grant]()
        for wish in wishes:
            grants.append(self._take(wish, now))
            if not grants[-1].granted:
                break
        self._sweep(now)
        return grants

    def _take(self, wish: Wish, now: float) -> Grant:
        window = self._windows.get(wish.key, _Window(now, wish.window_s)).at(now)
        left = window.began + window.length - now
        room = wish.most - window.counted - math.floor(window.before * left / window.length)
        granted = min(room, wish.wanted) if room >= wish.least else 0
        if granted:
            self._windows[wish.key] = window._replace(counted=window.counted + granted)
        return Grant(granted, left)

    def _sweep(self, now: float) -> None:
        """Let go of what is out of reach."""
        if len(self._windows) > self._sweep_at:
            held = {k: w for k, w in self._windows.items() if now - w.began < 2 * w.length}
            self._windows, self._sweep_at = held, max(SWEPT_AT, 2 * len(held))
