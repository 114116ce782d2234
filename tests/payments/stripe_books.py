"""Stripe's side of the story: payments and refunds as its API shows them, and what it refuses.

Written after docs.stripe.com/api (payment intents, refunds, errors); strict where it matters to us.
"""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any, Final

Thing = dict[str, Any]

NO_DECIMAL_PLACES: Final = {"isk": 100, "ugx": 100, "kwd": 10, "bhd": 10}
CARDS: Final = {
    # payment method: the error that it is answered with
    "pm_capture_declined": ("card_declined", "generic_decline"),
    "pm_insufficient_funds": ("card_declined", "insufficient_funds"),
    "pm_expired": ("expired_card", None),
    "pm_authentication": ("authentication_required", "authentication_required"),
}
REFUSALS: Final = {
    # payment method: the code with which its refunds are refused
    "pm_refund_declined": "insufficient_funds",
    "pm_disputed": "charge_disputed",
}


class Refused(Exception):
    """An error as Stripe's API answers it."""

    def __init__(self, status: int, type_: str, message: str, **more: Any) -> None:
        self.status = status
        self.error = {"type": type_, "message": message, **more}
        super().__init__(message)


def invalid(message: str, *, status: int = 400, **more: Any) -> Refused:
    return Refused(status, "invalid_request_error", message, **more)


@dataclass
class StripeBooks:
    """One account."""

    intents: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    disputes: dict[str, Thing] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def pay(self, form: Thing) -> Thing:
        """POST /v1/payment_intents with confirm=true."""
        amount, currency = _amount(form), form.get("currency", "")
        method = form.get("payment_method", "")
        if form.get("confirm") != "true" or form.get("error_on_requires_action") != "true":
            raise invalid("This server only knows payments that are confirmed at once.")
        if list(form.get("allowed_payment_method_types", {}).values()) != ["card"]:
            raise invalid("This server only knows payments by card.")
        if not method.startswith("pm_"):
            raise invalid(
                f"No such PaymentMethod: '{method}'",
                code="resource_missing",
                param="payment_method",
            )
        if amount % NO_DECIMAL_PLACES.get(currency, 1):
            raise invalid("Invalid amount.", param="amount")
        intent = self._new("pi", "payment_intent", amount, currency, form)
        intent |= {"payment_method": method, "status": "succeeded", "amount_received": amount}
        if method in CARDS:
            code, decline_code = CARDS[method]
            intent |= {"status": "requires_payment_method", "amount_received": 0}
            self.intents[intent["id"]] = intent
            more = {"decline_code": decline_code} if decline_code else {}
            raise Refused(402, "card_error", "Your card was declined.", code=code, **more)
        if method == "pm_processing":
            intent |= {"status": "processing", "amount_received": 0}
        self.intents[intent["id"]] = intent
        self._meddle(intent)
        return intent

    def _meddle(self, intent: Thing) -> None:
        """What others do to a payment as soon as it is there."""
        if intent["payment_method"] == "pm_payment_disputed":
            self.contest(intent["id"], "needs_response")
        if intent["payment_method"] == "pm_given_elsewhere":
            part = str(intent["amount_received"] // 4)
            self.give_back({"payment_intent": intent["id"], "amount": part})

    def give_back(self, form: Thing) -> Thing:
        """POST /v1/refunds."""
        intent = self.intents.get(form.get("payment_intent", ""))
        if intent is None:
            raise invalid("No such payment_intent", code="resource_missing", param="payment_intent")
        amount, method = _amount(form), intent["payment_method"]
        if method in REFUSALS:
            raise invalid("This refund is refused.", code=REFUSALS[method])
        left = intent["amount_received"] - sum(
            refund["amount"] for refund in self.of_intent(intent["id"]) if _counts(refund)
        )
        if left == 0:
            raise invalid("Charge has already been refunded.", code="charge_already_refunded")
        if amount > left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                param="amount",
            )
        refund = self._new("re", "refund", amount, intent["currency"], form)
        later = method in {"pm_refund_pending", "pm_refund_fails_later"}
        refund |= {"payment_intent": intent["id"], "status": "pending" if later else "succeeded"}
        refund["destination_details"] = {
            "type": "card",
            "card": {"type": "pending" if later else "refund", "reference_status": "pending"},
        }
        if not later:
            refund["destination_details"]["card"]["reference"] = f"ARN{refund['id'][-8:]}"
        self.refunds[refund["id"]] = refund
        return refund

    def contest(self, intent_id: str, status: str) -> None:
        """The buyer's bank wants the money back."""
        intent = self.intents[intent_id]
        dispute = self._new("du", "dispute", intent["amount_received"], intent["currency"], {})
        self.disputes[dispute["id"]] = dispute | {"payment_intent": intent_id, "status": status}

    def settle(self) -> None:
        """What is pending has been booked, or not."""
        for refund in self.refunds.values():
            if refund["status"] != "pending":
                continue
            method = self.intents[refund["payment_intent"]]["payment_method"]
            if method == "pm_refund_fails_later":
                refund |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
            else:
                refund["status"] = "succeeded"

    def of_intent(self, intent_id: str) -> list[Thing]:
        return [r for r in self.refunds.values() if r["payment_intent"] == intent_id]

    def _new(self, prefix: str, kind: str, amount: int, currency: str, form: Thing) -> Thing:
        return {
            "id": f"{prefix}_{next(self.numbers):024d}",
            "object": kind,
            "amount": amount,
            "currency": currency,
            "created": int(time.time()),
            "metadata": form.get("metadata", {}),
        }


def _amount(form: Thing) -> int:
    text = str(form.get("amount", ""))
    if not text.isdecimal() or not 0 < int(text) < 10**8:
        raise invalid("Invalid positive integer", param="amount")
    return int(text)


def _counts(refund: Thing) -> bool:
    return refund["status"] in {"succeeded", "pending", "requires_action"}
