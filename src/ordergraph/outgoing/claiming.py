"""Taking the right to send messages: committed before anything is sent, and over by itself."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from ordergraph.infra.database import Tx
from ordergraph.outgoing import queries
from ordergraph.outgoing.keyring import Keyring, UnreadableSecret
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import WebhookAttemptOutcome, WebhookEndpointStatus


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one message until the lease is over, and all that it takes."""

    attempt_id: UUID
    delivery: WebhookDelivery
    endpoint: WebhookEndpoint

    @property
    def delivery_id(self) -> UUID:
        return self.delivery.id

    def secrets(self, keyring: Keyring) -> list[str]:
        """The present one and, while it is changed, the one before; raises UnreadableSecret.

        Who has rotated all secrets may take away the key that those before were kept with.
        """
        assert self.endpoint.secret is not None, "only what was deleted has none"
        opened = [keyring.unlock(self.endpoint.secret)]
        if self.endpoint.old_secret is not None:
            with suppress(UnreadableSecret):
                opened.append(keyring.unlock(self.endpoint.old_secret))
        return opened


@dataclass(frozen=True, slots=True)
class Room:
    """How many more may be on their way from this process, and how many are, by endpoint."""

    free: int
    per_endpoint: int
    busy: Mapping[UUID, int]


async def claim(tx: Tx, room: Room, lease: timedelta) -> list[Claim]:
    """Take what is due, as far as there is room, and commit it before anything is sent."""
    due = await queries.take_due(
        tx.now, busy=room.busy, per_endpoint=room.per_endpoint, limit=room.free
    )
    endpoints = await queries.endpoints({delivery.endpoint_id for delivery in due})
    # one that was deleted just now has no secret any more: what goes to it would be unsigned
    enabled = WebhookEndpointStatus.ENABLED
    due = [one for one in due if endpoints[one.endpoint_id].status is enabled]
    if not due:
        return []
    await _close_left_over(tx, [delivery.id for delivery in due])
    attempts = [_attempt(tx, delivery) for delivery in due]
    for attempt, delivery in zip(attempts, due, strict=True):
        delivery.claim, delivery.attempts = attempt.id, attempt.number
        delivery.next_attempt_at = tx.now + lease
    await WebhookAttempt.bulk_create(attempts)
    await WebhookDelivery.bulk_update(due, ["claim", "attempts", "next_attempt_at"])
    for endpoint in endpoints.values():
        if endpoint.old_secret_until is not None and endpoint.old_secret_until <= tx.now:
            endpoint.old_secret = None  # for this sending; the row is swept
    return [
        Claim(attempt.id, delivery, endpoints[delivery.endpoint_id])
        for attempt, delivery in zip(attempts, due, strict=True)
    ]


def _attempt(tx: Tx, delivery: WebhookDelivery) -> WebhookAttempt:
    return WebhookAttempt(
        id=uuid7(),
        delivery_id=delivery.id,
        number=delivery.attempts + 1,
        outcome=WebhookAttemptOutcome.STARTED,
        started_at=tx.now,
    )


async def _close_left_over(tx: Tx, delivery_ids: list[UUID]) -> None:
    """What is due again and was never finished belonged to a worker that is gone, or frozen."""
    left_over = WebhookAttempt.filter(delivery_id__in=delivery_ids, finished_at=None)
    await left_over.update(
        outcome=WebhookAttemptOutcome.UNKNOWN, finished_at=tx.now, problem="left unfinished"
    )
