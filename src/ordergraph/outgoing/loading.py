"""One batch of look-ups for webhooks in each operation."""

from uuid import UUID

from ordergraph.api.batches import Asks, seen
from ordergraph.kernel.actor import Actor
from ordergraph.outgoing import models, queries
from ordergraph.outgoing.types import WebhookAttempt, WebhookDelivery, WebhookEndpoint


class WebhookLoaders:
    """Whatever starts with `visible_` asks what the viewer may see."""

    visible_endpoint: Asks[UUID, WebhookEndpoint | None] = Asks(
        seen(queries.endpoints_seen_by, WebhookEndpoint.of)
    )
    visible_delivery: Asks[UUID, WebhookDelivery | None] = Asks(
        seen(queries.deliveries_seen_by, WebhookDelivery.of)
    )
    visible_attempt: Asks[UUID, WebhookAttempt | None] = Asks(
        seen(queries.attempts_seen_by, WebhookAttempt.of)
    )
    attempts_of_delivery: Asks[UUID, list[models.WebhookAttempt]] = Asks(
        lambda _, ids: queries.attempts_of(ids)
    )

    def __init__(self, viewer: Actor) -> None:
        self.asker = viewer
