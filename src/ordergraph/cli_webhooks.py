"""The `ordergraph webhooks` commands: listen on this machine, send a test, send again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final
from uuid import UUID

import typer

from ordergraph.cli_ids import read_id
from ordergraph.kernel.duration import read_duration
from ordergraph.kernel.refusal import InvalidInput, NotFound
from ordergraph.listening import STAFF, Listener, bound, serve, temporary, url_of
from ordergraph.outgoing import actions, queries, replaying
from ordergraph.outgoing.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.outgoing.process import WebhookEndpointStatus
from ordergraph.settings import settings as current
from ordergraph.wiring import Wiring, wired

webhooks_app = typer.Typer(no_args_is_help=True, help="Webhooks out, for those who receive them.")
POLL_S: Final = 0.1

EndpointOption = Annotated[
    str | None, typer.Option(help="Only this endpoint: its id, as the API gives it.")
]


@webhooks_app.command()
def listen(
    *,
    port: Annotated[int, typer.Option(help="Where to listen on this machine; 0: anywhere.")] = 0,
    forward: Annotated[
        str | None, typer.Option(help="Pass each verified message on to it.")
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            help="Check with this one; no endpoint is made then.", envvar="WEBHOOK_SECRET"
        ),
    ] = None,
    event: Annotated[
        list[str] | None, typer.Option(help="Only such events; may be repeated. Default: all.")
    ] = None,
) -> None:
    """Receive webhooks here, check each, and show it; the endpoint for it lasts as long as this runs."""
    listening = bound(port)

    async def received() -> None:
        if secret is not None:
            await serve(Listener(secret, forward, typer.echo), listening)
            return
        async with (
            wired(current(), application="ordergraph-webhooks") as wiring,
            temporary(wiring, url_of(listening), event) as made,
        ):
            await serve(Listener(made, forward, typer.echo), listening)

    asyncio.run(received())


@webhooks_app.command()
def send(
    event_type: Annotated[str, typer.Argument(help="Such as order.canceled, or webhook.test.")],
    endpoint: EndpointOption = None,
) -> None:
    """Send a signed message about nothing, of an event's shape; exit 1 where it is not taken."""

    async def sent(wiring: Wiring) -> bool:
        async with wiring.edge.transaction(STAFF) as tx:
            rows = [
                await actions.test(tx, row.id, event_type) for row in await _endpoints(endpoint)
            ]
        await wiring.courier.deliver(most_s=wiring.settings.webhook_timeout_s)
        return all([await _shown(wiring, row) for row in rows])

    if not _with_wiring(sent):
        raise typer.Exit(1)


@webhooks_app.command()
def replay(
    delivery: Annotated[str | None, typer.Argument(help="A delivery's id.")] = None,
    *,
    since: Annotated[
        str | None, typer.Option(help="Everything of that time instead: 2h, 30d, …")
    ] = None,
    endpoint: EndpointOption = None,
) -> None:
    """Send again, under the ids they had, one message or all of a span; a worker does the sending."""
    if (delivery is None) is (since is None):
        raise InvalidInput(field="webhooks replay", problem="name a delivery, or a span by --since")

    async def replayed(wiring: Wiring) -> bool:
        if delivery is not None:
            async with wiring.edge.transaction(STAFF) as tx:
                row = await replaying.replay_one(tx, _id(delivery, "WebhookDelivery"))
            typer.echo(f"{row.message_id} {row.event_type} is on its way")
        else:
            await _replay_span(wiring, since or "", endpoint)
        return True

    _with_wiring(replayed)


async def _replay_span(wiring: Wiring, since: str, endpoint: str | None) -> None:
    span = read_duration(since, field="--since")
    for row in await _endpoints(endpoint):
        async with wiring.edge.transaction(STAFF) as tx:
            _, count = await replaying.replay_span(tx, row.id, tx.now - span, None)
        typer.echo(f"{count} messages are on their way to {row.url}")


async def _endpoints(named: str | None) -> Sequence[WebhookEndpoint]:
    """The one that is named, or all that are enabled."""
    rows = queries.not_deleted(STAFF)
    if named is not None:
        rows = rows.filter(id=_id(named, "WebhookEndpoint"))
    else:
        rows = rows.filter(status=WebhookEndpointStatus.ENABLED)
    found = await rows.order_by("created_at")
    if not found:
        raise NotFound(what="webhook endpoint")
    return found


async def _shown(wiring: Wiring, row: WebhookDelivery) -> bool:
    """Say how the first attempt ended, whoever made it: a worker may have been faster."""
    end = time.monotonic() + wiring.settings.webhook_lease_s
    while time.monotonic() < end:
        attempt = await WebhookAttempt.exclude(finished_at=None).get_or_none(
            delivery_id=row.id, number=1
        )
        if attempt is not None:
            said = attempt.status_code or attempt.problem
            typer.echo(f"{row.message_id} {row.event_type} {attempt.outcome}: {said}")
            return attempt.outcome == "DELIVERED"
        await asyncio.sleep(POLL_S)
    typer.echo(f"{row.message_id} {row.event_type}: nobody knows yet")
    return False


def _id(text: str, kind: str) -> UUID:
    found = read_id(text, kind)
    if found is None:
        raise NotFound(what=kind)
    return found


def _with_wiring(work: Callable[[Wiring], Awaitable[bool]]) -> bool:
    async def done() -> bool:
        async with wired(current(), application="ordergraph-webhooks") as wiring:
            return await work(wiring)

    return asyncio.run(done())
