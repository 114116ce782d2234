"""Reasons, policies, and markets to play and to measure in."""

from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.policy import Policy
from ordergraph.marketplace import actions as marketplace
from ordergraph.settings import PolicyOverrides
from ordergraph.wiring import Wiring
from seeds.market import open_market
from seeds.reasons import keep_reasons


async def load(wiring: Wiring, *, market: bool) -> str:
    """Load reasons and policy, and, into an empty sandbox, the small market; say what is there.

    Doing it again changes nothing.
    """
    await keep_reasons()
    async with wiring.edge.transaction(SYSTEM) as tx:
        version = await marketplace.publish(tx, policy(wiring.settings.policy))
    opened = await open_market(wiring) if market else 0
    return f"policy {version}; {opened} new orders"


def policy(overrides: PolicyOverrides) -> Policy:
    """The defaults, but for what the environment wants otherwise."""
    return Policy(**overrides.model_dump(exclude_none=True))
