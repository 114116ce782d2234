"""How fast the payment gateway is asked: evenly, and not at all for as long as it wants to be left alone."""

import asyncio
import sys
import time
from datetime import timedelta


class Pace:
    """At most `per_s` calls a second from this process; 0 sets no limit.

    Time is the process's own steady clock: nothing here decides over a deadline.
    """

    def __init__(self, per_s: float = 0.0) -> None:
        assert per_s >= 0, "a rate is not negative"
        self._gap_s = 1 / per_s if per_s else 0.0
        self._next = 0.0
        self._paused_until = 0.0

    def turns(self, within: timedelta) -> int:
        """How many calls have their turn within so long a time, of those that come next."""
        return int(within.total_seconds() / self._gap_s) if self._gap_s else sys.maxsize

    @property
    def is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    @property
    def pause_left(self) -> timedelta:
        """For how long the gateway still wants to be left alone."""
        return timedelta(seconds=max(0.0, self._paused_until - time.monotonic()))

    def pause(self, span: timedelta) -> None:
        """The gateway answered that it was asked too often (HTTP 429, Retry-After)."""
        self._paused_until = max(self._paused_until, time.monotonic() + span.total_seconds())

    async def rest(self, *, most_s: float) -> None:
        """Wait until the gateway may be asked again, but not longer than that."""
        await asyncio.sleep(max(0.0, min(self._paused_until - time.monotonic(), most_s)))

    async def turn(self) -> None:
        """Wait for our turn. Turns are handed out in the order of asking, none in a bunch."""
        now = time.monotonic()
        mine = max(now, self._next)
        self._next = mine + self._gap_s
        if mine > now:
            await asyncio.sleep(mine - now)
