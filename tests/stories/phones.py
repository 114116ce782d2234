"""A market whose people use their phones: they ask over HTTP, and what they watch comes over a socket."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ordergraph.kernel.actor import Actor
from tests.api.doors import asked, bearer, http, socket
from tests.market import FRESH, NAMES, Market


@dataclass(frozen=True)
class Heard:
    """What came over the socket."""

    data: dict[str, Any]


class Phones(Market):
    """As Market, but `ask` and `listen` go through the endpoint, as a client meets it."""

    async def ask(
        self,
        actor: Actor | None,
        document: str,
        language: str = "en",
        *,
        key: str | None = FRESH,
        **variables: Any,
    ) -> dict[str, Any]:
        headers = _token(actor) | {"accept-language": language}
        if key is not None:
            headers["idempotency-key"] = str(uuid4()) if key is FRESH else key
        async with http(self) as client:
            return await asked(client, headers, document, variables)

    async def listen(self, actor: Actor | None, document: str, **variables: Any) -> Any:
        return self._heard(_token(actor), document, variables)

    async def _heard(
        self, token: dict[str, str], document: str, variables: dict[str, Any]
    ) -> AsyncIterator[Heard]:
        async with socket(self) as line:
            assert await line.init(**token) == {"type": "connection_ack"}
            await line.subscribe(document, **variables)
            while True:
                yield Heard((await line.hear())["payload"]["data"])


def _token(actor: Actor | None) -> dict[str, str]:
    return bearer(NAMES[actor], *actor.roles) if actor else {}
