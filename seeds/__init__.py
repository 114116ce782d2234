"""Reasons, policies, and markets to play and to measure in."""

from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.policy import Chosen
from ordergraph.marketplace import actions as marketplace
from ordergraph.settings import PolicyOverrides
from ordergraph.wiring import Wiring
from seeds.market import open_market
from seeds.reasons import keep_reasons
from seeds.templates import keep_templates


async def load(wiring: Wiring, *, market: bool) -> str:
    """Load reasons, templates and policy, and, into an empty sandbox, the small market; say what is there.

    Doing it again changes nothing.
    """
    await keep_reasons()
    await keep_templates()
    async with wiring.edge.transaction(SYSTEM) as tx:
        published = await marketplace.publish_changes(tx, named(wiring.settings.policy))
    opened = await open_market(wiring) if market else 0
    return f"policy {published.version}; {opened} new orders"


def named(overrides: PolicyOverrides) -> dict[str, Chosen]:
    """The numbers that the environment names; the others stay as they were published."""
    return overrides.model_dump(exclude_none=True)
