"""The GraphQL schema assembled: the table of contents of the API."""

import asyncio
from collections.abc import Sequence
from copy import copy
from typing import Any, Final, Self
from uuid import UUID

import strawberry
from graphql import GraphQLDirective, GraphQLInputObjectType, GraphQLObjectType, GraphQLType
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.tools import merge_types

from ordergraph.accounts.graphql import User
from ordergraph.api.bounded import BoundedExecutor
from ordergraph.api.completion.executor import CompilingExecutor
from ordergraph.api.context import FreshMoment, Info
from ordergraph.api.descriptions import describe
from ordergraph.api.documents.library import Opened
from ordergraph.api.faults import BadUserInput, OneOperation, Presentable
from ordergraph.api.idempotency import IDEMPOTENT
from ordergraph.api.ids import peek
from ordergraph.api.live import fill_all
from ordergraph.api.metered import Metered
from ordergraph.api.pages import LARGEST_PAGE
from ordergraph.api.refusals import Refusals
from ordergraph.api.scalars import SCALARS
from ordergraph.appeals.graphql import Appeal
from ordergraph.appeals.mutations import AppealMutation
from ordergraph.books.graphql import BooksQuery
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.cancellations.mutations import CancellationMutation
from ordergraph.checkout.graphql import CheckoutMutation
from ordergraph.deadletters.graphql import DeadLetter, DeadLetterMutation, DeadLetterQuery
from ordergraph.disputes.decisions.graphql import DisputeDecision
from ordergraph.disputes.decisions.mutations import DecisionMutation
from ordergraph.disputes.doors import DisputeQuery, DisputeSubscription
from ordergraph.disputes.evidence_mutations import EvidenceMutation
from ordergraph.disputes.evidence_types import Evidence, EvidenceRequiredError
from ordergraph.disputes.exchange import ExchangeMutation
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.mutations import DisputeMutation
from ordergraph.disputes.negotiating import NegotiationMutation
from ordergraph.disputes.note_mutations import NoteMutation
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.queue import QueueQuery
from ordergraph.disputes.quiet.mutations import QuietMutation
from ordergraph.disputes.return_mutations import ReturnMutation
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.rules.graphql import SellerRules, SellerRulesMutation
from ordergraph.disputes.thread_types import InternalNote
from ordergraph.disputes.types import Message
from ordergraph.files.graphql import Attachment, AttachmentMutation
from ordergraph.giving.graphql import GivingMutation
from ordergraph.marketplace.graphql import MarketplaceQuery, Reason
from ordergraph.notifications.graphql import (
    Notification,
    NotificationMutation,
    NotificationSubscription,
)
from ordergraph.orders.doors import OrderSubscription
from ordergraph.orders.graphql import Order, OrderQuery
from ordergraph.orders.types import Event, OrderLine
from ordergraph.outgoing.graphql import WebhookQuery
from ordergraph.outgoing.mutations import WebhookMutation
from ordergraph.outgoing.types import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ordergraph.refunds.graphql import Refund, RefundQuery, RefundSubscription
from ordergraph.refunds.mutations import RefundMutation
from ordergraph.shipping.delivery import DeliveryMutation
from ordergraph.shipping.graphql import ShippingMutation
from ordergraph.testclock.graphql import TestClockMutation
from ordergraph.viewer import ViewerQuery
from ordergraph.withdrawals.graphql import Withdrawal
from ordergraph.withdrawals.mutations import WithdrawalMutation
from ordergraph.withdrawals.types import Document

NODES: Final[dict[str, Any]] = {
    kind.__name__: kind
    for kind in (
        Appeal,
        Attachment,
        Cancellation,
        DeadLetter,
        Dispute,
        DisputeDecision,
        Document,
        Event,
        Evidence,
        InternalNote,
        Message,
        Notification,
        Offer,
        Order,
        OrderLine,
        Reason,
        Refund,
        ReturnAddress,
        SellerRules,
        User,
        WebhookAttempt,
        WebhookDelivery,
        WebhookEndpoint,
        Withdrawal,
    )
}
"""What node and nodes can look up: every type that has an id."""


