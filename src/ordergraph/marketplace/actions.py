"""Publishing a policy and keeping the list of reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tortoise import connections

from ordergraph.infra.database import Tx
from ordergraph.kernel.policy import Change, Chosen, Policy
from ordergraph.marketplace import queries
from ordergraph.marketplace.models import PolicyVersion, Reason

PUBLISHING: Final = 0x706F_6C69  # any number that no other advisory lock uses


@dataclass(frozen=True, slots=True)
class Published:
    """The version in force now, and what it has otherwise than the one before; perhaps nothing."""

    version: int
    changes: tuple[Change, ...]


async def publish(tx: Tx, numbers: Policy) -> int:
    """Make these the numbers of new orders; publishing what is in force changes nothing."""
    return (await publish_changes(tx, numbers.to_json())).version


async def publish_changes(tx: Tx, numbers: Mapping[str, Chosen]) -> Published:
    """Choose some numbers anew and leave the others as they are; raise InvalidInput beyond a limit.

    One publisher at a time, so that each version follows from the one before.
    """
    await connections.get("default").execute_query("SELECT pg_advisory_xact_lock($1)", [PUBLISHING])
    version, current = await queries.policy()
    chosen = current.changed(numbers)
    changes = tuple(current.changes(chosen))
    if version and not changes:
        return Published(version, ())
    await PolicyVersion.create(version=version + 1, numbers=chosen.to_json(), published_at=tx.now)
    return Published(version + 1, changes)


async def keep_reasons(reasons: list[Reason]) -> None:
    """Insert these reasons, or update the rows that have their context and handle.

    Whether a reason is retired stays as the marketplace chose.
    """
    await Reason.bulk_create(
        reasons,
        on_conflict=["context", "handle"],
        update_fields=["labels", "suggested", "picked_by", "fault", "position"],
    )
