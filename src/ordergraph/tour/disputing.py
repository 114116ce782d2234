"""After delivery: a dispute, its thread, and the three ways it may end."""

from ordergraph.kernel.money import Money
from ordergraph.kernel.policy import Policy
from ordergraph.tour import documents
from ordergraph.tour.client import Person, Watch
from ordergraph.tour.narrator import Step, shown
from ordergraph.tour.play import Play, action
from ordergraph.tour.seen import BrokenPromise, Seen

PROTECTION = Policy().span("protection_s")
BUYER_RESPONSE = Policy().span("buyer_response_s")
SELLER_RESPONSE = Policy().span("seller_response_s")


async def decided(play: Play) -> None:
    """The two write to each other, cannot agree, and the operator decides for a part."""
    order = await delivered(play, "Floor lamp", "80.00")
    dispute = await opened(play, order, "not-as-described", "80.00")
    await _thread(play, dispute)
    await _refused(play, dispute)
    with play.step(play.ada, "does not let it rest: she asks the operator") as step:
        case = await _do(play.ada, documents.DISPUTE_ESCALATE, dispute, note="Please look at it.")
        step.promised("the dispute", case.text("status"), "UNDER_REVIEW")
        step.promised("its stage", case.text("stage"), "MEDIATION")
        step.sees(consequence(case, "DECISION_DUE"))
    with play.step(play.olga, "decides: 30.00 EUR go back") as step:
        case = await _do(
            play.olga, documents.DISPUTE_DECIDE, dispute, amount="30.00", note="A fair part."
        )
        step.promised("the outcome", case.text("outcome"), "REFUNDED_PARTIAL")
        step.promised("who decided", case.text("decidedBy"), "OPERATOR")
        promised_refund(step, case, Money(3000, "EUR"))


async def accepted(play: Play) -> None:
    """The seller accepts: the same promise, the same machinery, released early."""
    order = await delivered(play, "Wall lamp", "45.00")
    dispute = await opened(play, order, "ordered-by-mistake", "45.00")
    async with play.ada.watch(documents.DISPUTE_UPDATED, disputeId=dispute.text("id")) as cases:
        with play.step(play.lamps, "accepts it") as step:
            first = await cases.next()
            step.promised("what Ada watches", first.text("status"), "AWAITING_SELLER")
            case = await _do(play.lamps, documents.DISPUTE_ACCEPT, dispute)
            step.promised("the outcome", case.text("outcome"), "REFUNDED_FULL")
            live = await _until(cases, "RESOLVED")
            step.promised("what Ada watches", live.text("outcome"), "REFUNDED_FULL")
            promised_refund(step, case, Money(4500, "EUR"))
    with play.step(play.lamps, "sends the money at once, too") as step:
        refund = case.part("refund")
        await play.lamps.do(documents.RELEASE, refundId=refund.text("id"))
        sent = await play.sent(order, refund)
        step.holds("that it came before its date", sent.moment("sentAt") < refund.moment("dueAt"))
        step.promised("the money", sent.money("amount"), refund.money("amount"))
        step.sees(f"{sent.money('amount')} came back to Ada")


async def let_rest(play: Play) -> None:
    """Refused, and the buyer is silent past her deadline: closed without refund."""
    order = await delivered(play, "Night light", "12.00")
    dispute = await opened(play, order, "changed-mind", "12.00")
    case = await _refused(play, dispute)
    due_at = next(case.each("deadlines")).moment("dueAt")
    with play.step(play.ada, "lets it rest, until her time is over") as step:
        now = await play.advance("7d")
        step.holds("that her time is over", now >= due_at)
        found = await play.ada.ask(documents.DISPUTE_LOOK, id=dispute.text("id"))
        case = found.part("dispute")
        step.promised("the dispute", case.text("status"), "RESOLVED")
        step.promised("the outcome", case.text("outcome"), "NO_REFUND")
        step.promised("who decided", case.text("decidedBy"), "DEADLINE")
        step.promised_at("when", case.moment("closedAt"), due_at)
        step.holds("that there is no refund", case.is_null("refund"))
        step.sees(f"closed on {shown(case.moment('closedAt'))}, without refund")


async def delivered(play: Play, title: str, price: str) -> Seen:
    with play.step(play.ada, f"orders a {title.lower()}; it is shipped and comes") as step:
        return await arrived(play, step, await play.place(title, quantity=1, price=price))


