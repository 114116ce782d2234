"""Mutations of the negotiation: offers, their answers, and more time by consent."""

from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import relay

from ordergraph.api.context import Info
from ordergraph.api.ids import uuid_of
from ordergraph.api.mutations import mutation
from ordergraph.api.refusals import AmountTooHighError
from ordergraph.disputes import bargaining, extending
from ordergraph.disputes.amounts import amount_in
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.offer_types import (
    ExtensionAlreadyAskedError,
    ExtensionNotAskedError,
    ExtensionsUsedUpError,
    Offer,
    OfferNotOpenError,
    TooManyOffersError,
    WrongSideOfOfferError,
)
from ordergraph.disputes.terms import Terms
from ordergraph.disputes.types import MoveError
from ordergraph.disputes.words import ShippingPayer

AnswerError = OfferNotOpenError | WrongSideOfOfferError | MoveError
"""What answering an offer, or taking it back, may be answered with."""


@strawberry.input(description="What you propose.")
class DisputeOfferMakeInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")
    amount: Decimal = strawberry.field(
        description="How much the buyer gets, in the order's currency: more than nothing, at most"
        " what was asked for."
    )
    return_paid_by: ShippingPayer | None = strawberry.field(
        default=None,
        description="Who pays for sending the goods back first; null when they stay. PLATFORM only"
        " where the reason is the marketplace's fault.",
    )
    note: str = strawberry.field(
        default="", description="What to tell the other side, at most 1,000 characters."
    )


@strawberry.type(description="Offered. What you offered before stands no more.")
class DisputeOfferMakeSuccess:
    offer: Offer = strawberry.field(
        description="The offer; its dispute shows how things stand now."
    )


DisputeOfferMakeResult = Annotated[
    DisputeOfferMakeSuccess | TooManyOffersError | AmountTooHighError | MoveError,
    strawberry.union("DisputeOfferMakeResult"),
]


@strawberry.input(description="Which offer to accept.")
class DisputeOfferAcceptInput:
    offer_id: relay.GlobalID = strawberry.field(description="The other side's offer.")


@strawberry.type(description="Agreed: the money is promised, or follows once the goods are back.")
class DisputeOfferAcceptSuccess:
    offer: Offer = strawberry.field(
        description="The offer; its dispute shows how things stand now."
    )


DisputeOfferAcceptResult = Annotated[
    DisputeOfferAcceptSuccess | AmountTooHighError | AnswerError,
    strawberry.union("DisputeOfferAcceptResult"),
]


@strawberry.input(description="Which offer to decline.")
class DisputeOfferDeclineInput:
    offer_id: relay.GlobalID = strawberry.field(description="The other side's offer.")
    note: str = strawberry.field(
        default="",
        description="What to tell them, at most 1,000 characters; a seller who has to answer the"
        " dispute must write something.",
    )


@strawberry.type(description="Declined.")
class DisputeOfferDeclineSuccess:
    offer: Offer = strawberry.field(
        description="The offer; its dispute shows how things stand now."
    )


DisputeOfferDeclineResult = Annotated[
    DisputeOfferDeclineSuccess | AnswerError, strawberry.union("DisputeOfferDeclineResult")
]


@strawberry.input(description="Which offer to take back.")
class DisputeOfferWithdrawInput:
    offer_id: relay.GlobalID = strawberry.field(description="Your offer.")


@strawberry.type(description="Taken back: nobody can accept it any more.")
class DisputeOfferWithdrawSuccess:
    offer: Offer = strawberry.field(
        description="The offer; its dispute shows how things stand now."
    )


DisputeOfferWithdrawResult = Annotated[
    DisputeOfferWithdrawSuccess | AnswerError, strawberry.union("DisputeOfferWithdrawResult")
]


@strawberry.input(description="How much more time you ask for.")
class DisputeExtensionAskInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute that waits for you.")
    seconds: int = strawberry.field(description="How much, at most what the policy allows.")


