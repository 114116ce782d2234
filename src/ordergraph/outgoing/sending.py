"""Sending messages: claim, post outside any transaction, record. None is lost; a double has the same id.

claim     one transaction: an attempt row for each, and the lease (claiming.py)
post      no transaction, no lock: resolve, check, sign, send (addresses.py, signing.py, posting.py)
record    one transaction each, and only if the claim is still ours (recording.py)
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from ordergraph.infra.correlation import HEADER, current, on_behalf_of
from ordergraph.infra.database import Edge, again
from ordergraph.infra.outbox import requests_of
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.ids import short
from ordergraph.kernel.refusal import InvalidInput
from ordergraph.outgoing.addresses import Fence
from ordergraph.outgoing.claiming import Claim, Room, claim
from ordergraph.outgoing.keyring import Keyring, UnreadableSecret
from ordergraph.outgoing.posting import Postman, Unreachable
from ordergraph.outgoing.process import WebhookAttemptOutcome, outcome_of
from ordergraph.outgoing.recording import Answer, record
from ordergraph.outgoing.signing import headers

log = structlog.get_logger(__name__)

AGENT: Final = "ordergraph-webhooks/1"
LOOK_AGAIN_S: Final = 0.5
"""While something is on its way, how often what fell due meanwhile is looked for."""
ENDING_S: Final = 5.0
"""How long a process that ends waits for answers; what is cut off then is sent again after its lease."""

O = WebhookAttemptOutcome  # noqa: E741 - the outcomes, as a table reads them


@dataclass(frozen=True, slots=True)
class Courier:
    """Who sends messages: how many at once, how long to wait, and how long a claim lasts."""

    edge: Edge
    keyring: Keyring
    fence: Fence
    postman: Postman
    timeout: timedelta = timedelta(seconds=15)
    lease: timedelta = timedelta(seconds=60)
    at_once: int = 20
    running: dict[asyncio.Task[None], UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.timeout * 2 < self.lease, "an answer must be recorded before the claim ends"

    async def deliver(self, *, most_s: float) -> int:
        """Send what is due, and what falls due meanwhile; return how many were begun.

        It comes back when nothing is on its way any more, or after `most_s`: what is still on its
        way goes on by itself, so an endpoint that hangs holds up no other.
        """
        begun, end = 0, time.monotonic() + most_s
        while time.monotonic() < end:
            begun += await self._begin()
            if not self.running:
                break
            await asyncio.wait(
                list(self.running), timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
            )
        return begun

    async def _begin(self) -> int:
        """Claim as many as there is room for, and set out with each."""
        free = self.at_once - len(self.running)
        if free <= 0:
            return 0
        room = Room(free, max(1, self.at_once // 4), Counter(self.running.values()))
        async with self.edge.transaction(SYSTEM) as tx:
            claims = await claim(tx, room, self.lease)
            asked = await requests_of([taken.delivery.event_id for taken in claims])
        for taken in claims:
            with on_behalf_of(asked.get(taken.delivery.event_id, "")):
                task = asyncio.create_task(self._send(taken))
            self.running[task] = taken.endpoint.id
            task.add_done_callback(self.running.pop)
        return len(claims)

    async def _send(self, taken: Claim) -> None:
        began = time.monotonic()
        answer = await self._ask(taken, began)
        try:
            if not await again(lambda: self._record(taken, answer)):
                log.warning("webhook.claim_lost", delivery=short(taken.delivery_id))
        except Exception:
            # the database is away: the lease runs out, and the same message is sent again
            log.exception("webhook.not_recorded", delivery=short(taken.delivery_id))

    async def _record(self, taken: Claim, answer: Answer) -> bool:
        async with self.edge.transaction(SYSTEM) as tx:
            return await record(tx, taken, answer)

    async def _ask(self, taken: Claim, began: float) -> Answer:
        try:
            async with asyncio.timeout(self.timeout.total_seconds()):
                return await self._post(taken, began)
        except TimeoutError:
            outcome, problem = O.TIMED_OUT, f"no answer within {self.timeout.total_seconds():g} s"
        except InvalidInput as refused:
            outcome, problem = O.ADDRESS_REFUSED, refused.problem
        except Unreachable as unreachable:
            outcome, problem = O.UNREACHABLE, unreachable.what
        except UnreadableSecret:
            outcome, problem = O.UNSIGNED, "no key of ours opens the secret"
        except Exception as odd:
            log.exception("webhook.failed", delivery=short(taken.delivery_id))
            outcome, problem = O.UNREACHABLE, type(odd).__name__
        return Answer(outcome=outcome, problem=problem[:200], duration_ms=_ms(began))

    async def _post(self, taken: Claim, began: float) -> Answer:
        target = await self.fence.reach(taken.endpoint.url)
        delivery = taken.delivery
        secrets = taken.secrets(self.keyring)
        said = headers(delivery.message_id, delivery.body, secrets)
        said |= {"content-type": "application/json", "user-agent": AGENT, "accept": "*/*"}
        if request_id := current():
            said[HEADER] = request_id
        reply = await self.postman.post(target, said, delivery.body)
        outcome = outcome_of(reply.status)
        return Answer(
            outcome=outcome,
            status=reply.status,
            excerpt=None if outcome is O.DELIVERED else reply.excerpt,
            retry_after=reply.retry_after if outcome is O.BUSY else timedelta(),
            duration_ms=_ms(began),
        )

    async def aclose(self) -> None:
        """Let what is on its way come home, for a while."""
        if self.running:
            _, late = await asyncio.wait(list(self.running), timeout=ENDING_S)
            for task in late:
                task.cancel()
        await self.postman.aclose()


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