async def arrived(play: Play, step: Step, order: Seen) -> Seen:
    """The order once it is shipped and delivered, from when on Ada may complain."""
    await play.ship(order, f"NP-{order.text('number')}")
    order = await play.deliver(order)
    ends_at = order.moment("protectionEndsAt")
    step.promised("the order", order.text("status"), "DELIVERED")
    step.promised_at("her protection", ends_at, order.moment("deliveredAt") + PROTECTION)
    button = action(order, "OPEN_DISPUTE")
    step.promised("the button for a dispute", button.flag("available"), True)
    step.sees(f"delivered; she may complain until {shown(ends_at)}")
    return order


async def opened(play: Play, order: Seen, reason: str, amount: str) -> Seen:
    with play.step(play.ada, f"opens a dispute: {reason}, {amount} EUR") as step:
        done = await play.ada.do(
            documents.DISPUTE_OPEN,
            orderId=order.text("id"),
            reasonHandle=reason,
            description="It is not what I had hoped for.",
            amount=amount,
            asked="REFUND_ONLY",
        )
        dispute, now = done.part("dispute"), await play.now()
        step.promised("the dispute", dispute.text("status"), "AWAITING_SELLER")
        step.promised("what she asks", dispute.money("amountRequested"), Money.parse(amount, "EUR"))
        deadline = deadline_of(dispute, "SELLER_RESPONSE_DUE")
        step.promised_at("the seller's time", deadline.moment("dueAt"), now + SELLER_RESPONSE)
        title = await play.told(play.lamps, "dispute.opened", order)
        step.sees(f"the seller reads “{title}”, and has until {shown(deadline.moment('dueAt'))}")
        return dispute


async def _thread(play: Play, dispute: Seen) -> None:
    """Each side sees at once what the other writes."""
    watched = {"disputeId": dispute.text("id")}
    async with (
        play.ada.watch(documents.MESSAGE_ADDED, **watched) as hers,
        play.lamps.watch(documents.MESSAGE_ADDED, **watched) as theirs,
    ):
        for person, body in (
            (play.ada, "The shade is blue, the picture shows it green."),
            (play.lamps, "Blue is what the description says."),
        ):
            with play.step(person, f"writes “{body}”") as step:
                done = await person.do(documents.MESSAGE_SEND, **watched, body=body)
                for watch in (hers, theirs):
                    message = (await watch.next()).part("node")
                    step.promised("the message", message.text("id"), done.text("edge.node.id"))
                    step.promised("its text", message.text("body"), body)
                step.sees("both have it before them")


async def _refused(play: Play, dispute: Seen) -> Seen:
    with play.step(play.lamps, "refuses") as step:
        case = await _do(play.lamps, documents.DISPUTE_REFUSE, dispute, note="It is as described.")
        now = await play.now()
        step.promised("the dispute", case.text("status"), "AWAITING_BUYER")
        deadline = deadline_of(case, "BUYER_RESPONSE_DUE")
        step.promised_at("the buyer's time", deadline.moment("dueAt"), now + BUYER_RESPONSE)
        step.holds("that no money is promised", case.is_null("refund"))
        step.sees(consequence(case, "BUYER_RESPONSE_DUE"))
        return case


async def _do(person: Person, document: str, dispute: Seen, **more: object) -> Seen:
    done = await person.do(document, disputeId=dispute.text("id"), **more)
    return done.part("dispute")


async def _until(cases: Watch, status: str) -> Seen:
    while (case := await cases.next()).text("status") != status:
        pass
    return case


def promised_refund(step: Step, case: Seen, amount: Money) -> None:
    refund = case.part("refund")
    step.promised("the refund", refund.text("status"), "SCHEDULED")
    step.promised("its cause", refund.text("cause"), "DISPUTE")
    step.promised("its amount", refund.money("amount"), amount)
    step.promised("what was approved", case.money("amountApproved"), amount)
    step.sees(f"{amount} promised by {shown(refund.moment('dueAt'))}")


def deadline_of(case: Seen, kind: str) -> Seen:
    for deadline in case.each("deadlines"):
        if deadline.text("kind") == kind:
            return deadline
    raise BrokenPromise(f"the dispute has no deadline {kind}")


def consequence(case: Seen, kind: str) -> str:
    deadline = deadline_of(case, kind)
    return f"{shown(deadline.moment('dueAt'))}: {deadline.text('consequence')}"
