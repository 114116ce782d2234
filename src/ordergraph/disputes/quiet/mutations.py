"""The mutation of quiet settlement."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError
from ordergraph.disputes.amounts import amount_in
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.quiet import actions
from ordergraph.disputes.types import MoveError


@strawberry.input(description="What you would settle for.")
class DisputeLimitSetInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="As buyer the least that you would take, as seller the most that you would"
        " give; more than 0, and at most what was asked for. A return that the buyer pays for comes"
        " off it, where one was made before. Null takes it back.",
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
        dispute_id, given = uuid_of(input.dispute_id, "Dispute"), input.amount
        amount = None if given is None else await amount_in(info, dispute_id, given)
        async with info.context.transaction() as tx:
            row = await actions.set_limit(tx, dispute_id, amount)
        return DisputeLimitSetSuccess(dispute=Dispute.of(row))
