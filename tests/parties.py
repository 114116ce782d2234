"""Who has a part in an order, what a table lets them do, and what they hear who may not."""

from typing import Any

from ordergraph.api.refusals import answer_to
from ordergraph.kernel.actor import Role
from ordergraph.kernel.process import Process
from ordergraph.kernel.refusal import Refusal
from tests.market import ADA, LAMPS, OLGA

PARTIES = {Role.BUYER: ADA, Role.SELLER: LAMPS, Role.OPERATOR: OLGA}


def may(process: Process[Any, Any], action: str, state: str) -> set[Role]:
    """As it is written in the table, whatever the process itself says of it."""
    rows = [move for move in process.moves if (move.action, move.start) == (action, state)]
    return {role for move in rows for role in move.by}


def after(process: Process[Any, Any], action: str, state: str) -> str:
    """Where it leads, the same way."""
    (to,) = [move.to for move in process.moves if (move.action, move.start) == (action, state)]
    return str(to)


def tells(answer: dict[str, Any], refusal: Refusal | None) -> bool:
    """Whether a mutation answered by this very refusal."""
    assert refusal is not None, f"nothing speaks against it, but it answered {answer}"
    kind, sentence = type(answer_to(refusal, "en")).__name__, refusal.sentence("en")
    return (answer["__typename"], answer["message"]) == (kind, sentence)
