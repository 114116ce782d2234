"""What Stripe's errors mean to us: a definite no, too often, a mistake of ours, or nothing certain.

Source: docs.stripe.com/api/errors, docs.stripe.com/error-codes, docs.stripe.com/declines/codes and
the description of `Refund.failure_reason`. A card error and a request that is refused as invalid
moved no money; after anything that is not listed here, money may have moved.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import stripe
import structlog

from ordergraph.payments.gateways.protocol import (
    Contradiction,
    Declined,
    OutcomeUnknown,
    RateLimited,
    Standing,
    UnusableGateway,
)

# fmt: off
STANDINGS: Final = {
    # a refund's status
    "succeeded":       Standing.SUCCEEDED,
    "pending":         Standing.PENDING,
    "requires_action": Standing.PENDING,   # the buyer has a message from Stripe
    "failed":          Standing.FAILED,
    "canceled":        Standing.FAILED,
}
FAILURES: Final = {
    # a refund's failure_reason, or the code of the error that it was refused with
    "lost_or_stolen_card":                "CARD_LOST",
    "expired_or_canceled_card":           "CARD_EXPIRED",
    "declined":                           "DECLINED",
    "insufficient_funds":                 "INSUFFICIENT_FUNDS",
    "balance_insufficient":               "INSUFFICIENT_FUNDS",
    "charge_for_pending_refund_disputed": "PAYMENT_DISPUTED",
    "charge_disputed":                    "PAYMENT_DISPUTED",
    "refund_disputed_payment":            "PAYMENT_DISPUTED",
    "charge_already_refunded":            "ALREADY_REFUNDED",
}
CARD_DECLINES: Final = {
    # the decline code of a card error, or else its code
    "insufficient_funds":      "INSUFFICIENT_FUNDS",
    "expired_card":            "CARD_EXPIRED",
    "authentication_required": "AUTHENTICATION_REQUIRED",
    "incorrect_number":        "INVALID_PAYMENT_METHOD",
    "invalid_account":         "INVALID_PAYMENT_METHOD",
}
REFUSED_PARAMS: Final = {
    # which part of a capture was refused as invalid
    "payment_method": "INVALID_PAYMENT_METHOD",
    "amount":         "UNSUPPORTED_AMOUNT",
    "currency":       "UNSUPPORTED_AMOUNT",
}
# fmt: on
HARMLESS: Final = frozenset({"won", "prevented", "warning_closed"})
"""The states of a dispute in which the bank has none of the money, and is not going to take it."""
DEFAULT_WAIT: Final = timedelta(seconds=1)  # Stripe's own limits are by the second
LONGEST_WAIT: Final = timedelta(minutes=10)

log = structlog.get_logger(__name__)
No = Callable[[stripe.StripeError], Exception]


@contextmanager
def told(no: No) -> Iterator[None]:
    """Raise what Stripe's error means; `no` reads those by which it refuses.

    The error itself is left behind: it holds the whole answer, and may hold people's data.
    """
    try:
        yield
    except stripe.StripeError as problem:
        log.info("stripe.refused", code=problem.code, request=problem.request_id)
        raise meaning(problem, no) from None


def meaning(problem: stripe.StripeError, no: No) -> Exception:
    """The protocol's exception for an error of Stripe's."""
    said = f"{type(problem).__name__} {problem.http_status}, request {problem.request_id}"
    match problem:
        case stripe.RateLimitError():
            return RateLimited(_wait(problem.headers or {}))
        case stripe.IdempotencyError():
            log.error("stripe.key_reused", request=problem.request_id)
            return Contradiction(f"Stripe knows the key with other parameters ({said})")
        case stripe.AuthenticationError() | stripe.PermissionError():
            return UnusableGateway(f"Stripe does not accept the API key ({said})")
        case stripe.CardError() | stripe.InvalidRequestError():
            return no(problem)
    return OutcomeUnknown(said)


def no_capture(problem: stripe.StripeError) -> Exception:
    """A payment that was refused."""
    if isinstance(problem, stripe.CardError):
        code = _error(problem).get("decline_code") or problem.code
        return Declined(CARD_DECLINES.get(str(code), "DECLINED"))
    param = _error(problem).get("param")
    if param not in REFUSED_PARAMS:
        log.error("stripe.capture_invalid", param=param, request=problem.request_id)
    return Declined(REFUSED_PARAMS.get(str(param), "UNKNOWN"))


def no_refund(problem: stripe.StripeError) -> Exception:
    """A refund that was refused; a payment that is not there at all is not this account's."""
    if problem.code == "resource_missing":
        return UnusableGateway("Stripe does not know the payment: is it another account's key?")
    return Declined(FAILURES.get(str(problem.code), "UNKNOWN"))


def no_answer(problem: stripe.StripeError) -> Exception:
    """A question that was refused."""
    return OutcomeUnknown(f"{type(problem).__name__} {problem.code}, request {problem.request_id}")


def _error(problem: stripe.StripeError) -> Mapping[str, object]:
    body = problem.json_body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


def _wait(headers: Mapping[str, str]) -> timedelta:
    """How long Stripe asks us to wait, within reason; it does not always say."""
    seconds = headers.get("retry-after", "")
    asked = timedelta(seconds=int(seconds)) if seconds.isdecimal() else timedelta()
    return min(asked, LONGEST_WAIT) or DEFAULT_WAIT
