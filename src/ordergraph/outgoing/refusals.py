"""What operators may hear from the webhook mutations, beside what everybody may."""

import strawberry

from ordergraph.api.refusals import UserError, answers
from ordergraph.outgoing.process import TooManyWebhookEndpoints, WebhooksNotConfigured


@answers(TooManyWebhookEndpoints)
@strawberry.type(description="There are as many webhook endpoints as there may be.")
class TooManyWebhookEndpointsError(UserError):
    most: int = strawberry.field(description="How many there may be.")


@answers(WebhooksNotConfigured)
@strawberry.type(description="This installation has no key to keep webhook secrets with.")
class WebhooksNotConfiguredError(UserError):
    pass
