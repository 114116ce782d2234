"""What only sellers say, for all their orders: who it is that says it, one version after the other."""

from uuid import UUID

from ordergraph.infra.database import Tx
from ordergraph.infra.turns import take_turn
from ordergraph.kernel.actor import Role
from ordergraph.kernel.refusal import NotAllowed


async def seller_in_turn(tx: Tx, turn: int, action: str) -> UUID:
    """The seller who acts, alone until the transaction ends; raises NotAllowed for anybody else."""
    seller_id = tx.actor.user_id
    if Role.SELLER not in tx.actor.roles or seller_id is None:
        raise NotAllowed(action=action, role=min(tx.actor.roles, default=Role.SYSTEM))
    await take_turn(turn, seller_id)
    return seller_id
