"""One batch of look-ups for webhooks in each operation."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from ordergraph.api.batches import each
from ordergraph.kernel.actor import Actor
from ordergraph.outgoing import models, queries
from ordergraph.outgoing.types import WebhookAttempt, WebhookDelivery, WebhookEndpoint


class WebhookLoaders:
    """Whatever starts with `visible_` asks what the viewer may see."""

    def __init__(self, viewer: Actor) -> None:
        self._viewer = viewer
        self.visible_endpoint: DataLoader[UUID, WebhookEndpoint | None] = each(self._endpoints)
        self.visible_delivery: DataLoader[UUID, WebhookDelivery | None] = each(self._deliveries)
        self.visible_attempt: DataLoader[UUID, WebhookAttempt | None] = each(self._attempts)
        self.attempts_of_delivery: DataLoader[UUID, list[models.WebhookAttempt]] = each(
            queries.attempts_of
        )

    async def _endpoints(self, ids: list[UUID]) -> dict[UUID, WebhookEndpoint]:
        rows = await queries.endpoints_seen_by(self._viewer).filter(id__in=ids)
        return {row.id: WebhookEndpoint.of(row) for row in rows}

    async def _deliveries(self, ids: list[UUID]) -> dict[UUID, WebhookDelivery]:
        rows = await queries.deliveries_seen_by(self._viewer).filter(id__in=ids)
        return {row.id: WebhookDelivery.of(row) for row in rows}

    async def _attempts(self, ids: list[UUID]) -> dict[UUID, WebhookAttempt]:
        rows = await queries.attempts_seen_by(self._viewer).filter(id__in=ids)
        return {row.id: WebhookAttempt.of(row) for row in rows}
