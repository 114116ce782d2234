"""What Stripe's messages are believed of: only what is signed, fresh, and about a refund of ours."""

import time
from typing import Any

import orjson
import pytest
from uuid_utils.compat import uuid7

from ordergraph.payments.gateways.protocol import BadWebhook, WebhookEvent
from ordergraph.payments.gateways.stripe import TOLERANCE_S
from tests.payments.benches import stripe_at
from tests.payments.stripe_server import event, signed

REFERENCE = uuid7()
GATEWAY = stripe_at("http://127.0.0.1:1")


def _refund(**changes: Any) -> dict[str, Any]:
    metadata = {"ordergraph_refund": str(REFERENCE)}
    return {"id": "re_1", "object": "refund", "status": "failed", "metadata": metadata, **changes}


@pytest.mark.parametrize("kind", ["refund.updated", "refund.failed", "charge.refund.updated"])
def test_a_message_about_a_refund_of_ours_rings(kind: str) -> None:
    body = event(_refund(), kind, "evt_7")

    assert GATEWAY.parse_webhook(body, signed(body)) == WebhookEvent("evt_7", REFERENCE)


@pytest.mark.parametrize(
    "body",
    [
        event(_refund(), "payment_intent.succeeded"),
        event(_refund(metadata={})),
        event(_refund(metadata=None)),
        event(_refund(metadata={"ordergraph_refund": "of another shop"})),
    ],
)
def test_what_is_signed_but_about_nothing_of_ours_is_passed_over(body: bytes) -> None:
    assert GATEWAY.parse_webhook(body, signed(body)) is None


def test_one_of_two_signatures_is_enough_while_the_secret_is_changed() -> None:
    body = event(_refund())
    old, new = (signed(body, secret=secret) for secret in ("whsec_old", "whsec_of_nobody"))
    both = f"{old['stripe-signature']},{new['stripe-signature'].partition(',')[2]}"

    assert GATEWAY.parse_webhook(body, {"stripe-signature": both})


BODY = event(_refund())
ODD = orjson.dumps({"object": "event", "type": "refund.updated", "data": []})
# fmt: off
REFUSED = {
    "unsigned":          (BODY, {}),
    "signed by another": (BODY, signed(BODY, secret="whsec_other")),
    "too old":           (BODY, signed(BODY, at=time.time() - TOLERANCE_S - 60)),
    "changed":           (BODY.replace(b"failed", b"closed"), signed(BODY)),
    "no signature":      (BODY, {"stripe-signature": "garbage"}),
    "no number":         (BODY, {"stripe-signature": "t=soon,v1=00"}),
    "not ASCII":         (BODY, {"stripe-signature": "t=1,v1=é"}),
    "signed garbage":    (b"garbage", signed(b"garbage")),
    "signed bytes":      (b"\xff\xfe", {"stripe-signature": "t=1,v1=00"}),
    "signed list":       (b"[]", signed(b"[]")),
    "signed number":     (b"7", signed(b"7")),
    "of another shape":  (ODD, signed(ODD)),
}
# fmt: on


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_signed_or_not_to_be_read_is_refused(said: str) -> None:
    body, headers = REFUSED[said]

    with pytest.raises(BadWebhook):
        GATEWAY.parse_webhook(body, headers)


def test_without_a_secret_nothing_is_believed() -> None:
    gateway = stripe_at("http://127.0.0.1:1", webhook_secret="")

    with pytest.raises(BadWebhook):
        gateway.parse_webhook(BODY, signed(BODY, secret=""))
