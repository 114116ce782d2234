"""Too late: the window is over, then the parcel is on its way; and a stranger sees nothing."""

from base64 import b64encode
from uuid import uuid4

from ordergraph.tour import documents
from ordergraph.tour.narrator import shown
from ordergraph.tour.play import CARRIER, Play, action
from ordergraph.tour.seen import BrokenPromise, Seen

TRACKING = "NP-4711"


async def too_late(play: Play) -> None:
    """After a day the option is gone; once shipped, it is gone for everyone."""
    with play.step(play.ada, "orders a reading lamp, and sleeps on it") as step:
        order = await play.place("Reading lamp", quantity=1, price="129.00")
        until = order.moment("cancelableUntil")
        now = await play.advance("24h")
        step.holds("that the window is over", now >= until)
        step.sees(f"It is {shown(now)} now.")
    await _window_closed(play, order)
    await _shipped(play, order)
    await _stranger(play, order)


async def _window_closed(play: Play, order: Seen) -> None:
    until = order.moment("cancelableUntil")
    with play.step(play.ada, "wants to cancel after all") as step:
        looked = await play.look(play.ada, order)
        button = action(looked, "CANCEL")
        step.promised("canCancel", looked.flag("canCancel"), False)
        step.promised("the button Cancel", button.flag("available"), False)
        refused = await play.ada.refused(
            documents.CANCEL,
            "CancelWindowClosedError",
            orderId=order.text("id"),
            reasonHandle="no-longer-needed",
        )
        step.promised("closedAt", refused.moment("closedAt"), until)
        said = button.text("blockedBy.message")
        step.promised("what the button said", said, refused.text("message"))
        step.sees(f"“{said}”")
    with play.step(play.lamps, "reads in the timeline when the window closed") as step:
        closed = await _event(play, order, "order.cancel_window_closed")
        step.promised_at("the moment", closed.moment("occurredAt"), until)
        step.promised("who did it", closed.text("actor"), "SYSTEM")
        step.sees(f"{shown(closed.moment('occurredAt'))}  {closed.text('summary')}")


async def _event(play: Play, order: Seen, kind: str) -> Seen:
    found = await play.lamps.ask(documents.TIMELINE, id=order.text("id"))
    for event in found.each("order.timeline.nodes"):
        if event.text("type") == kind:
            return event
    raise BrokenPromise(f"the timeline has no {kind}")


async def _shipped(play: Play, order: Seen) -> None:
    with play.step(play.lamps, "ships it") as step:
        shipped = await play.ship(order, TRACKING)
        step.promised("the order", shipped.text("status"), "SHIPPED")
        step.sees(f"{CARRIER} {TRACKING}")
    for person, reason in ((play.ada, "other"), (play.lamps, "other"), (play.olga, "other")):
        with play.step(person, "tries to cancel what is on its way") as step:
            refused = await person.refused(
                documents.CANCEL,
                "OrderAlreadyShippedError",
                orderId=order.text("id"),
                reasonHandle=reason,
            )
            step.promised("the tracking number", refused.text("trackingNumber"), TRACKING)
            step.promised("the carrier", refused.text("carrier"), CARRIER)
            step.sees(f"“{refused.text('message')}”")


async def _stranger(play: Play, order: Seen) -> None:
    made_up = b64encode(f"Order:{uuid4()}".encode()).decode()
    with play.step(play.ben, "tries somebody else's order, and one that he made up") as step:
        answers = []
        for order_id in (order.text("id"), made_up):
            looked = await play.ben.ask(documents.LOOK, id=order_id)
            step.holds("that he sees nothing", looked.is_null("order"))
            refused = await play.ben.refused(
                documents.CANCEL, "NotFoundError", orderId=order_id, reasonHandle="other"
            )
            answers.append(refused.value)
        step.promised("the answer to a stranger", answers[0], answers[1])
        step.sees(f"“{answers[0]['message']}”, twice")
