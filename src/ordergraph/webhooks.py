"""Where gateways ring: a signed message makes one refund's look-up due, and says nothing more.

What became of the refund is always asked from the gateway itself, so a message that is forged,
doubled, late or out of order can do no harm.
"""

from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ordergraph.infra.database import again
from ordergraph.kernel.actor import GATEWAY
from ordergraph.payments import actions as payments
from ordergraph.payments.gateways.protocol import BadWebhook, WebhookEvent
from ordergraph.reactions import SEND_REFUNDS
from ordergraph.refunds import sending
from ordergraph.transports.answers import NOT_STORED
from ordergraph.wiring import Wiring

LARGEST: Final = 100_000
"""Bytes of a message; Stripe's about a refund have some 3,000."""

log = structlog.get_logger(__name__)


async def receive(request: Request) -> Response:
    """POST /webhooks/{gateway}: 200 for whatever was signed by it, heard before or not."""
    wiring: Wiring = request.app.state.wiring
    if request.path_params["gateway"] != wiring.gateway.name:
        return _no(HTTPStatus.NOT_FOUND, "UNKNOWN_GATEWAY")
    try:
        body = await _body(request)
        if body is None:
            return _no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TOO_LARGE")
        event = wiring.gateway.parse_webhook(body, dict(request.headers))
    except (BadWebhook, ClientDisconnect) as problem:
        log.warning("webhook.refused", problem=type(problem).__name__)
        return _no(HTTPStatus.BAD_REQUEST, "BAD_WEBHOOK")
    if event is not None and await again(lambda: _heard(wiring, event)):
        wiring.bell.ring(SEND_REFUNDS)
    return JSONResponse({"received": True}, headers=NOT_STORED)


async def _heard(wiring: Wiring, event: WebhookEvent) -> bool:
    """Note the message and hurry its refund, both or neither; say whether there is work now."""
    async with wiring.edge.transaction(GATEWAY) as tx:
        if not await payments.hear(tx, wiring.gateway.name, event.event_id):
            return False
        return await sending.hurry(tx, event.refund_reference)


async def _body(request: Request) -> bytes | None:
    """Read no more than we take, whatever length is announced, or none; None: it is too much."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return body


def _no(status: HTTPStatus, code: str) -> Response:
    return JSONResponse({"error": {"code": code}}, status_code=status, headers=NOT_STORED)
