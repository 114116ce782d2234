"""Publishing a policy and keeping the list of reasons."""

from ordergraph.infra.database import Tx
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import queries
from ordergraph.marketplace.models import PolicyVersion, Reason


async def publish(tx: Tx, numbers: Policy) -> int:
    """Make these the numbers of new orders; publishing what is in force changes nothing."""
    version, current = await queries.policy()
    if version and current == numbers:
        return version
    await PolicyVersion.create(version=version + 1, numbers=numbers.to_json(), published_at=tx.now)
    return version + 1


async def keep_reasons(reasons: list[Reason]) -> None:
    """Insert these reasons, or update the rows that have their context and handle.

    Whether a reason is retired stays as the marketplace chose.
    """
    await Reason.bulk_create(
        reasons,
        on_conflict=["context", "handle"],
        update_fields=["labels", "picked_by", "fault", "position"],
    )
