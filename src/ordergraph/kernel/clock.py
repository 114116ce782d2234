"""The only readers of the time of day."""

from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whoever decides over a deadline asks one of these, once, at the start of the transaction."""

    @property
    def known(self) -> datetime | None:
        """What it says, if that is known without asking anybody."""

    async def now(self) -> datetime: ...


class FrozenClock:
    """A clock for tests and seeds: it stands still until told to move."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    @property
    def known(self) -> datetime:
        return self.at

    async def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        assert by >= timedelta(), "the clock only moves forward"
        self.at += by
