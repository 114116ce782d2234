"""One batch of look-ups for webhooks in each operation."""

from uuid import UUID

from ordergraph.api.batches import Asks
from ordergraph.kernel.actor import Actor
from ordergraph.outgoing import models, queries
from ordergraph.outgoing.types import WebhookAttempt, WebhookDelivery, WebhookEndpoint


async def _endpoints(viewer: Actor, ids: list[UUID]) -> dict[UUID, WebhookEndpoint]:
    rows = await queries.endpoints_seen_by(viewer).filter(id__in=ids)
    return {row.id: WebhookEndpoint.of(row) for row in rows}


async def _deliveries(viewer: Actor, ids: list[UUID]) -> dict[UUID, WebhookDelivery]:
    rows = await queries.deliveries_seen_by(viewer).filter(id__in=ids)
    return {row.id: WebhookDelivery.of(row) for row in rows}


async def _attempts(viewer: Actor, ids: list[UUID]) -> dict[UUID, WebhookAttempt]:
    rows = await queries.attempts_seen_by(viewer).filter(id__in=ids)
    return {row.id: WebhookAttempt.of(row) for row in rows}


class WebhookLoaders:
    """Whatever starts with `visible_` asks what the viewer may see."""

    visible_endpoint: Asks[UUID, WebhookEndpoint | None] = Asks(_endpoints)
    visible_delivery: Asks[UUID, WebhookDelivery | None] = Asks(_deliveries)
    visible_attempt: Asks[UUID, WebhookAttempt | None] = Asks(_attempts)
    attempts_of_delivery: Asks[UUID, list[models.WebhookAttempt]] = Asks(
        lambda _, ids: queries.attempts_of(ids)
    )

    def __init__(self, viewer: Actor) -> None:
        self.asker = viewer
