"""Writing down what became of an attempt, and what follows for the delivery and its endpoint."""

import random
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid5

from ordergraph.infra.database import Tx
from ordergraph.infra.rows import change
from ordergraph.kernel.actor import Role
from ordergraph.notifications import actions as notifications
from ordergraph.notifications.actions import OperatorNotice
from ordergraph.notifications.process import DISABLED_ENDPOINT
from ordergraph.outgoing.claiming import Claim
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import (
    DELIVERY,
    ENDPOINT,
    PATIENCE,
    DeliveryAction,
    EndpointAction,
    WebhookAttemptOutcome,
    WebhookDisabledReason,
    WebhookEndpointStatus,
    next_attempt_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one attempt. There is no status where nobody answered."""

    outcome: WebhookAttemptOutcome
    status: int | None = None
    problem: str | None = None
    excerpt: str | None = None
    retry_after: timedelta = timedelta()
    duration_ms: int | None = None


async def record(tx: Tx, claim: Claim, answer: Answer) -> bool:
    """Write it down, if the claim is still ours; say whether it was."""
    endpoint = await WebhookEndpoint.select_for_update(no_key=True).get(id=claim.endpoint.id)
    held = WebhookDelivery.select_for_update(no_key=True)
    delivery = await held.get_or_none(id=claim.delivery_id, claim=claim.attempt_id)
    if delivery is None:
        return False
    await WebhookAttempt.filter(id=claim.attempt_id).update(
        outcome=answer.outcome,
        finished_at=tx.now,
        status_code=answer.status,
        problem=answer.problem,
        excerpt=answer.excerpt,
        duration_ms=answer.duration_ms,
    )
    if answer.outcome is WebhookAttemptOutcome.DELIVERED:
        await _delivered(tx, delivery, endpoint)
    else:
        await _failed(tx, delivery, answer)
        if endpoint.url == claim.endpoint.url:  # else it is no answer of where it leads now
            await _count_against(tx, endpoint, answer)
    return True


async def _delivered(tx: Tx, delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    delivery.status = DELIVERY.after(DeliveryAction.SUCCEED, delivery.status, Role.SYSTEM)
    delivery.claim = delivery.next_attempt_at = None
    delivery.delivered_at, delivery.failures = tx.now, 0
    await delivery.save(
        update_fields=["status", "claim", "next_attempt_at", "delivered_at", "failures"]
    )
    if endpoint.failing_since is not None:
        await change(endpoint, failing_since=None)


async def _failed(tx: Tx, delivery: WebhookDelivery, answer: Answer) -> None:
    delivery.failures += 1
    spread = random.random()  # noqa: S311 - spreads load, keeps no secret
    again = next_attempt_at(tx.now, delivery.failures, spread=spread, wish=answer.retry_after)
    action = DeliveryAction.TRY_AGAIN if again else DeliveryAction.GIVE_UP
    delivery.status = DELIVERY.after(action, delivery.status, Role.SYSTEM)
    delivery.claim, delivery.next_attempt_at = None, again
    await delivery.save(update_fields=["status", "claim", "next_attempt_at", "failures"])


async def _count_against(tx: Tx, endpoint: WebhookEndpoint, answer: Answer) -> None:
    """Disable whoever wants nothing any more, or has taken nothing for too long."""
    if endpoint.status is not WebhookEndpointStatus.ENABLED:
        return  # an operator was faster
    if answer.outcome is WebhookAttemptOutcome.GONE:
        await _disable(tx, endpoint, EndpointAction.ANSWER_GONE)
    elif answer.outcome is WebhookAttemptOutcome.UNSIGNED:
        return  # our own trouble, not theirs
    elif endpoint.failing_since is None:
        await change(endpoint, failing_since=tx.now)
    elif tx.now - endpoint.failing_since >= PATIENCE:
        await _disable(tx, endpoint, EndpointAction.KEEP_FAILING)


REASONS = {
    EndpointAction.ANSWER_GONE: WebhookDisabledReason.GONE,
    EndpointAction.KEEP_FAILING: WebhookDisabledReason.FAILING,
}


async def _disable(tx: Tx, endpoint: WebhookEndpoint, action: EndpointAction) -> None:
    await change(
        endpoint,
        status=ENDPOINT.after(action, endpoint.status, Role.SYSTEM),
        disabled_reason=REASONS[action],
        disabled_at=tx.now,
    )
    about = endpoint.description or urlsplit(endpoint.url).netloc
    notice = OperatorNotice(uuid5(endpoint.id, str(endpoint.version)), DISABLED_ENDPOINT, about)
    await notifications.tell_operators(notice, tx.now)
