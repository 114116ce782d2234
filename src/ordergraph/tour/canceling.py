"""Ordered too quickly: canceled in time, in part, by the seller, and too late."""

from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import Policy
from ordergraph.tour import documents
from ordergraph.tour.client import Watch
from ordergraph.tour.narrator import shown
from ordergraph.tour.play import WAY, Play, action
from ordergraph.tour.seen import BrokenPromise, Seen

WINDOW = Policy().span("cancel_window_s")
WAIT = Policy().span("refund_delay_s")


async def out_of_stock(play: Play) -> None:
    """What a shop hands in for its buyer; and what is the seller's fault has no seven days."""
    with play.step(play.olga, "hands in an order that Ada made by telephone") as step:
        order = await play.hand_in("Old lamp", price="19.00")
        step.promised("the order", order.text("status"), "PROCESSING")
        step.sees(f"order {order.text('number')} of {order.money('total')}")
    with play.step(play.lamps, "has none left and cancels") as step:
        done = await play.lamps.do(
            documents.CANCEL, orderId=order.text("id"), reasonHandle="out-of-stock"
        )
        refund, at = done.part("refund"), done.moment("cancellation.canceledAt")
        step.promised("the refund's date", refund.moment("dueAt"), at)
        sent = await play.sent(order, refund)
        step.promised_at("when it was sent", sent.moment("sentAt"), at)
        step.sees(f"{sent.money('amount')} went back at once: it was the seller's fault")


async def in_time(play: Play) -> None:
    """The day to change one's mind, the promise, and the seller who keeps it sooner."""
    order = await _order(play)
    await _look_before(play, order)
    async with play.ada.watch(documents.REFUND_UPDATED, orderId=order.text("id")) as refunds:
        refund = await _cancel(play, order, refunds)
        await _seller_is_told(play, order)
        await _release(play, order, refund, refunds)
    with play.step(play.ada, "looks at the order once more") as step:
        order = await play.look(play.ada, order)
        step.promised("the payment", order.text("paymentStatus"), "REFUNDED")
        step.promised("what came back", order.money("refunded"), order.money("total"))
        step.sees(f"{order.money('refunded')} of {order.money('total')} came back")


async def _order(play: Play) -> Seen:
    with play.step(play.ada, "orders two desk lamps at Nordic Lamps") as step:
        order = await play.place("Desk lamp", quantity=2, price="39.90")
        until = order.moment("cancelableUntil")
        step.promised("the order", order.text("status"), "PROCESSING")
        step.promised("the total", order.money("total"), Money(8470, "EUR"))
        step.promised("canCancel", order.flag("canCancel"), True)
        step.promised_at("cancelableUntil", until, order.moment("placedAt") + WINDOW)
        step.sees(f"order {order.text('number')}, {order.money('total')}, paid")
        step.sees(f"“You can cancel it until {shown(until)}.”")
        return order


async def _look_before(play: Play, order: Seen) -> None:
    with play.step(play.ada, "looks at her purchases") as step:
        bought = (await play.ada.ask(documents.PURCHASES)).each("viewer.purchases.nodes")
        first = next(bought, None)
        step.promised("the newest purchase", first and first.text("id"), order.text("id"))
        cancel = action(order, "CANCEL")
        step.promised("the button Cancel", cancel.flag("available"), True)
        step.promised("its end", cancel.moment("until"), order.moment("cancelableUntil"))
        step.sees("the new order on top, with a button: Cancel")
    with play.step(play.ada, "sees what it would give, before she presses it") as step:
        found = await play.ada.ask(documents.PREVIEW, id=order.text("id"))
        preview, now = found.part("order.cancellationPreview"), await play.now()
        step.promised("the preview's amount", preview.money("amount"), order.money("total"))
        step.promised_at("the preview's date", preview.moment("dueAt"), now + WAIT)
        step.holds("that nothing blocks it", preview.is_null("blockedBy"))
        step.sees(f"{preview.money('amount')}, by {shown(preview.moment('dueAt'))} at the latest")
    with play.step(play.ada, "reads the reasons; her mother reads them in German") as step:
        english, german = [await _reasons(play, language) for language in ("en", "de")]
        step.promised("the reasons in German", list(german), list(english))
        step.holds("that “no-longer-needed” is one", "no-longer-needed" in english)
        label, other = english["no-longer-needed"], german["no-longer-needed"]
        step.holds("that the labels differ", label != other)
        step.sees(f"{len(english)} reasons, among them “{label}” or “{other}”")


async def _reasons(play: Play, language: str) -> dict[str, str]:
    found = await play.ada.ask(documents.REASONS, language, context="CANCELLATION")
    return {reason.text("handle"): reason.text("label") for reason in found.each("reasons")}


