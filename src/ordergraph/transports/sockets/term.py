"""How long somebody may stay on a socket: as long as the token is good."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from ordergraph.identity.claims import Identity
from ordergraph.identity.revoking import REVOKED
from ordergraph.transports.front import Front

LONGEST_S: Final = 86_400.0
"""No timer runs longer than that; it is set again."""


class Term:
    """Watches one token, and calls `over` when it was taken back or is too old: nothing waits for it."""

    __slots__ = ("_front", "_identity", "_over", "_timer")

    def __init__(self, front: Front, identity: Identity, over: Callable[[], None]) -> None:
        self._front, self._identity, self._over = front, identity, over
        self._timer: asyncio.TimerHandle | None = None
        front.desk.hub.add(REVOKED, self.look)
        self.look()

    def holds(self) -> bool:
        return self._left_s() > 0 and not self._front.revoked(self._identity)

    def look(self) -> None:
        """Look now, and again when the time of the token is over."""
        if self._timer is not None:
            self._timer.cancel()
        if not self.holds():
            self._over()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(self._left_s(), LONGEST_S), self.look)

    def end(self) -> None:
        """Watch no longer."""
        self._front.desk.hub.discard(REVOKED, self.look)
        if self._timer is not None:
            self._timer.cancel()

    def _left_s(self) -> float:
        return (self._identity.expires_at - datetime.now(UTC)).total_seconds()