@strawberry.type
class NodeQuery:
    @strawberry.field(description="Any object by its id; null when there is none for you.")
    async def node(self, info: Info, id: relay.GlobalID) -> relay.Node | None:  # noqa: A002  (Relay's word)
        info.context.require_user()
        kind, uuid = NODES.get(id.type_name), peek(id, id.type_name)
        if kind is None or uuid is None:
            return None
        found: relay.Node | None = await kind.asked_for_alone(info, uuid)
        return found

    @strawberry.field(description="Several objects by their ids, null for each that is not there.")
    async def nodes(self, info: Info, ids: list[relay.GlobalID]) -> list[relay.Node | None]:
        if len(ids) > LARGEST_PAGE:
            raise BadUserInput(f"At most {LARGEST_PAGE} ids.")
        info.context.require_user()
        places = [(id_.type_name, peek(id_, id_.type_name)) for id_ in ids]
        wanted: dict[str, dict[UUID, relay.Node | None]] = {}
        for name, uuid in places:
            if uuid is not None and name in NODES:
                wanted.setdefault(name, {})[uuid] = None
        # each type is asked for once, side by side
        asked = (NODES[name].asked_for(info, list(by_id)) for name, by_id in wanted.items())
        for by_id, found in zip(wanted.values(), await asyncio.gather(*asked), strict=True):
            by_id.update(zip(by_id, found, strict=True))
        return [wanted[name][uuid] if uuid and name in wanted else None for name, uuid in places]


class Schema(strawberry.Schema):
    """Strawberry's own would log every error with the client's text; Presentable logs what is ours.

    Strawberry's kind of directive is asked after each field that there is; ours is read once, before.
    """

    def __init__(self, *, directives: Sequence[GraphQLDirective], **parts: Any) -> None:
        super().__init__(**parts)
        self._schema.directives = (*self._schema.directives, *directives)
        describe(self._schema)
        fill_all(self._schema)

    def _extend_introspection(self) -> None:
        """Strawberry's own `isOneOf` fails for each type that is a list or not null."""
        super()._extend_introspection()
        kind = self._schema.type_map["__Type"]
        assert isinstance(kind, GraphQLObjectType)
        kind.fields["isOneOf"].resolve = _is_one_of

    def process_errors(self, *_: object, **__: object) -> None:
        """Log nothing here."""

    def uncompiled(self) -> Self:
        """The same schema, its answers completed by graphql-core alone (ADR 30)."""
        other = copy(self)
        other.execution_context_class = BoundedExecutor
        return other


def _is_one_of(kind: GraphQLType, _: object) -> bool | None:
    """Only an input object says so, as the specification has it."""
    if not isinstance(kind, GraphQLInputObjectType):
        return None
    return bool(kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of)


schema = Schema(
    query=merge_types(
        "Query",
        (
            NodeQuery,
            ViewerQuery,
            OrderQuery,
            RefundQuery,
            DisputeQuery,
            QueueQuery,
            MarketplaceQuery,
            DeadLetterQuery,
            BooksQuery,
            WebhookQuery,
        ),
    ),
    mutation=merge_types(
        "Mutation",
        (
            CheckoutMutation,
            DeliveryMutation,
            ShippingMutation,
            CancellationMutation,
            RefundMutation,
            GivingMutation,
            DisputeMutation,
            NegotiationMutation,
            DecisionMutation,
            AppealMutation,
            ExchangeMutation,
            ReturnMutation,
            NoteMutation,
            EvidenceMutation,
            AttachmentMutation,
            QuietMutation,
            SellerRulesMutation,
            WithdrawalMutation,
            NotificationMutation,
            DeadLetterMutation,
            WebhookMutation,
            TestClockMutation,
        ),
    ),
    subscription=merge_types(
        "Subscription",
        (OrderSubscription, RefundSubscription, DisputeSubscription, NotificationSubscription),
    ),
    types=[EvidenceRequiredError],  # for whatever asks for evidence, so that clients know it by now
    directives=[IDEMPOTENT],
    exception_handlers=[Refusals()],
    execution_context_class=CompilingExecutor,
    extensions=[Metered, FreshMoment, Presentable, Opened, OneOperation],
    config=StrawberryConfig(scalar_map=SCALARS),
)
