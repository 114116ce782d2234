"""Until when people may do something with a refund."""

from datetime import datetime

from ordergraph.refunds.process import RefundAction, RefundFacts, RefundStatus, status_at


def open_until(action: RefundAction, refund: RefundFacts, now: datetime) -> datetime | None:
    """The end of what is possible now, if nobody acts; None where a gateway decides, which nobody knows.

    By the clock, whether or not a worker has run: a hold that is over is none. Calling it off goes on
    after a hold, for as long as the promised moment has not come.
    """
    match status_at(refund, now):
        case RefundStatus.SCHEDULED:
            return refund.due_at
        case RefundStatus.ON_HOLD if action is RefundAction.CANCEL:
            assert refund.hold_until is not None, "a hold has its end"
            return max(refund.hold_until, refund.due_at)
        case RefundStatus.ON_HOLD:
            return refund.hold_until
        case RefundStatus.REQUIRES_ACTION:
            return refund.action_due_at
    return None
