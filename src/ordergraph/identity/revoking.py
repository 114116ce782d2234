"""Tokens that were taken back: every process knows them, and asks nobody at each request.

The list lies in Postgres. A change is announced to all processes at once; should Redis be away,
they read again after a few seconds anyway.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from tortoise.exceptions import BaseORMException

from ordergraph.identity.authenticator import Authenticator
from ordergraph.identity.claims import BadToken, Identity
from ordergraph.identity.models import RevokedToken, RevokedUser
from ordergraph.infra.dead_letters import PASSING
from ordergraph.infra.hub import Hub

LISTED: Final = "identity:listed"
"""Topic: the list in Postgres has grown. It tells every process to read it."""
REVOKED: Final = "identity:revoked"
"""Topic: this process has read of something new. Who serves somebody for long asks `revoked` then."""
READ_EVERY_S: Final = 3.0
OVERLAP: Final = timedelta(minutes=1)
"""What was committed late is read all the same."""
MOST: Final = 200_000
BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Revocations:
    """The list as it was last read."""

    tokens: dict[str, datetime] = field(default_factory=dict)
    """By name, until when each would have been good."""
    users: dict[UUID, datetime] = field(default_factory=dict)
    newest: datetime = BEGINNING

    def hold(self, identity: Identity) -> bool:
        """Dates in tokens are whole seconds: one of the same second was given before."""
        if identity.token_id in self.tokens:
            return True
        user_id = identity.actor.user_id
        until = self.users.get(user_id) if user_id is not None else None
        given_at = identity.issued_at
        return until is not None and (given_at is None or given_at <= until)

    async def read(self) -> bool:
        """Read what is new; say whether anything was. Tokens that have ended are forgotten."""
        since, now = self.newest - OVERLAP, datetime.now(UTC)
        tokens = await RevokedToken.filter(revoked_at__gt=since).order_by("-revoked_at").limit(MOST)
        users = await RevokedUser.filter(revoked_at__gt=since).order_by("-revoked_at").limit(MOST)
        self.tokens = {name: end for name, end in self.tokens.items() if end > now}
        before = len(self.tokens), dict(self.users)
        self.tokens |= {row.id: row.expires_at for row in tokens if row.expires_at > now}
        self.users |= {row.id: row.revoked_at for row in users}
        seen = [row.revoked_at for row in tokens] + [row.revoked_at for row in users]
        self.newest = max([self.newest, *seen])
        if len(self.tokens) > MOST or len(self.users) > MOST:
            log.error("identity.revocations_full", tokens=len(self.tokens), users=len(self.users))
        return (len(self.tokens), self.users) != before


@dataclass(slots=True)
class Revoking:
    """Believes whom the other authenticator believes, unless it was taken back."""

    inner: Authenticator
    hub: Hub
    revocations: Revocations = field(default_factory=Revocations)

    async def authenticate(self, token: str) -> Identity:
        identity = await self.inner.authenticate(token)
        if self.revoked(identity):
            raise BadToken("it was taken back")
        return identity

    def revoked(self, identity: Identity) -> bool:
        return self.revocations.hold(identity)

    async def keep_reading(self) -> None:
        """Read the list when it has grown, and every few seconds, for as long as this process lives."""
        async with self.hub.listen(LISTED) as nudged:
            while True:
                await self._read()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(READ_EVERY_S):
                        await nudged()

    async def _read(self) -> None:
        """While Postgres is away, what was read last goes on to hold."""
        try:
            grown = await self.revocations.read()
        except (BaseORMException, *PASSING) as problem:
            log.warning("identity.list_away", problem=type(problem).__name__)
            return
        if grown:
            self.hub.nudge([REVOKED])
