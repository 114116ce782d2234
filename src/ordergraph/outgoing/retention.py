"""Forgetting: nothing that was sent is kept for longer than it can be replayed."""

from datetime import datetime

from tortoise.transactions import in_transaction

from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import KEPT, WebhookEndpointStatus


async def forget(now: datetime, *, limit: int) -> int:
    """Forget one batch of deliveries with their attempts, whosever they are; say how many.

    Endpoints that were deleted go when the last of their deliveries has gone.
    """
    await WebhookEndpoint.filter(old_secret_until__lte=now).update(
        old_secret=None, old_secret_until=None
    )
    old = WebhookDelivery.filter(created_at__lt=now - KEPT).order_by("created_at", "id")
    async with in_transaction():
        held = await old.limit(limit).select_for_update(skip_locked=True).only("id")
        ids = [row.id for row in held]
        if ids:
            await WebhookAttempt.filter(delivery_id__in=ids).delete()
            await WebhookDelivery.filter(id__in=ids).delete()
    await _forget_endpoints(now)
    return len(ids)


async def _forget_endpoints(now: datetime) -> None:
    gone = WebhookEndpoint.filter(status=WebhookEndpointStatus.DELETED, deleted_at__lt=now - KEPT)
    for endpoint in await gone:
        if not await WebhookDelivery.filter(endpoint_id=endpoint.id).exists():
            await endpoint.delete()
