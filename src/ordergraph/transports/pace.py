"""How much one person is told over lines that stay open, in each second, by this process.

To subscribe costs once, and is counted where operations are; what comes then is as often as others make
it. Nobody is refused anything here: what is too much now waits for its turn, and whoever waited looks
anew, so that they are told how things stand then.
"""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

AT_ONCE_S: Final = 1.0
"""Who was told little may be told as much at once as goes into so many seconds."""
KNOWN: Final = 20_000
"""Of so many people it is known when they were told."""


@dataclass(slots=True)
class _Line:
    """Those who wait to tell one person something, one behind the other."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    paid_until: float = 0.0


class Pace:
    """That of one process."""

    def __init__(self, per_s: float = 0) -> None:
        self._per_s = per_s
        """As `Document.weight` counts; 0: any number."""
        self._lines: OrderedDict[UUID | str, _Line] = OrderedDict()

    async def turn(self, who: UUID | str, weight: float) -> bool:
        """Return when this person may be told so much: whether that took a while."""
        if not self._per_s:
            return False
        line = self._line(who)
        waited = line.turn.locked()
        async with line.turn:  # one behind the other; who leaves meanwhile has cost nothing
            early = line.paid_until - AT_ONCE_S - time.monotonic()
            if early > 0:
                waited = True
                await asyncio.sleep(early)
            line.paid_until = max(line.paid_until, time.monotonic()) + weight / self._per_s
        return waited

    def _line(self, who: UUID | str) -> _Line:
        line = self._lines.get(who)
        if line is None:
            line = self._lines[who] = _Line()
            if len(self._lines) > KNOWN:
                self._lines.popitem(last=False)
        self._lines.move_to_end(who)
        return line
