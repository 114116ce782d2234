"""A client as phones and shops write them: it asks over HTTP and WebSocket, and asks again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

T = TypeVar("T")
PROTOCOL: Final = Subprotocol("graphql-transport-ws")
STORY: Final = ("SCHEDULED", "PROCESSING", "SUCCEEDED")

PLACE = """
mutation Place($buyer: String, $quantity: Int!, $token: String) {
  orderPlace(input: {sellerExternalId: "nordic-lamps", buyerExternalId: $buyer, currency: "EUR",
                     shipping: "4.90", paymentToken: $token,
                     lines: [{sku: "L1", title: "Lamp", quantity: $quantity, unitPrice: "19.95"}]}) {
    __typename
    ... on OrderPlaceSuccess { order { id status lines { id } } }
    ... on UserError { message }
  }
}"""
CANCEL = """
mutation Cancel($order: ID!, $lines: [LineQuantityInput!]) {
  orderCancel(input: {orderId: $order, reasonHandle: "no-longer-needed", lines: $lines}) {
    __typename
    ... on OrderCancelSuccess { refund { id dueAt status } }
    ... on UserError { message }
  }
}"""
RELEASE = """
mutation Release($refund: ID!) {
  refundRelease(input: {refundId: $refund}) {
    __typename
    ... on RefundReleaseSuccess { refund { status } }
    ... on UserError { message }
  }
}"""
WATCH = """
subscription Watch($order: ID!) {
  refundUpdated(orderId: $order) { id status }
}"""


class Unanswered(Exception):
    """The line broke, or the server could not say: it may or may not have happened."""


async def insist(ask: Callable[[str], Awaitable[T]], within_s: float = 30.0) -> T:
    """Ask until there is an answer, each time with the same key: it is one thing that is meant."""
    end, key = time.monotonic() + within_s, str(uuid4())
    while True:
        try:
            return await ask(key)
        except Unanswered:
            assert time.monotonic() < end, f"no answer within {within_s} s"
            await asyncio.sleep(0.1)


class Client:
    """Somebody with a token, at one API process."""

    def __init__(self, port: int, token: str) -> None:
        self.unanswered = 0
        self._token = token
        self._address = f"127.0.0.1:{port}/graphql"
        self._http = httpx.AsyncClient(
            headers={"authorization": f"Bearer {token}"}, trust_env=False
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(
        self, document: str, *, key: str | None = None, within_s: float = 10, **variables: Any
    ) -> Any:
        """The one field that the document asks for; Unanswered when there is no answer.

        Without a key it is something new that is asked for.
        """
        body = {"query": document, "variables": variables}
        headers = {"idempotency-key": key or str(uuid4())}
        try:
            response = await self._http.post(
                f"http://{self._address}", json=body, headers=headers, timeout=within_s
            )
        except httpx.TransportError as problem:
            self.unanswered += 1
            raise Unanswered(repr(problem)) from None
        answer = response.json()
        if answer.get("errors"):
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes == {"INTERNAL"}, answer
            self.unanswered += 1
            raise Unanswered(str(answer["errors"]))
        (field,) = answer["data"].values()
        return field

    async def place(
        self,
        key: str | None = None,
        *,
        buyer: str = "ada",
        quantity: int = 2,
        token: str | None = None,
    ) -> dict[str, Any]:
        """A paid order, as a marketplace's service account places it for its buyer.

        One that is not paid yet is as good as no answer: asking again asks the gateway again, or, when
        too little time is left for that, finds it paid or expired.
        """
        answer = await self.ask(PLACE, key=key, buyer=buyer, quantity=quantity, token=token)
        if answer["__typename"] == "PaymentTooLateError":
            self.unanswered += 1
            raise Unanswered("placed, and too late to be paid")
        assert answer["__typename"] == "OrderPlaceSuccess", answer
        order: dict[str, Any] = answer["order"]
        if order["status"] == "PENDING_PAYMENT":
            self.unanswered += 1
            raise Unanswered("placed, and not paid yet")
        return order

    async def cancel(
        self,
        order: dict[str, Any],
        quantity: int | None = None,
        *,
        key: str | None = None,
        within_s: float = 10,
    ) -> Any:
        """What canceling all of it, or so many pieces, was answered with."""
        picked = {"lineId": order["lines"][0]["id"], "quantity": quantity}
        lines = [picked] if quantity else None
        return await self.ask(CANCEL, key=key, within_s=within_s, order=order["id"], lines=lines)

    async def release(self, refund: dict[str, Any], key: str | None = None) -> Any:
        return await self.ask(RELEASE, key=key, refund=refund["id"])

    async def do(
        self, mutation: str, more: str = "", *, key: str | None = None, **given: Any
    ) -> Any:
        """Any mutation: its answer's type, and `more` of it."""
        kind = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation Do($input: {kind}Input!)"
            f" {{ {mutation}(input: $input) {{ __typename {more} }} }}"
        )
        return await self.ask(document, key=key, input=given)

    @asynccontextmanager
    async def watch(self, order: dict[str, Any]) -> AsyncIterator["Watch"]:
        """Follow the refunds of an order."""
        async with connect(
            f"ws://{self._address}", subprotocols=[PROTOCOL], proxy=None, ping_interval=None
        ) as socket:
            authorization = {"authorization": f"Bearer {self._token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": authorization}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": WATCH, "variables": {"order": order["id"]}}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            yield Watch(socket)


class Watch:
    """What comes over a subscription."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def next(self, within_s: float = 30.0) -> str:
        """The next status of the refund."""
        message = json.loads(await asyncio.wait_for(self.socket.recv(), within_s))
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        status: str = message["payload"]["data"]["refundUpdated"]["status"]
        return status

    async def reads(self, status: str, within_s: float = 30.0) -> None:
        """Follow until this status comes; what comes before it is never later in the story."""
        end, came = time.monotonic() + within_s, ""
        while came != status:
            before, came = came, await self.next(max(end - time.monotonic(), 0.01))
            assert not before or STORY.index(before) <= STORY.index(came), "it went backwards"
