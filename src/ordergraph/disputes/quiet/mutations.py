"""The mutation of quiet settlement."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError
from ordergraph.api.scalars import read_money
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.quiet import actions
from ordergraph.disputes.types import MoveError
from ordergraph.kernel.refusal import NotFound


@strawberry.input(description="What you would settle for.")
class DisputeLimitSetInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="As buyer the least that you would take, as seller the most that you would"
        " give; more than 0, and at most what was asked for. Null takes it back.",
    )


@strawberry.type(
    description="Noted, and told to nobody; or, when the other side's limit meets yours, settled."
)
class DisputeLimitSetSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeLimitSetResult = Annotated[
    DisputeLimitSetSuccess | AmountTooHighError | MoveError,
    strawberry.union("DisputeLimitSetResult"),
]


@strawberry.type
class QuietMutation:
    @mutation(
        description="Say in private what you would settle for, the goods staying where they are."
        " Once the buyer's least is no more than the seller's most, the dispute is settled at once,"
        " in the middle; until then the other side learns nothing."
    )
    async def dispute_limit_set(
        self,
        info: Info,
        input: DisputeLimitSetInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeLimitSetResult:
        dispute_id = uuid_of(input.dispute_id, "Dispute")
        dispute = await info.context.load.visible_dispute.load(dispute_id)
        if dispute is None:
            raise NotFound(what="dispute")
        currency, given = dispute.row.currency, input.amount
        amount = None if given is None else read_money(given, currency)
        async with info.context.transaction() as tx:
            row = await actions.set_limit(tx, dispute_id, amount)
        return DisputeLimitSetSuccess(dispute=Dispute.of(row))
