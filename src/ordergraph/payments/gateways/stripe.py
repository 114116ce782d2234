"""Stripe, through its own SDK: `pip install 'ordergraph[stripe]'`.

The SDK never repeats a call by itself: whether to ask again is decided where it is known what was
asked before. Our references travel as metadata, so that what Stripe did can be found without its
idempotency keys, which it forgets after a day.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import stripe

from ordergraph.infra import correlation
from ordergraph.kernel.currencies import EXPONENTS
from ordergraph.kernel.money import Money
from ordergraph.payments.gateways.protocol import (
    BadWebhook,
    Capture,
    CaptureReceipt,
    Declined,
    JournalEntry,
    OutcomeUnknown,
    RefundOrder,
    RefundReceipt,
    Standing,
    Surroundings,
    UnusableGateway,
    WebhookEvent,
)
from ordergraph.payments.gateways.stripe_answers import (
    FAILURES,
    HARMLESS,
    STANDINGS,
    no_answer,
    no_capture,
    no_refund,
    told,
)
from ordergraph.payments.gateways.stripe_money import money, units

PAYMENT, REFUND, KEY = "ordergraph_payment", "ordergraph_refund", "ordergraph_key"
RINGS: Final = frozenset({"refund.updated", "refund.failed", "charge.refund.updated"})
UNREADABLE: Final = (
    stripe.SignatureVerificationError,
    ValueError,  # no JSON, no UTF-8
    AttributeError,  # JSON of another shape
    TypeError,
)
TOLERANCE_S: Final = 300
PAGE: Final = 100  # Stripe's largest
HTTP_TIMEOUT_S: Final = 60.0  # the cashier gives up sooner; this is for everybody else
ASTRAY: Final = timedelta(hours=1)
"""How far Stripe's time of a payment may lie outside of the time in which we asked for it: clocks
differ, and a request may be long on its way.
"""

stripe.enable_telemetry = False  # it would write an id of this machine into the home folder


class Stripe:
    """Options: `api_key`; `webhook_secret`, to hear webhooks; `base_url`, for another server."""

    name = "stripe"
    real_money = True
    """With a test key too: Stripe's clock would not move with ours."""

    def __init__(self, around: Surroundings) -> None:
        options = around.only("api_key", "webhook_secret", "base_url")
        self._webhook_secret = options.get("webhook_secret")
        self._http = _Http(timeout=HTTP_TIMEOUT_S)
        self._client = stripe.StripeClient(
            _api_key(options),
            base_addresses={"api": _base_url(options)},
            max_network_retries=0,
            http_client=self._http,
        )

    async def capture(self, capture: Capture) -> CaptureReceipt:
        """Create and confirm at once; a payment that wants the buyer's confirmation is declined.

        Of cards alone, which answer at once. Source: docs.stripe.com/payments/payment-methods,
        "Delayed notification": debits of bank accounts take days, and the order would have expired.
        """
        if capture.token is None:
            raise Declined("INVALID_PAYMENT_METHOD")
        with told(no_capture):
            intent = await self._client.v1.payment_intents.create_async(
                {
                    "amount": units(capture.amount),
                    "currency": capture.amount.currency.lower(),
                    "payment_method": capture.token,
                    "confirm": True,
                    "error_on_requires_action": True,
                    "allowed_payment_method_types": ["card"],  # others may answer days later
                    "metadata": {PAYMENT: str(capture.payment_reference)},
                },
                {"idempotency_key": capture.idempotency_key},
            )
        if intent.status != "succeeded":
            raise OutcomeUnknown(f"the payment is {intent.status}")
        return _captured(intent)

    async def find_capture(self, payment_reference: UUID, until: datetime) -> CaptureReceipt | None:
        """Look through the payments of the time in which ours may have been made.

        Stripe's search by metadata lags behind ("don't use it for read-after-write"); its lists do
        not. Our payments' ids begin with the time (UUID version 7), which keeps the list short: it
        ends with the time to pay, as a repeat is a payment of its own once its key is forgotten.
        """
        with told(no_answer):
            async for intent in await self._payments(_around(payment_reference, until)):
                ours = _metadata(intent).get(PAYMENT) == str(payment_reference)
                if ours and intent.status == "succeeded":
                    return _captured(intent)
        return None

    async def refund(self, order: RefundOrder) -> RefundReceipt:
        """A no is settled by looking: "already refunded" may well be by ourselves."""
        try:
            with told(no_refund):
                refund = await self._client.v1.refunds.create_async(
                    {
                        "payment_intent": order.payment_gateway_reference,
                        "amount": units(order.amount),
                        "metadata": {REFUND: str(order.reference), KEY: order.idempotency_key},
                    },
                    {"idempotency_key": order.idempotency_key},
                )
        except Declined:
            known = await self.find_refund(order)
            if known is None or known.standing is Standing.FAILED:
                raise
            return known
        return _refunded(refund)

    async def find_refund(self, order: RefundOrder) -> RefundReceipt | None:
        failed = None
        with told(no_answer):
            of_payment = {"payment_intent": order.payment_gateway_reference}
            async for refund in await self._refunds(of_payment):
                said = _metadata(refund)
                if said.get(REFUND) != str(order.reference):
                    continue
                receipt = _refunded(refund)
                if receipt.standing is not Standing.FAILED:
                    return receipt
                if said.get(KEY) == order.idempotency_key:
                    failed = receipt
        return failed

    async def remaining(self, order: RefundOrder) -> Money:
        """Disputes count from the bank's first question on, until they are over in our favor."""
        payment = order.payment_gateway_reference
        query: Any = {"payment_intent": payment, "limit": PAGE}
        with told(no_answer):
            intent = await self._client.v1.payment_intents.retrieve_async(payment)
            disputes = await self._client.v1.disputes.list_async(query)
            async for dispute in disputes.auto_paging_iter():
                if dispute.status not in HARMLESS:
                    raise Declined("PAYMENT_DISPUTED")
            refunds = await self._refunds({"payment_intent": payment})
            back = [r.amount async for r in refunds if _standing(r) is not Standing.FAILED]
        return money(intent.amount_received - sum(back), intent.currency)

    async def journal(self, since: datetime) -> AsyncIterator[JournalEntry]:
        created: Any = {"gte": int(since.timestamp())}
        with told(no_answer):
            async for intent in await self._payments(created):
                if intent.status == "succeeded" and _is_known(intent):
                    yield _line(intent, "CAPTURE", PAYMENT, intent.amount_received)
            async for refund in await self._refunds({"created": created}):
                if _is_known(refund):
                    yield _line(refund, "REFUND", REFUND, refund.amount)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookEvent | None:
        """The signature and its age are checked by the SDK; what is not about a refund is None."""
        signature = headers.get("stripe-signature", "")
        if not self._webhook_secret or not signature.isascii():
            raise BadWebhook("no webhook secret is configured, or the signature is none")
        try:
            event = self._client.construct_event(
                body, signature, self._webhook_secret, tolerance=TOLERANCE_S
            ).to_dict()
            return _ring(event) if event.get("type") in RINGS else None
        except UNREADABLE as problem:
            raise BadWebhook(type(problem).__name__) from None

    async def aclose(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK's

    async def _payments(self, created: dict[str, int]) -> AsyncIterator[stripe.PaymentIntent]:
        query: Any = {"created": created, "limit": PAGE}
        return (await self._client.v1.payment_intents.list_async(query)).auto_paging_iter()

    async def _refunds(self, which: dict[str, Any]) -> AsyncIterator[stripe.Refund]:
        query: Any = {**which, "limit": PAGE}
        return (await self._client.v1.refunds.list_async(query)).auto_paging_iter()


class _Http(stripe.HTTPXClient):
    """The SDK's asynchronous client, without the way of sending a body that httpx deprecates.

    Each call says for which request it is made; Stripe keeps it in the log of its dashboard.
    """

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> Any:
        if request_id := correlation.current():
            headers = {**headers, correlation.HEADER: request_id}
        args, kwargs = super()._get_request_args_kwargs(method, url, headers, post_data)
        kwargs["content"] = kwargs.pop("data") or None
        return args, kwargs


def _api_key(options: Mapping[str, str]) -> str:
    key = options.get("api_key", "")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise UnusableGateway("the gateway 'stripe' needs ORDERGRAPH_GATEWAY_OPTIONS__API_KEY")
    return key


def _base_url(options: Mapping[str, str]) -> str:
    url = options.get("base_url", stripe.DEFAULT_API_BASE)
    if not url.startswith(("https://", "http://")):
        raise UnusableGateway("the option 'base_url' should look like https://api.example.org")
    return url.rstrip("/")


def _around(payment_reference: UUID, until: datetime) -> dict[str, int]:
    if payment_reference.version != 7:
        return {}
    placed = datetime.fromtimestamp((payment_reference.int >> 80) / 1000, UTC)
    return {
        "gte": int((placed - ASTRAY).timestamp()),
        "lte": int((until + ASTRAY).timestamp()),
    }


def _standing(thing: stripe.PaymentIntent | stripe.Refund) -> Standing:
    return STANDINGS[thing.status or "pending"]


def _metadata(thing: stripe.PaymentIntent | stripe.Refund) -> dict[str, str]:
    found: dict[str, str] = thing.to_dict().get("metadata") or {}
    return found


def _is_known(thing: stripe.PaymentIntent | stripe.Refund) -> bool:
    """What is in a currency that we do not know cannot be ours."""
    return thing.currency.upper() in EXPONENTS


def _captured(intent: stripe.PaymentIntent) -> CaptureReceipt:
    return CaptureReceipt(intent.id, money(intent.amount_received, intent.currency))


def _refunded(refund: stripe.Refund) -> RefundReceipt:
    standing = _standing(refund)
    said = refund.to_dict()
    failure = None
    if standing is Standing.FAILED:
        failure = FAILURES.get(str(said.get("failure_reason")), "UNKNOWN")
    card = (said.get("destination_details") or {}).get("card") or {}
    return RefundReceipt(standing, refund.id, card.get("reference"), failure)


def _line(
    thing: stripe.PaymentIntent | stripe.Refund, kind: str, reference: str, amount: int
) -> JournalEntry:
    return JournalEntry(
        kind=kind,
        reference=_uuid(_metadata(thing).get(reference)),
        gateway_reference=thing.id,
        amount=money(amount, thing.currency),
        standing=_standing(thing),
        at=datetime.fromtimestamp(thing.created, UTC),
        payment=thing.to_dict().get("payment_intent"),
    )


def _ring(event: dict[str, Any]) -> WebhookEvent | None:
    """Read which refund of ours it is about, if it is about one."""
    thing = event.get("data", {}).get("object", {})
    reference = _uuid((thing.get("metadata") or {}).get(REFUND))
    event_id = event.get("id")
    if reference is None or not isinstance(event_id, str) or not 0 < len(event_id) <= 255:
        return None
    return WebhookEvent(event_id, reference)


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