@strawberry.type(description="Asked. Until the other side grants it, the clock runs as before.")
class DisputeExtensionAskSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeExtensionAskResult = Annotated[
    DisputeExtensionAskSuccess | ExtensionAlreadyAskedError | ExtensionsUsedUpError | MoveError,
    strawberry.union("DisputeExtensionAskResult"),
]


@strawberry.input(description="Where to grant the other side more time.")
class DisputeExtensionGrantInput:
    dispute_id: relay.GlobalID = strawberry.field(description="The dispute.")


@strawberry.type(description="Granted: the deadline was put off.")
class DisputeExtensionGrantSuccess:
    dispute: Dispute = strawberry.field(description="The dispute as it stands now.")


DisputeExtensionGrantResult = Annotated[
    DisputeExtensionGrantSuccess | ExtensionNotAskedError | ExtensionsUsedUpError | MoveError,
    strawberry.union("DisputeExtensionGrantResult"),
]


@strawberry.type
class NegotiationMutation:
    @mutation(
        description="Propose other terms. In the negotiation it is the other side's turn then;"
        " under review both may still agree."
    )
    async def dispute_offer_make(
        self,
        info: Info,
        input: DisputeOfferMakeInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeOfferMakeResult:
        dispute_id = uuid_of(input.dispute_id, "Dispute")
        amount = await amount_in(info, dispute_id, input.amount)
        terms = Terms(amount=amount, return_paid_by=input.return_paid_by)
        async with info.context.transaction() as tx:
            row = await bargaining.make_offer(tx, dispute_id, terms, input.note)
        return DisputeOfferMakeSuccess(offer=Offer.of(row))

    @mutation(description="Accept what the other side proposes; the money goes its way at once.")
    async def dispute_offer_accept(
        self,
        info: Info,
        input: DisputeOfferAcceptInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeOfferAcceptResult:
        async with info.context.transaction() as tx:
            row = await bargaining.accept_offer(tx, uuid_of(input.offer_id, "Offer"))
        return DisputeOfferAcceptSuccess(offer=Offer.of(row))

    @mutation(description="Say no to what the other side proposes.")
    async def dispute_offer_decline(
        self,
        info: Info,
        input: DisputeOfferDeclineInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeOfferDeclineResult:
        async with info.context.transaction() as tx:
            offer_id = uuid_of(input.offer_id, "Offer")
            row = await bargaining.decline_offer(tx, offer_id, input.note)
        return DisputeOfferDeclineSuccess(offer=Offer.of(row))

    @mutation(description="Take back what you proposed.")
    async def dispute_offer_withdraw(
        self,
        info: Info,
        input: DisputeOfferWithdrawInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeOfferWithdrawResult:
        async with info.context.transaction() as tx:
            row = await bargaining.withdraw_offer(tx, uuid_of(input.offer_id, "Offer"))
        return DisputeOfferWithdrawSuccess(offer=Offer.of(row))

    @mutation(description="Ask the other side for more time, while the dispute waits for you.")
    async def dispute_extension_ask(
        self,
        info: Info,
        input: DisputeExtensionAskInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeExtensionAskResult:
        async with info.context.transaction() as tx:
            dispute_id = uuid_of(input.dispute_id, "Dispute")
            row = await extending.ask_extension(tx, dispute_id, input.seconds)
        return DisputeExtensionAskSuccess(dispute=Dispute.of(row))

    @mutation(description="Give the other side the time that it asks for.")
    async def dispute_extension_grant(
        self,
        info: Info,
        input: DisputeExtensionGrantInput,  # noqa: A002  (GraphQL's word)
    ) -> DisputeExtensionGrantResult:
        async with info.context.transaction() as tx:
            dispute_id = uuid_of(input.dispute_id, "Dispute")
            row = await extending.grant_extension(tx, dispute_id)
        return DisputeExtensionGrantSuccess(dispute=Dispute.of(row))
