"""Many ids at once, each a type of the API: what the loaders ask for."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from ordergraph.accounts import queries as accounts
from ordergraph.accounts.graphql import User
from ordergraph.api.batches import seen
from ordergraph.api.lists import Asked, pages
from ordergraph.cancellations import queries as cancellations
from ordergraph.cancellations.graphql import Cancellation
from ordergraph.disputes import offers
from ordergraph.disputes import queries as disputes
from ordergraph.disputes import thread_queries as threads
from ordergraph.disputes.evidence_types import Evidence
from ordergraph.disputes.graphql import Dispute
from ordergraph.disputes.models import Message as MessageRow
from ordergraph.disputes.offer_types import Offer
from ordergraph.disputes.return_types import ReturnAddress
from ordergraph.disputes.thread_types import InternalNote
from ordergraph.disputes.types import THREAD, Message
from ordergraph.files import queries as files
from ordergraph.files.graphql import Attachment
from ordergraph.infra.outbox import EventRow
from ordergraph.kernel.actor import Actor
from ordergraph.marketplace.graphql import Reason
from ordergraph.marketplace.models import Reason as ReasonRow
from ordergraph.notifications import queries as notifications
from ordergraph.notifications.graphql import Notification
from ordergraph.orders import queries as orders
from ordergraph.orders.graphql import Order
from ordergraph.orders.types import TIMELINE
from ordergraph.refunds import queries as refunds
from ordergraph.refunds.graphql import Refund

visible_notifications = seen(notifications.visible_to, Notification.of)
visible_refunds = seen(refunds.visible_to, Refund.of)
visible_cancellations = seen(cancellations.visible_to, Cancellation.of)
visible_disputes = seen(disputes.visible_to, Dispute.of)
visible_return_addresses = seen(disputes.return_addresses_visible_to, ReturnAddress.of)
visible_evidence = seen(disputes.evidence_visible_to, Evidence.of)
visible_attachments = seen(files.visible_to, Attachment.of)
visible_messages = seen(disputes.messages_visible_to, Message.of)
visible_offers = seen(offers.visible_to, Offer.of)
visible_notes = seen(threads.notes_visible_to, InternalNote.of)


async def visible_orders(viewer: Actor, ids: list[UUID]) -> dict[UUID, Order]:
    return {row.id: Order.of(row) for row in await orders.visible(viewer, ids)}


async def users(ids: list[UUID]) -> dict[UUID, User]:
    return {id_: User.of(row) for id_, row in (await accounts.by_ids(ids)).items()}


async def visible_users(viewer: Actor, ids: list[UUID]) -> dict[UUID, User]:
    return await users(await orders.known_to(viewer, ids))


async def reasons(ids: list[UUID]) -> dict[UUID, Reason]:
    return {row.id: Reason.of(row) for row in await ReasonRow.filter(id__in=ids)}


async def refunds_of_orders(ids: list[UUID]) -> dict[UUID, list[Refund]]:
    found = await refunds.of_orders(ids)
    return {id_: [Refund.of(row) for row in rows] for id_, rows in found.items()}


async def refunds_of_causes(ids: list[UUID]) -> dict[UUID, Refund]:
    return {id_: Refund.of(row) for id_, row in (await refunds.of_causes(ids)).items()}


async def newest_disputes(ids: list[UUID]) -> dict[UUID, Dispute]:
    found = await disputes.newest_of_orders(ids)
    return {id_: Dispute.of(row) for id_, row in found.items()}


async def disputes_of_orders(ids: list[UUID]) -> dict[UUID, list[Dispute]]:
    found = await disputes.of_orders(ids)
    return {id_: [Dispute.of(row) for row in rows] for id_, rows in found.items()}


async def disputes_of_events(viewer: Actor, ids: list[UUID]) -> dict[UUID, Dispute]:
    """Where no event tells of a dispute, nothing more is asked."""
    told = await disputes.told_in(ids)
    found = await visible_disputes(viewer, list(set(told.values()))) if told else {}
    return {event: found[id_] for event, id_ in told.items() if id_ in found}


async def attached_to(ids: list[UUID]) -> dict[UUID, list[Attachment]]:
    found = await files.attached_to(ids)
    return {id_: [Attachment.of(row) for row in rows] for id_, rows in found.items()}


async def threads_of(asked: list[Asked]) -> Mapping[Asked, Sequence[MessageRow]]:
    """Pages of threads, each of a dispute that the viewer sees."""
    return await pages(MessageRow, "dispute_id", THREAD, asked)


async def timelines_of(asked: list[Asked]) -> Mapping[Asked, Sequence[EventRow]]:
    """Pages of timelines, each of an order that the viewer sees."""
    return await pages(EventRow, "order_id", TIMELINE, asked)


async def offers_of_disputes(ids: list[UUID]) -> dict[UUID, list[Offer]]:
    found = await offers.of_disputes(ids)
    return {id_: [Offer.of(row) for row in rows] for id_, rows in found.items()}
