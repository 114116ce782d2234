"""A server that speaks Stripe's wire format, strictly, and misbehaves when it is told to."""

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope, Send

from tests.payments.stripe_books import Refused, StripeBooks, Thing, invalid

API_KEY: Final = "sk_test_of_nobody"
WEBHOOK_SECRET: Final = "whsec_of_nobody"

# fmt: off
POSTS: Final[dict[str, tuple[Callable[[StripeBooks, Thing], Thing], set[str]]]] = {
    "/v1/payment_intents": (StripeBooks.pay, {
        "amount", "currency", "payment_method", "confirm", "error_on_requires_action",
        "allowed_payment_method_types", "metadata"}),
    "/v1/refunds": (StripeBooks.give_back, {"payment_intent", "amount", "metadata"}),
}
FAULTS: Final = {
    # payment method        path                    what happens to the first calls with a key
    "pm_capture_cut":      ("/v1/payment_intents", ["cut before"]),
    "pm_capture_lost":     ("/v1/payment_intents", ["cut after"]),
    "pm_capture_busy":     ("/v1/payment_intents", ["busy", "busy"]),
    "pm_refund_cut":       ("/v1/refunds",         ["cut before"]),
    "pm_refund_lost":      ("/v1/refunds",         ["cut after"]),
    "pm_refund_500":       ("/v1/refunds",         ["500 before"]),
    "pm_refund_500_after": ("/v1/refunds",         ["500 after"]),
    "pm_refund_busy":      ("/v1/refunds",         ["busy"]),
    "pm_refund_hang":      ("/v1/refunds",         ["hang"]),
    "pm_keys_forgotten":   ("/v1/refunds",         ["cut after and forget"]),
}
# fmt: on


class Cut(Exception):
    """The line goes dead."""


