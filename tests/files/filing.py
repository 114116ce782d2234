"""What people do with files: announce, send, confirm, attach."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from starlette.applications import Starlette

from ordergraph import downloads
from ordergraph.kernel.actor import Actor
from ordergraph.orders.models import Order
from ordergraph.transports.front import Front
from ordergraph.wiring import Wiring
from tests.market import ADA, Market, gid

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
SHAPE = """ id fileName contentType size status sha256 expiresAt
  upload { url expiresAt headers { name value } } download { url expiresAt } """

CREATE = f"""
mutation Create($input: AttachmentCreateInput!) {{
  attachmentCreate(input: $input) {{
    __typename ... on AttachmentCreateSuccess {{ attachment {{ {SHAPE} }} }}
    ... on UserError {{ message }} ... on InvalidInputError {{ field }}
    ... on TooManyAttachmentsError {{ most }} }} }}"""
CONFIRM = f"""
mutation Confirm($id: ID!) {{
  attachmentConfirm(input: {{attachmentId: $id}}) {{
    __typename ... on AttachmentConfirmSuccess {{ attachment {{ {SHAPE} }} }}
    ... on UserError {{ message }} }} }}"""
NODE = f"query Node($id: ID!) {{ node(id: $id) {{ ... on Attachment {{ {SHAPE} }} }} }}"
SEND = f"""
mutation Send($id: ID!, $files: [ID!]!) {{
  messageSend(input: {{disputeId: $id, body: "See.", attachmentIds: $files}}) {{
    __typename
    ... on MessageSendSuccess {{ edge {{ node {{ id attachments {{ {SHAPE} }} }} }} }}
    ... on UserError {{ message }} ... on TooManyAttachmentsError {{ most }} }} }}"""
SHOW = f"""
mutation Show($id: ID!, $type: EvidenceType!, $note: String!, $files: [ID!]!) {{
  disputeEvidenceAdd(input: {{disputeId: $id, type: $type, note: $note, attachmentIds: $files}}) {{
    __typename
    ... on DisputeEvidenceAddSuccess {{
      edge {{ node {{ id type note authorRole submittedAt attachments {{ {SHAPE} }} }} }} }}
    ... on UserError {{ message }} ... on InvalidInputError {{ field }} }} }}"""


def door_of(market: Market, front: Front | None = None) -> httpx.AsyncClient:
    """HTTP to where signed links lead."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(links_of(market, front)))


def links_of(market: Market, front: Front | None = None) -> Starlette:
    """Where signed links lead, as the application has it."""
    nothing: Any = None
    app = Starlette(routes=downloads.routes())
    app.state.wiring = Wiring(
        nothing, market.hub, nothing, market.cashier, nothing, market.keeper, nothing
    )
    app.state.front = front or market.front
    return app


@dataclass
class Desk:
    """A market with the door for files."""

    market: Market
    door: httpx.AsyncClient

    async def announced(
        self, order_id: UUID, who: Actor = ADA, content: bytes = PNG, **other: Any
    ) -> dict[str, Any]:
        """Announce a file; the whole answer."""
        given = {"fileName": "lamp.png", "contentType": "image/png", "size": len(content)} | other
        given["orderId"] = gid("Order", order_id)
        data = await self.market.ask(who, CREATE, input=given)
        answer: dict[str, Any] = data["attachmentCreate"]
        return answer

    async def sent(self, shown: dict[str, Any], content: bytes = PNG) -> httpx.Response:
        """PUT the bytes as the answer says."""
        upload = shown["upload"]
        headers = {h["name"]: h["value"] for h in upload["headers"]}
        return await self.door.put(upload["url"], content=content, headers=headers)

    async def confirmed(self, id_: str, who: Actor = ADA) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.market.ask(who, CONFIRM, id=id_))["attachmentConfirm"]
        return answer

    async def stored(
        self, order_id: UUID, who: Actor = ADA, content: bytes = PNG, **other: Any
    ) -> dict[str, Any]:
        """Announce, send, confirm; as it is shown then."""
        shown = (await self.announced(order_id, who, content, **other))["attachment"]
        assert (await self.sent(shown, content)).status_code == 200
        done: dict[str, Any] = (await self.confirmed(shown["id"], who))["attachment"]
        return done

    async def node(self, who: Actor, id_: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await self.market.ask(who, NODE, id=id_))["node"]
        return found

    async def send(self, dispute_id: str, *ids: str, who: Actor = ADA) -> dict[str, Any]:
        """A message with these files."""
        data = await self.market.ask(who, SEND, id=dispute_id, files=list(ids))
        answer: dict[str, Any] = data["messageSend"]
        return answer

    async def show(
        self, dispute_id: str, *ids: str, who: Actor = ADA, type_: str = "PHOTO", note: str = ""
    ) -> dict[str, Any]:
        """Evidence with these files."""
        data = await self.market.ask(
            who, SHOW, id=dispute_id, type=type_, note=note, files=list(ids)
        )
        answer: dict[str, Any] = data["disputeEvidenceAdd"]
        return answer

    async def delivered(self) -> Order:
        return await self.market.deliver(await self.market.place())
