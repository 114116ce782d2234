"""Who is about: noted when somebody comes with a token, so that they can be told of things later."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

# What a token does not say, an earlier one may have said. One that was taken back, which not every
# process may have heard of yet, makes nobody an operator.
MEET: Final = """
INSERT INTO acquaintances AS a (user_id, email, language, wants_emails, operator_seen_at, met_at)
VALUES ($1, $2, $3, true, CASE WHEN NOT EXISTS (
    SELECT FROM revoked_users WHERE id = $1 AND revoked_at >= coalesce($6::timestamptz, '-infinity')
) THEN $4::timestamptz END, $5)
ON CONFLICT (user_id) DO UPDATE SET
    email = coalesce(excluded.email, a.email), language = excluded.language,
    operator_seen_at = coalesce(excluded.operator_seen_at, a.operator_seen_at)"""

LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
Facts = tuple[str | None, bool, int]
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Acquaintances:
    """Notes each person about once a day, and operators with each new token: the one before may have
    been taken back. `emails`: whether this installation sends any.

    Nobody is turned away because it could not be noted.
    """

    clock: Clock
    emails: bool = False
    _seen: OrderedDict[UUID, tuple[Facts, datetime]] = field(default_factory=OrderedDict)

    async def meet(self, identity: Identity | None, language: str) -> None:
        if identity is None or identity.actor.user_id is None:
            return
        user_id, is_operator = identity.actor.user_id, Role.OPERATOR in identity.actor.roles
        email = identity.email if self.emails else None
        if email is None and not is_operator:
            return  # nothing that would be told them elsewhere
        given_at = identity.issued_at if is_operator else None
        facts = email, is_operator, int(time.monotonic() / DAY_S)
        if not self._is_new(user_id, facts, given_at or LONG_AGO):
            return
        noted = False
        try:
            now = await self.clock.now()
            seen_at = now if is_operator else None
            known = [user_id, email, language, seen_at, now, given_at]
            await connections.get("default").execute_query(MEET, known)
            noted = True
        except AWAY as problem:
            log.warning("acquaintance.not_noted", problem=type(problem).__name__)
        finally:
            if not noted:  # nor where whoever came did not wait for it
                self._seen.pop(user_id, None)

    def _is_new(self, user_id: UUID, facts: Facts, given_at: datetime) -> bool:
        """Whoever holds several tokens comes by turns with each: only a later one is new."""
        known, latest = self._seen.get(user_id, (None, LONG_AGO))
        if known == facts and given_at <= latest:
            return False
        self._seen[user_id] = facts, max(given_at, latest)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True


async def no_operator(user_id: UUID) -> None:
    """Who was shut out is told nothing more as an operator, until they come as one again."""
    await Acquaintance.filter(user_id=user_id).update(operator_seen_at=None)


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
