"""A connection of the pool, and when the pool has to clean it up.

asyncpg sends four statements each time one is given back. Nearly all who borrow leave the session as
it was: what they set, and what they lock, is for their transaction alone. Whoever does more borrows
by `database.session`, and only then the four are sent.
"""

from typing import Any

import asyncpg


class Connection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    """asyncpg's own; it goes back as it is, unless somebody said that they alter it."""

    __slots__ = ("is_altered",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.is_altered = False

    def alter(self) -> None:
        """From here on something may stay in the session: a setting, a lock, a temporary table."""
        self.is_altered = True

    async def _get_statement(self, *args: Any, **more: Any) -> Any:
        """Prepares a statement, of which the server hears the end only when it is carried out.

        Whoever leaves in between leaves a transaction open that nobody sees, with its locks: that is
        cleaned up, too.
        """
        try:
            return await super()._get_statement(*args, **more)
        except BaseException:
            self.alter()
            raise

    def get_reset_query(self) -> str:
        query: str = super().get_reset_query() if self.is_altered else ""
        return query

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncpg's signature)
        if self.is_altered:
            await super().reset(timeout=timeout)
            self.is_altered = False
        else:
            await self._reset()
