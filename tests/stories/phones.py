"""A market whose people use their phones: what they ask goes over HTTP, with a token and a key."""

from typing import Any
from uuid import uuid4

from ordergraph.kernel.actor import Actor
from tests.api.doors import bearer, http
from tests.market import FRESH, NAMES, Market


class Phones(Market):
    """As Market, but `ask` goes through the endpoint, as a client meets it."""

    async def ask(
        self,
        actor: Actor | None,
        document: str,
        language: str = "en",
        *,
        key: str | None = FRESH,
        **variables: Any,
    ) -> dict[str, Any]:
        headers = bearer(NAMES[actor], *actor.roles) if actor else {}
        headers["accept-language"] = language
        if key is not None:
            headers["idempotency-key"] = str(uuid4()) if key is FRESH else key
        async with http(self) as client:
            sent = {"query": document, "variables": variables}
            answer = (await client.post("/", json=sent, headers=headers)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data