@dataclass
class StripeServer:
    """Answers, and remembers by idempotency key what it answered first: errors and 500s too."""

    books: StripeBooks = field(default_factory=StripeBooks)
    answered: dict[str, tuple[Any, int, Thing]] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[tuple[str, str, Thing]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    """The headers of whatever came, look-ups too, with method and path as `:asked`."""
    pause_s: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        self.heads.append({**headers, ":asked": f"{scope['method']} {scope['path']}"})
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        try:
            status, answer, more = await self._answer(scope, headers, body)
        except Cut:
            send.__self__.transport.abort()  # type: ignore[attr-defined]  # uvicorn's cycle
            return
        head = [(b"content-type", b"application/json"), (b"request-id", b"req_1"), *more]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": orjson.dumps(answer)})

    async def _answer(
        self, scope: Scope, headers: dict[str, str], body: bytes
    ) -> tuple[int, Thing, list[tuple[bytes, bytes]]]:
        await asyncio.sleep(self.pause_s)
        try:
            _admit(headers)
            assert headers.get("stripe-version"), "the SDK pins its version"
            if scope["method"] == "GET":
                return 200, self._list(scope["path"], _form(scope["query_string"])), []
            assert headers["content-type"] == "application/x-www-form-urlencoded"
            return await self._post(scope["path"], _form(body), headers["idempotency-key"])
        except Refused as no:
            wait = [(b"retry-after", b"2")] if no.status == 429 else []
            return no.status, {"error": no.error}, wait

    async def _post(
        self, path: str, form: Thing, key: str
    ) -> tuple[int, Thing, list[tuple[bytes, bytes]]]:
        act, known = POSTS[path]
        if unknown := set(form) - known:
            raise invalid(f"Received unknown parameter: {unknown.pop()}", code="parameter_unknown")
        if key in self.busy:
            raise Refused(409, "idempotency_error", "In use.", code="idempotency_key_in_use")
        if key in self.answered:
            asked, status, answer = self.answered[key]
            if asked != (path, form):
                raise Refused(
                    400, "idempotency_error", "Keys can only be used with the same parameters"
                )
            return status, answer, [(b"idempotent-replayed", b"true")]
        self.requests.append((path, key, form))
        self.busy.add(key)
        try:
            return await self._first(act, path, form, key)
        finally:
            self.busy.discard(key)

    async def _first(
        self, act: Callable[[StripeBooks, Thing], Thing], path: str, form: Thing, key: str
    ) -> tuple[int, Thing, list[tuple[bytes, bytes]]]:
        fault = self._fault(path, form, key)
        if fault == "cut before":
            raise Cut
        if fault == "busy":
            raise Refused(429, "invalid_request_error", "Too many requests", code="rate_limit")
        if fault == "hang":
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        if fault == "500 before":
            status, answer = _broken()
        else:
            status, answer = self._done(act, form)
        if fault == "500 after":
            status, answer = _broken()
        if fault != "cut after and forget":
            self.answered[key] = ((path, form), status, orjson.loads(orjson.dumps(answer)))
        if fault.startswith("cut after"):
            raise Cut
        return status, answer, []

    def _done(self, act: Callable[[StripeBooks, Thing], Thing], form: Thing) -> tuple[int, Thing]:
        try:
            return 200, act(self.books, form)
        except Refused as no:
            return no.status, {"error": no.error}

    def _fault(self, path: str, form: Thing, key: str) -> str:
        intent = self.books.intents.get(form.get("payment_intent", ""), form)
        where, script = FAULTS.get(intent.get("payment_method", ""), ("", []))
        if where != path:
            return ""
        self.calls[key] += 1
        return dict(enumerate(script, 1)).get(self.calls[key], "")

    def _list(self, path: str, query: Thing) -> Thing:
        """Newest first, `limit` at a time, after the one whose id is `starting_after`."""
        things = {
            "/v1/refunds": self.books.refunds,
            "/v1/payment_intents": self.books.intents,
            "/v1/disputes": self.books.disputes,
        }
        if path not in things:
            return self._one(path)
        if unknown := set(query) - {"limit", "starting_after", "created", "payment_intent"}:
            raise invalid(f"Received unknown parameter: {unknown.pop()}", code="parameter_unknown")
        found = [thing for thing in reversed(things[path].values()) if _fits(thing, query)]
        if after := query.get("starting_after"):
            found = found[[thing["id"] for thing in found].index(after) + 1 :]
        limit = int(query.get("limit", 10))
        assert 1 <= limit <= 100, "Stripe's limits of a page"
        more = len(found) > limit
        return {"object": "list", "url": path, "has_more": more, "data": found[:limit]}

    def _one(self, path: str) -> Thing:
        """GET /v1/payment_intents/{id}."""
        kind, _, id_ = path.rpartition("/")
        if kind != "/v1/payment_intents" or id_ not in self.books.intents:
            raise invalid("No such payment_intent", status=404, code="resource_missing")
        return self.books.intents[id_]


def _admit(headers: dict[str, str]) -> None:
    if headers.get("authorization") != f"Bearer {API_KEY}":
        raise Refused(401, "invalid_request_error", "Invalid API Key provided")


def _fits(thing: Thing, query: Thing) -> bool:
    created = query.get("created", {})
    return query.get("payment_intent", thing.get("payment_intent")) == thing.get(
        "payment_intent"
    ) and int(created.get("gte", 0)) <= thing["created"] <= int(created.get("lte", 2**40))


def _broken() -> tuple[int, Thing]:
    return 500, {"error": {"type": "api_error", "message": "Something went wrong on our end."}}


def _form(text: bytes) -> Thing:
    """Read `a=1&b[c]=2` as Stripe does."""
    form: Thing = {}
    for name, value in parse_qsl(text.decode(), strict_parsing=bool(text)):
        outer, _, inner = name.partition("[")
        if inner:
            form.setdefault(outer, {})[inner.removesuffix("]")] = value
        else:
            form[name] = value
    return form


def signed(body: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers of a message, signed as docs.stripe.com/webhooks says."""
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, "sha256").hexdigest()
    return {"stripe-signature": f"t={moment},v1={digest}"}


def event(refund: Thing, kind: str = "refund.updated", event_id: str = "evt_1") -> bytes:
    """A message about a refund."""
    return orjson.dumps(
        {"id": event_id, "object": "event", "type": kind, "data": {"object": refund}}
    )
