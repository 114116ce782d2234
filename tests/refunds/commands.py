"""What clients send to do something with a refund, and what comes back."""

from typing import Any

from ordergraph.kernel.actor import Actor
from ordergraph.refunds.models import Refund
from ordergraph.refunds.process import RefundAction
from tests.market import Market, gid
from tests.orders.commands import NO

A = RefundAction
COMMANDS: dict[RefundAction, tuple[str, dict[str, Any]]] = {
    # action: mutation, what is sent beside the refund
    A.RELEASE: ("refundRelease", {}),
    A.HOLD: ("refundHold", {"note": "Is the address right?"}),
    A.RESUME: ("refundResume", {}),
    A.CANCEL: ("refundCancel", {"note": "It was settled in the shop."}),
    A.RETRY: ("refundRetry", {}),
    A.CHANGE_METHOD: ("refundChangeMethod", {"method": "STORE_CREDIT"}),
    A.FAIL: ("refundFail", {"note": "Paid in cash."}),
}
SEEN = """id status method dueAt note bankReference pendingReason
  deadlines { kind dueAt } actions { kind available }"""


async def do(
    market: Market, actor: Actor | None, action: RefundAction, refund: Refund, **changes: Any
) -> dict[str, Any]:
    """Send the command as somebody; return the member of the union that came back."""
    data = await market.ask(actor, **request(action, refund, **changes))
    answer: dict[str, Any] = next(iter(data.values()))
    return answer


def request(action: RefundAction, refund: Refund, **changes: Any) -> dict[str, Any]:
    """The document and its variables, for `Market.ask` and `Market.execute`."""
    field, usual = COMMANDS[action]
    name = field[0].upper() + field[1:]
    document = f"""mutation Do($input: {name}Input!) {{
      {field}(input: $input) {{ __typename ...No
        ... on {name}Success {{ refund {{ {SEEN} }} }} }} }} {NO}"""
    sent = {"refundId": gid("Refund", refund.id), **usual, **changes}
    return {"document": document, "input": sent}
