"""What operators do with webhooks."""

import strawberry

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.outgoing import actions, replaying
from ordergraph.outgoing.actions import Wanted
from ordergraph.outgoing.inputs import (
    WebhookDeliveryReplayInput,
    WebhookDeliveryReplayResult,
    WebhookDeliveryReplaySuccess,
    WebhookEndpointCreateInput,
    WebhookEndpointCreateResult,
    WebhookEndpointCreateSuccess,
    WebhookEndpointDeleteInput,
    WebhookEndpointDeleteResult,
    WebhookEndpointDeleteSuccess,
    WebhookEndpointDisableInput,
    WebhookEndpointDisableResult,
    WebhookEndpointDisableSuccess,
    WebhookEndpointEnableInput,
    WebhookEndpointEnableResult,
    WebhookEndpointEnableSuccess,
    WebhookEndpointReplayInput,
    WebhookEndpointReplayResult,
    WebhookEndpointReplaySuccess,
    WebhookEndpointRotateSecretInput,
    WebhookEndpointRotateSecretResult,
    WebhookEndpointRotateSecretSuccess,
    WebhookEndpointTestInput,
    WebhookEndpointTestResult,
    WebhookEndpointTestSuccess,
    WebhookEndpointUpdateInput,
    WebhookEndpointUpdateResult,
    WebhookEndpointUpdateSuccess,
)
from ordergraph.outgoing.looking import LookedAt, require_reachable
from ordergraph.outgoing.types import WebhookDelivery, WebhookEndpoint


@strawberry.type
class WebhookMutation:
    @mutation(
        description="An operator makes an endpoint, and is shown its secret.", before=LookedAt()
    )
    async def webhook_endpoint_create(
        self,
        info: Info,
        input: WebhookEndpointCreateInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointCreateResult:
        info.context.require_operator()
        wanted = Wanted(url=input.url, description=input.description, event_types=input.event_types)
        async with info.context.transaction() as tx:
            require_reachable()
            row = await actions.create(tx, wanted, info.context.desk.courier.keyring)
        return WebhookEndpointCreateSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator changes an endpoint.", before=LookedAt())
    async def webhook_endpoint_update(
        self,
        info: Info,
        input: WebhookEndpointUpdateInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointUpdateResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            require_reachable()
            row = await actions.update(tx, endpoint_id, input.changes())
        return WebhookEndpointUpdateSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator enables an endpoint.")
    async def webhook_endpoint_enable(
        self,
        info: Info,
        input: WebhookEndpointEnableInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointEnableResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            row = await actions.enable(tx, endpoint_id)
        return WebhookEndpointEnableSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator disables an endpoint.")
    async def webhook_endpoint_disable(
        self,
        info: Info,
        input: WebhookEndpointDisableInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointDisableResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            row = await actions.disable(tx, endpoint_id)
        return WebhookEndpointDisableSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator deletes an endpoint.")
    async def webhook_endpoint_delete(
        self,
        info: Info,
        input: WebhookEndpointDeleteInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointDeleteResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            row = await actions.delete(tx, endpoint_id)
        return WebhookEndpointDeleteSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator gives an endpoint a new secret.")
    async def webhook_endpoint_rotate_secret(
        self,
        info: Info,
        input: WebhookEndpointRotateSecretInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointRotateSecretResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            keyring = info.context.desk.courier.keyring
            row = await actions.rotate_secret(tx, endpoint_id, keyring)
        return WebhookEndpointRotateSecretSuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator sends an endpoint a message about nothing.")
    async def webhook_endpoint_test(
        self,
        info: Info,
        input: WebhookEndpointTestInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointTestResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            row = await actions.test(tx, endpoint_id, input.event_type)
        return WebhookEndpointTestSuccess(webhook_delivery=WebhookDelivery.of(row))

    @mutation(description="An operator lets everything of a span be sent once more.")
    async def webhook_endpoint_replay(
        self,
        info: Info,
        input: WebhookEndpointReplayInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookEndpointReplayResult:
        info.context.require_operator()
        endpoint_id = uuid_of(input.endpoint_id, "WebhookEndpoint")
        async with info.context.transaction() as tx:
            row, _ = await replaying.replay_span(tx, endpoint_id, input.since, input.until)
        return WebhookEndpointReplaySuccess(webhook_endpoint=WebhookEndpoint.of(row))

    @mutation(description="An operator lets a message be sent once more.")
    async def webhook_delivery_replay(
        self,
        info: Info,
        input: WebhookDeliveryReplayInput,  # noqa: A002  (GraphQL's word)
    ) -> WebhookDeliveryReplayResult:
        info.context.require_operator()
        delivery_id = uuid_of(input.delivery_id, "WebhookDelivery")
        async with info.context.transaction() as tx:
            row = await replaying.replay_one(tx, delivery_id)
        return WebhookDeliveryReplaySuccess(webhook_delivery=WebhookDelivery.of(row))
