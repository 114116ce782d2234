"""Mutations for goods that go back: where to, on their way, arrived, as they should be or not."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.accounts import actions as accounts
from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError, CommonError
from ordergraph.api.scalars import CurrencyCode, read_money
from ordergraph.disputes import addresses, returns
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.types import MoveError
from ordergraph.disputes.words import ReturnAcknowledgement
from ordergraph.infra.database import Tx
from ordergraph.kernel.refusal import InvalidInput


@strawberry.input(description="Where goods go back to that you sold.")
class ReturnAddressSetInput:
    lines: list[str] = strawberry.field(
        description="As it is to be written on a parcel: at most 6 lines of 100 characters."
    )
    country_code: str = strawberry.field(description="ISO 3166-1, two capital letters.")
    estimated_cost: Decimal | None = strawberry.field(
        default=None,
        description="What sending a parcel there costs. Without it, or for orders in another"
        " currency, what the order's own shipping cost.",
    )
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="The currency of that cost."
    )


@strawberry.type(description="It counts for disputes that are opened from now on.")
class ReturnAddressSetSuccess:
    return_address: ReturnAddress = strawberry.field(description="The address as it is kept.")


ReturnAddressSetResult = Annotated[
    ReturnAddressSetSuccess | CommonError, strawberry.union("ReturnAddressSetResult")
]


@strawberry.input(description="How the goods go back.")
class ReturnShipInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    carrier: str = strawberry.field(description="Who carries them, at most 60 characters.")
    tracking_number: str = strawberry.field(description="The carrier's number.")


@strawberry.type(
    description="The goods are on their way back; what that costs stands in returnTerms."
)
class ReturnShipSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


ReturnShipResult = Annotated[ReturnShipSuccess | MoveError, strawberry.union("ReturnShipResult")]


@strawberry.input(description="Which goods the carrier has brought back.")
class ReturnMarkDeliveredInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


@strawberry.type(description="Noted: the seller has to say soon what they think of the goods.")
class ReturnMarkDeliveredSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


ReturnMarkDeliveredResult = Annotated[
    ReturnMarkDeliveredSuccess | MoveError, strawberry.union("ReturnMarkDeliveredResult")
]


@strawberry.input(description="What you say of the goods that came back, or should have.")
class ReturnAcknowledgeInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    answer: ReturnAcknowledgement = strawberry.field(
        default=ReturnAcknowledgement.ITEM_RECEIVED,
        description="ITEM_RECEIVED makes the refund; every other answer contests the return, and"
        " the operator decides.",
    )
    note: str = strawberry.field(
        default="",
        description="What is wrong, at most 1,000 characters; it goes into the thread. Needed to"
        " contest, and left aside when all is as it should be.",
    )


@strawberry.type(
    description="The money is promised; or, when it is contested, the operator decides."
)
class ReturnAcknowledgeSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


ReturnAcknowledgeResult = Annotated[
    ReturnAcknowledgeSuccess | AmountTooHighError | MoveError,
    strawberry.union("ReturnAcknowledgeResult"),
]


@strawberry.type
class ReturnMutation:
    @mutation(description="A seller says where goods go back to, and what sending them costs.")
    async def return_address_set(
        self,
        info: Info,
        input: ReturnAddressSetInput,  # noqa: A002  (GraphQL's word)
    ) -> ReturnAddressSetResult:
        new = _address(input)
        async with info.context.transaction() as tx:
            await _known(tx, info)
            row = await addresses.put(tx, new)
        return ReturnAddressSetSuccess(return_address=ReturnAddress.of(row))

    @mutation(description="The buyer sends the goods back, with a tracking number.")
    async def return_ship(self, info: Info, input: ReturnShipInput) -> ReturnShipResult:  # noqa: A002  (GraphQL's word)
        parcel = returns.Parcel(input.carrier, input.tracking_number)
        async with info.context.transaction() as tx:
            row = await returns.ship(tx, uuid_of(input.dispute_id, "Dispute"), parcel)
        return ReturnShipSuccess(dispute=Dispute.of(row))

    @mutation(
        description="An operator, or a service account that follows the parcels, says that the carrier"
        " brought the goods back. Told again, it changes nothing."
    )
    async def return_mark_delivered(
        self,
        info: Info,
        input: ReturnMarkDeliveredInput,  # noqa: A002  (GraphQL's word)
    ) -> ReturnMarkDeliveredResult:
        async with info.context.transaction() as tx:
            row = await returns.mark_delivered(tx, uuid_of(input.dispute_id, "Dispute"))
        return ReturnMarkDeliveredSuccess(dispute=Dispute.of(row))

    @mutation(description="The seller says what came back: all as it should be, or what is wrong.")
    async def return_acknowledge(
        self,
        info: Info,
        input: ReturnAcknowledgeInput,  # noqa: A002  (GraphQL's word)
    ) -> ReturnAcknowledgeResult:
        dispute_id = uuid_of(input.dispute_id, "Dispute")
        async with info.context.transaction() as tx:
            if input.answer is ReturnAcknowledgement.ITEM_RECEIVED:
                row = await returns.acknowledge(tx, dispute_id)
            else:
                row = await returns.contest(tx, dispute_id, input.answer, input.note)
        return ReturnAcknowledgeSuccess(dispute=Dispute.of(row))


async def _known(tx: Tx, info: Info) -> None:
    """A seller may say where goods go back to before anybody has bought from them."""
    identity = info.context.identity
    if identity is not None:
        await accounts.know(tx, identity.external_id, identity.display_name)


def _address(said: ReturnAddressSetInput) -> addresses.NewAddress:
    if (said.estimated_cost is None) is not (said.currency is None):
        raise InvalidInput(
            field="estimatedCost", problem="needs its currency, and the other way round"
        )
    cost = read_money(said.estimated_cost, said.currency) if said.currency is not None else None
    return addresses.NewAddress(lines=said.lines, country=said.country_code, cost=cost)