async def _cancel(play: Play, order: Seen, refunds: Watch) -> Seen:
    with play.step(play.ada, "cancels: “I no longer need it”, and watches the refund") as step:
        done = await play.ada.do(
            documents.CANCEL,
            orderId=order.text("id"),
            reasonHandle="no-longer-needed",
            note="Sorry!",
        )
        refund, at = done.part("refund"), done.moment("cancellation.canceledAt")
        step.promised("the order", done.text("order.status"), "CANCELED")
        step.promised("the refund", refund.text("status"), "SCHEDULED")
        step.promised("its amount", refund.money("amount"), order.money("total"))
        step.promised("its date", refund.moment("dueAt"), at + WAIT)
        live = await refunds.next()
        step.promised("what she watches", live.text("id"), refund.text("id"))
        step.promised("its first state", live.text("status"), "SCHEDULED")
        step.sees(f"canceled; {refund.money('amount')} by {shown(refund.moment('dueAt'))}")
    with play.step(play.ada, "presses Cancel a second time") as step:
        again = await play.ada.refused(
            documents.CANCEL,
            "OrderAlreadyCanceledError",
            orderId=order.text("id"),
            reasonHandle="no-longer-needed",
        )
        step.promised("when it was canceled", again.moment("canceledAt"), at)
        step.sees(f"“{again.text('message')}”")
    return refund


async def _seller_is_told(play: Play, order: Seen) -> None:
    with play.step(play.lamps, "is told") as step:
        title = await play.told(play.lamps, "order.canceled", order)
        step.holds("that it names the order", order.text("number") in title)
        step.sees(f"“{title}”")


async def _release(play: Play, order: Seen, refund: Seen, refunds: Watch) -> None:
    with play.step(play.lamps, "releases the money before its date") as step:
        await play.lamps.do(documents.RELEASE, refundId=refund.text("id"))
        states = await _watch_to_the_end(refunds)
        ranks = [WAY.index(state) for state in states]
        step.promised("the way of the refund", ranks, sorted(ranks))
        told = await play.told(play.ada, "refund.succeeded", order)
        step.sees(f"Ada watches: {' → '.join(dict.fromkeys(states))}; “{told}”")


async def _watch_to_the_end(refunds: Watch) -> list[str]:
    states = ["SCHEDULED"]
    while states[-1] != "SUCCEEDED":
        state = (await refunds.next()).text("status")
        if state not in WAY:
            raise BrokenPromise(f"the refund went to {state}")
        states.append(state)
    return states


async def in_part(play: Play) -> None:
    """By line and quantity, exact to the cent; and a promise that is kept without anybody."""
    with play.step(play.ada, "orders three shades for 100.00, a price that thirds badly") as step:
        order = await play.place("Shade", quantity=3, price="35.00", discount="5.00")
        total = order.money("total")
        step.promised("the total", total, Money(10490, "EUR"))
        step.sees(f"order {order.text('number')}, {total}")
    first = await _cancel_one(play, order)
    second = await _cancel_one(play, order)
    with play.step(play.ada, "adds it up") as step:
        order = await play.look(play.ada, order)
        promised = first.money("amount") + second.money("amount")
        step.promised("the order", order.text("status"), "PROCESSING")
        step.promised("what is left", order.money("refundable"), total - promised)
        line = next(order.each("lines"))
        step.promised("pieces canceled", line.number("canceledQuantity"), 2)
        step.sees(f"{promised} promised back, {order.money('refundable')} stay")
    await _in_a_week(play, order, first, second)


async def _cancel_one(play: Play, order: Seen) -> Seen:
    """One piece more; what the preview said is what is promised."""
    with play.step(play.ada, "cancels one shade") as step:
        line = next(order.each("lines"))
        lines = [{"lineId": line.text("id"), "quantity": 1}]
        order_id = order.text("id")
        found = await play.ada.ask(documents.PREVIEW, id=order_id, lines=lines)
        done = await play.ada.do(
            documents.CANCEL, orderId=order_id, reasonHandle="wrong-item-or-option", lines=lines
        )
        refund = done.part("refund")
        amount = refund.money("amount")
        preview = found.money("order.cancellationPreview.amount")
        step.promised("the amount", amount, preview)
        parts = sum((part.money("amount").minor for part in refund.each("lines")), start=0)
        rest = refund.money("shipping") + refund.money("adjustment")
        step.promised("the sum of its parts", parts + rest.minor, amount.minor)
        step.promised("the end of the order", done.flag("cancellation.whole"), False)
        step.sees(f"{amount} promised by {shown(refund.moment('dueAt'))}")
    return refund


async def _in_a_week(play: Play, order: Seen, *refunds: Seen) -> None:
    with play.step(play.lamps, "ships the third one; then a week goes by") as step:
        await play.ship(order, "NP-0003")
        now = await play.advance("7d")
        step.sees(f"It is {shown(now)} now.")
    with play.step(play.ada, "has the money on the promised day; nobody did anything") as step:
        for refund in refunds:
            sent = await play.sent(order, refund)
            step.promised_at("when it was sent", sent.moment("sentAt"), refund.moment("dueAt"))
        order = await play.look(play.ada, order)
        back = refunds[0].money("amount") + refunds[1].money("amount")
        step.promised("what came back", order.money("refunded"), back)
        step.promised("the payment", order.text("paymentStatus"), "PARTIALLY_REFUNDED")
        step.sees(f"{order.money('refunded')} came back, the rest is paid for")
