"""The batched look-ups of withdrawals, for loaders.py to hold."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from uuid import UUID

from ordergraph.kernel.actor import Actor
from ordergraph.withdrawals import queries
from ordergraph.withdrawals.graphql import Withdrawal
from ordergraph.withdrawals.types import Document

V = TypeVar("V")
Load = Callable[[list[UUID]], Awaitable[Mapping[UUID, V]]]


def withdrawals(viewer: Actor) -> Load[Withdrawal]:
    """By their ids."""

    async def load(ids: list[UUID]) -> dict[UUID, Withdrawal]:
        rows = await queries.visible_to(viewer).filter(id__in=ids)
        return {row.id: Withdrawal.of(row) for row in rows}

    return load


def of_orders(viewer: Actor) -> Load[Withdrawal]:
    """The newest of each order."""

    async def load(ids: list[UUID]) -> dict[UUID, Withdrawal]:
        found = await queries.newest_of_orders(viewer, ids)
        return {id_: Withdrawal.of(row) for id_, row in found.items()}

    return load


def of_events(viewer: Actor) -> Load[Withdrawal]:
    """The one that each event tells of, if it tells of any."""

    async def load(ids: list[UUID]) -> dict[UUID, Withdrawal]:
        told = await queries.told_in(ids)
        found = await withdrawals(viewer)(list(told.values()))
        return {event: found[id_] for event, id_ in told.items() if id_ in found}

    return load


def documents(viewer: Actor) -> Load[Document]:
    """By their ids."""

    async def load(ids: list[UUID]) -> dict[UUID, Document]:
        rows = await queries.documents_visible_to(viewer).filter(id__in=ids)
        return {row.id: Document.of(row) for row in rows}

    return load
