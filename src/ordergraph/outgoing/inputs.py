"""What operators give the webhook mutations, and what they are answered."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import strawberry
from strawberry import UNSET, relay

from ordergraph.api.context import Info
from ordergraph.api.refusals import CommonError
from ordergraph.outgoing.process import TEST_EVENT
from ordergraph.outgoing.refusals import TooManyWebhookEndpointsError, WebhooksNotConfiguredError
from ordergraph.outgoing.types import WebhookDelivery, WebhookEndpoint

SHOWN_FOR: Final = timedelta(minutes=15)
"""A repeat of the request, after an answer that was lost, is shown the secret for so long."""
SECRET: Final = (
    "The secret, whsec_…, shown here alone: keep it. Null in a repeat that comes more than fifteen"  # noqa: S105 - a description
    " minutes later."
)


@strawberry.input(description="A new endpoint.")
class WebhookEndpointCreateInput:
    url: str = strawberry.field(description="Where to: https, on the public internet.")
    description: str = strawberry.field(default="", description="What operators call it.")
    event_types: list[str] | None = strawberry.field(
        default=None, description="What to tell it of; null: all, new kinds included."
    )


@strawberry.input(description="What is to change; what is left out stays.")
class WebhookEndpointUpdateInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")
    url: str | None = strawberry.field(default=UNSET, description="Where to; never null.")
    description: str | None = strawberry.field(
        default=UNSET, description="What operators call it; null: nothing."
    )
    event_types: list[str] | None = strawberry.field(
        default=UNSET, description="What to tell it of; null: all, new kinds included."
    )

    def changes(self) -> dict[str, Any]:
        """What was said, by column."""
        said = {
            "url": self.url if self.url is not None else UNSET,
            "description": "" if self.description is None else self.description,
            "event_types": self.event_types,
        }
        return {column: value for column, value in said.items() if value is not UNSET}


@strawberry.input(description="An endpoint.")
class WebhookEndpointEnableInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")


@strawberry.input(description="An endpoint.")
class WebhookEndpointDisableInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")


@strawberry.input(description="An endpoint.")
class WebhookEndpointDeleteInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")


@strawberry.input(description="An endpoint.")
class WebhookEndpointRotateSecretInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")


@strawberry.input(description="An endpoint, and what to try it with.")
class WebhookEndpointTestInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")
    event_type: str = strawberry.field(
        default=TEST_EVENT, description="An event's name: a message of its shape, about nothing."
    )


@strawberry.input(description="An endpoint, and a span of the last thirty days.")
class WebhookEndpointReplayInput:
    endpoint_id: relay.GlobalID = strawberry.field(description="The endpoint.")
    since: datetime = strawberry.field(description="What happened then or later.")
    until: datetime | None = strawberry.field(
        default=None, description="What happened before; null: until now."
    )


@strawberry.input(description="A delivery.")
class WebhookDeliveryReplayInput:
    delivery_id: relay.GlobalID = strawberry.field(description="The delivery.")


@strawberry.type(description="Made: what happens from now on is sent there.")
class WebhookEndpointCreateSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")

    @strawberry.field(description=SECRET)
    async def secret(self, info: Info) -> str | None:
        return await _shown(info, self.webhook_endpoint)


@strawberry.type(description="Changed.")
class WebhookEndpointUpdateSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(
    description="Enabled: what waited is sent. What happened while it was disabled is not, unless it"
    " is replayed."
)
class WebhookEndpointEnableSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="Disabled: nothing is sent to it any more.")
class WebhookEndpointDisableSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="Deleted, and its secret with it.")
class WebhookEndpointDeleteSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="What it was.")


@strawberry.type(description="A new secret; for a day the one before signs, too.")
class WebhookEndpointRotateSecretSuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")

    @strawberry.field(description=SECRET)
    async def secret(self, info: Info) -> str | None:
        return await _shown(info, self.webhook_endpoint)


@strawberry.type(description="A message is on its way.")
class WebhookEndpointTestSuccess:
    webhook_delivery: WebhookDelivery = strawberry.field(description="The delivery to watch.")


@strawberry.type(description="Everything of that time is on its way, under the ids it had.")
class WebhookEndpointReplaySuccess:
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="It is on its way once more, under the id it had.")
class WebhookDeliveryReplaySuccess:
    webhook_delivery: WebhookDelivery = strawberry.field(description="The delivery to watch.")


async def _shown(info: Info, endpoint: WebhookEndpoint) -> str | None:
    row = endpoint.row
    if row.secret is None or await info.context.now() > row.secret_made_at + SHOWN_FOR:
        return None
    return info.context.desk.courier.keyring.unlock(row.secret)


WebhookEndpointCreateResult = Annotated[
    WebhookEndpointCreateSuccess
    | TooManyWebhookEndpointsError
    | WebhooksNotConfiguredError
    | CommonError,
    strawberry.union("WebhookEndpointCreateResult"),
]
WebhookEndpointUpdateResult = Annotated[
    WebhookEndpointUpdateSuccess | CommonError, strawberry.union("WebhookEndpointUpdateResult")
]
WebhookEndpointEnableResult = Annotated[
    WebhookEndpointEnableSuccess | CommonError, strawberry.union("WebhookEndpointEnableResult")
]
WebhookEndpointDisableResult = Annotated[
    WebhookEndpointDisableSuccess | CommonError, strawberry.union("WebhookEndpointDisableResult")
]
WebhookEndpointDeleteResult = Annotated[
    WebhookEndpointDeleteSuccess | CommonError, strawberry.union("WebhookEndpointDeleteResult")
]
WebhookEndpointRotateSecretResult = Annotated[
    WebhookEndpointRotateSecretSuccess | WebhooksNotConfiguredError | CommonError,
    strawberry.union("WebhookEndpointRotateSecretResult"),
]
WebhookEndpointTestResult = Annotated[
    WebhookEndpointTestSuccess | CommonError, strawberry.union("WebhookEndpointTestResult")
]
WebhookEndpointReplayResult = Annotated[
    WebhookEndpointReplaySuccess | CommonError, strawberry.union("WebhookEndpointReplayResult")
]
WebhookDeliveryReplayResult = Annotated[
    WebhookDeliveryReplaySuccess | CommonError, strawberry.union("WebhookDeliveryReplayResult")
]
