"""How many lines stay open for whom: sockets and streams, counted in each process."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

from ordergraph.api.faults import Fault
from ordergraph.identity.claims import Identity

Owner = UUID | str
"""A user's id, or the address of somebody whom we do not know."""


class NoPlace(Fault):
    """Whoever asks has all the lines open that one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most} lines at once; close one first.", "RATE_LIMITED")


class Places:
    """The lines of this process: `open` of them at this moment, and `running` operations on them."""

    def __init__(self, per_user: int = 1000, per_address: int = 2000) -> None:
        self._per_user, self._per_address = per_user, per_address
        self._taken: Counter[Owner] = Counter()
        self.running = 0

    @property
    def open(self) -> int:
        return self._taken.total()

    @contextmanager
    def counted(self) -> Iterator[None]:
        """An operation runs, on a line that stays open, for as long as the block lasts."""
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    @asynccontextmanager
    async def take(self, identity: Identity | None, address: str) -> AsyncIterator["Place"]:
        """Hold a place for as long as the block lasts; raises NoPlace."""
        place = Place(self, address)
        place.hand_over(identity)
        try:
            yield place
        finally:
            self.leave(place.owner)

    def enter(self, owner: Owner) -> None:
        most = self._per_user if isinstance(owner, UUID) else self._per_address
        if self._taken[owner] >= most:
            raise NoPlace(most)
        self._taken[owner] += 1

    def leave(self, owner: Owner | None) -> None:
        if owner is None:
            return
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]


class Place:
    """One open line. Who is on it may become known later: then it counts for that user."""

    def __init__(self, places: Places, address: str) -> None:
        self.owner: Owner | None = None
        self._places, self._address = places, address

    def hand_over(self, identity: Identity | None) -> None:
        """Count for this identity instead; raises NoPlace, and counts as before."""
        owner = identity.actor.user_id if identity else None
        new = owner or self._address
        if new != self.owner:
            self._places.enter(new)
            self._places.leave(self.owner)
            self.owner = new
