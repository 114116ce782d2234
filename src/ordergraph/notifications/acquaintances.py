"""Who is about: noted when somebody comes with a token, so that they can be told of things later."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import structlog
from tortoise import connections
from tortoise.exceptions import BaseORMException

from ordergraph.identity.claims import Identity
from ordergraph.kernel.actor import Role
from ordergraph.kernel.clock import Clock
from ordergraph.notifications.models import Acquaintance

REMEMBERED: Final = 10_000
DAY_S: Final = 86_400
AWAY: Final = (BaseORMException, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

# What a token does not say, an earlier one may have said.
MEET: Final = """
INSERT INTO acquaintances AS a (user_id, email, language, wants_emails, operator_seen_at, met_at)
VALUES ($1, $2, $3, true, $4, $5)
ON CONFLICT (user_id) DO UPDATE SET
    email = coalesce(excluded.email, a.email), language = excluded.language,
    operator_seen_at = coalesce(excluded.operator_seen_at, a.operator_seen_at)"""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Acquaintances:
    """Notes each person about once a day. `emails`: whether this installation sends any.

    Nobody is turned away because it could not be noted.
    """

    clock: Clock
    emails: bool = False
    _seen: OrderedDict[UUID, tuple[str | None, bool, int]] = field(default_factory=OrderedDict)

    async def meet(self, identity: Identity | None, language: str) -> None:
        if identity is None or identity.actor.user_id is None:
            return
        user_id, is_operator = identity.actor.user_id, Role.OPERATOR in identity.actor.roles
        email = identity.email if self.emails else None
        if email is None and not is_operator:
            return  # nothing that would be told them elsewhere
        if not self._is_new(user_id, (email, is_operator, int(time.monotonic() / DAY_S))):
            return
        try:
            now = await self.clock.now()
            await _note(user_id, email, language, now if is_operator else None, now)
        except AWAY as problem:
            self._seen.pop(user_id, None)
            log.warning("acquaintance.not_noted", problem=type(problem).__name__)

    def _is_new(self, user_id: UUID, facts: tuple[str | None, bool, int]) -> bool:
        if self._seen.get(user_id) == facts:
            return False
        self._seen[user_id] = facts
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True


async def _note(
    user_id: UUID, email: str | None, language: str, seen_at: datetime | None, now: datetime
) -> None:
    await connections.get("default").execute_query(MEET, [user_id, email, language, seen_at, now])


async def wants_emails(user_id: UUID) -> bool:
    """Whether this person would get mails, if there are any: until they say no."""
    row = await Acquaintance.get_or_none(user_id=user_id)
    return row is None or row.wants_emails


async def want_emails(user_id: UUID, language: str, now: datetime, *, wanted: bool) -> None:
    """Note what somebody wants, and the language they said it in."""
    row = Acquaintance(user_id=user_id, language=language, wants_emails=wanted, met_at=now)
    await Acquaintance.bulk_create(
        [row], on_conflict=["user_id"], update_fields=["wants_emails", "language"]
    )
