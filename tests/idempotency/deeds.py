"""Everything that needs a key, each with somebody who may do it and a state in which it works."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from ordergraph.kernel.actor import Actor
from tests.disputes.documents import moved, opened
from tests.market import ADA, LAMPS, OLGA, Market, gid
from tests.states import cancel
from tests.withdrawals.documents import drafted

Input = dict[str, Any]
LAMP = {"sku": "L-1", "title": "Lamp", "quantity": 2, "unitPrice": "39.90"}
BASKET: Input = {"sellerExternalId": "nordic-lamps", "currency": "EUR", "lines": [LAMP]}


class Deed(NamedTuple):
    """Who does it; how things are made ready for it, which gives the input; what is shown."""

    actor: Actor
    ready: Callable[[Market], Awaitable[Input]]
    shown: str


async def _known(market: Market) -> Input:
    await market.place()  # so that the seller is known
    return BASKET


async def _placed(market: Market) -> Input:
    return {"orderId": gid("Order", (await market.place()).id)}


async def _cancelable(market: Market) -> Input:
    return {**await _placed(market), "reasonHandle": "other"}


async def _shippable(market: Market) -> Input:
    return {**await _placed(market), "carrier": "Post", "trackingNumber": "T1"}


async def _shipped(market: Market) -> Input:
    return {"orderId": gid("Order", (await market.ship(await market.place())).id)}


async def _promised(market: Market) -> Input:
    done = await cancel(market, await market.place())
    assert done.refund is not None
    return {"refundId": gid("Refund", done.refund.id)}


async def _delivered(market: Market) -> Input:
    return {"orderId": gid("Order", (await market.deliver(await market.place())).id)}


async def _drafted(market: Market) -> Input:
    draft = await drafted(market, await market.deliver(await market.place()))
    return {"withdrawalId": gid("Withdrawal", draft.id)}


async def _complaint(market: Market) -> Input:
    order = await market.deliver(await market.place())
    return {
        "orderId": gid("Order", order.id),
        "reasonHandle": "damaged",
        "description": "It broke.",
        "amount": "10.00",
        "asked": "REFUND_ONLY",
        "evidence": [{"type": "PHOTO", "note": "The crack."}],
    }


async def _disputed(market: Market, **other: str) -> Input:
    return {"disputeId": (await opened(market, **other))["id"]}


async def _refused(market: Market) -> Input:
    found = await _disputed(market)
    await moved(market, LAMPS, "disputeRefuse", found["disputeId"], ', note: "No."')
    return found


async def _reviewed(market: Market) -> Input:
    found = await _refused(market)
    await moved(market, ADA, "disputeEscalate", found["disputeId"])
    return {**found, "amount": "5.00"}


async def _to_be_sent(market: Market) -> Input:
    found = await _disputed(market, asked="RETURN_AND_REFUND")
    await moved(market, LAMPS, "disputeAccept", found["disputeId"])
    return {**found, "carrier": "Post", "trackingNumber": "T2"}


async def _on_its_way(market: Market) -> Input:
    sent = await _to_be_sent(market)
    parcel = ', carrier: "Post", trackingNumber: "T2"'
    await moved(market, ADA, "returnShip", sent["disputeId"], parcel)
    return {"disputeId": sent["disputeId"]}


async def _address(market: Market) -> Input:
    await market.place()
    return {"lines": ["Dock 3"], "countryCode": "DE", "estimatedCost": "3.90", "currency": "EUR"}


async def _noted(market: Market) -> Input:
    return {**await _disputed(market), "note": "No."}


async def _announced(market: Market) -> Input:
    return {**await _placed(market), "fileName": "a.png", "contentType": "image/png", "size": 9}


async def _shown(market: Market) -> Input:
    return {**await _disputed(market), "type": "OTHER", "note": "See."}


async def _limited(market: Market) -> Input:
    return {**await _disputed(market), "amount": "5.00"}


async def _ruled(market: Market) -> Input:
    await _known(market)
    return {"rules": [{"currency": "EUR", "acceptUpTo": "5.00"}]}


async def _written(market: Market) -> Input:
    return {**await _disputed(market), "body": "Hello."}


ORDER = "order { id status refunds { id status } }"
CANCELED = f"{ORDER} cancellation {{ id whole }} refund {{ id status dueAt }}"
DISPUTE = "dispute { id status messageCount order { status } refund { id } }"
WITHDRAWAL = "withdrawal { id status dispute { id status } acknowledgement { id sha256 } }"
EDGE = "edge { cursor node { id body sentAt } }"
EDGE_OF_A_NOTE = "edge { cursor node { id body writtenAt } }"

# fmt: off
DEEDS = {
    # mutation               who    in which state  what is shown
    "orderPlace":            Deed(ADA,   _known,      ORDER),
    "orderShip":             Deed(LAMPS, _shippable,  ORDER),
    "orderMarkDelivered":    Deed(LAMPS, _shipped,    ORDER),
    "orderConfirmReceipt":   Deed(ADA,   _shipped,    ORDER),
    "orderCancel":           Deed(ADA,   _cancelable, CANCELED),
    "refundRelease":         Deed(LAMPS, _promised,   "refund { id status }"),
    "disputeOpen":           Deed(ADA,   _complaint,  DISPUTE),
    "disputeAccept":         Deed(LAMPS, _disputed,   DISPUTE),
    "disputeRefuse":         Deed(LAMPS, _noted,      DISPUTE),
    "disputeWithdraw":       Deed(ADA,   _disputed,   DISPUTE),
    "disputeEscalate":       Deed(ADA,   _refused,    DISPUTE),
    "disputeDecide":         Deed(OLGA,  _reviewed,   DISPUTE),
    "attachmentCreate":      Deed(ADA,   _announced,  "attachment { id fileName status upload { url } }"),
    "disputeEvidenceAdd":    Deed(LAMPS, _shown,      "edge { cursor node { id type note } }"),
    "disputeLimitSet":       Deed(LAMPS, _limited,    DISPUTE),
    "sellerRulesPublish":    Deed(LAMPS, _ruled,      "sellerRules { id version }"),
    "messageSend":           Deed(ADA,   _written,    EDGE),
    "disputeNoteAdd":        Deed(OLGA,  _written,    EDGE_OF_A_NOTE),
    "returnShip":            Deed(ADA,   _to_be_sent, DISPUTE),
    "returnAcknowledge":     Deed(LAMPS, _on_its_way, DISPUTE),
    "returnMarkDelivered":   Deed(OLGA,  _on_its_way, DISPUTE),
    "returnAddressSet":      Deed(LAMPS, _address,    "returnAddress { id lines changedAt }"),
    "withdrawalStart":       Deed(ADA,   _delivered,  "withdrawal { id status order { status } }"),
    "withdrawalConfirm":     Deed(ADA,   _drafted,    WITHDRAWAL),
}
# fmt: on

NO = "... on UserError { message } ... on IdempotencyError { retryable }"


def document(name: str, shown: str | None = None) -> str:
    """The mutation by itself, with its input as a variable."""
    capital = name[0].upper() + name[1:]
    return f"""mutation Do($input: {capital}Input!) {{
      {name}(input: $input) {{
        __typename {NO} ... on {capital}Success {{ {shown or DEEDS[name].shown} }} }} }}"""


async def do(
    market: Market, name: str, given: Input, key: str, actor: Actor | None = None
) -> dict[str, Any]:
    """Ask for it under this key; return the member of the union that came back."""
    data = await market.ask(actor or DEEDS[name].actor, document(name), key=key, input=given)
    answer: dict[str, Any] = data[name]
    return answer


CANCEL = DEEDS["orderCancel"]
PLACE = DEEDS["orderPlace"]
