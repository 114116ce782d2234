"""An answer that was lost on its way: the phone asks again, and nothing is done twice."""

from uuid import uuid4

from ordergraph.tour import documents
from ordergraph.tour.play import SHOP, Play
from ordergraph.tour.seen import Seen

CLOCK = {"sku": "CLOCK", "title": "Wall clock", "quantity": 1, "unitPrice": "24.00"}
BASKET = {"sellerExternalId": SHOP, "currency": "EUR", "lines": [CLOCK]}


async def lost_answers(play: Play) -> None:
    """One key for each thing that a person means to do: the same key again is the same thing."""
    order = await _ordered_once(play)
    key = await _canceled_once(play, order)
    await _meant_otherwise(play, order, key)
    await _without_a_key(play)


async def _ordered_once(play: Play) -> Seen:
    with play.step(
        play.ada, "orders a clock; the answer is lost, and her phone asks again"
    ) as step:
        key = str(uuid4())
        first = (await play.ada.do(documents.PLACE, key, **BASKET)).part("order")
        again = (await play.ada.do(documents.PLACE, key, **BASKET)).part("order")
        step.promised("the order", again.text("id"), first.text("id"))
        bought = (await play.ada.ask(documents.PURCHASES)).each("viewer.purchases.nodes")
        count = [order.text("id") for order in bought].count(first.text("id"))
        step.promised("how often she bought it", count, 1)
        step.sees(f"order {again.text('number')}, once")
    return first


async def _canceled_once(play: Play, order: Seen) -> str:
    with play.step(play.ada, "cancels it, in a tunnel: her phone asks three times") as step:
        key = str(uuid4())
        wish = {"orderId": order.text("id"), "reasonHandle": "no-longer-needed"}
        answers = [await play.ada.do(documents.CANCEL, key, **wish) for _ in range(3)]
        step.holds(
            "that all three answers are the same", all(a.value == answers[0].value for a in answers)
        )
        refunds = list((await play.look(play.ada, order)).each("refunds"))
        step.promised("how many refunds there are", len(refunds), 1)
        step.sees(f"canceled three times over; {refunds[0].money('amount')} promised once")
    return key


async def _meant_otherwise(play: Play, order: Seen, key: str) -> None:
    with play.step(play.ada, "uses the key of that for something else") as step:
        refused = await play.ada.refused(
            documents.CANCEL,
            "IdempotencyError",
            key,
            orderId=order.text("id"),
            reasonHandle="found-cheaper",
        )
        step.promised("whether to try again with it", refused.flag("retryable"), False)
        step.sees(f"“{refused.text('message')}”")


async def _without_a_key(play: Play) -> None:
    with play.step(play.ada, "orders with an app that knows nothing of keys") as step:
        before = await _newest(play)
        reply = await play.ada.post(documents.PLACE, {"input": BASKET})
        codes = [error.text("extensions.code") for error in reply.body.each("errors")]
        step.promised("the code", codes, ["IDEMPOTENCY_KEY_REQUIRED"])
        step.promised("her newest order", await _newest(play), before)
        step.sees(f"{codes[0]}, and nothing was ordered")


async def _newest(play: Play) -> str:
    bought = (await play.ada.ask(documents.PURCHASES)).each("viewer.purchases.nodes")
    return next(bought).text("id")
