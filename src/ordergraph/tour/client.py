"""A person with a token: asks over HTTP, watches over a WebSocket, as an app would."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx

from ordergraph.tour.seen import BrokenPromise, Seen
from ordergraph.tour.socket import Live, SocketRefused, subscribed

ENDPOINT: Final = "/graphql"
SEE_WITHIN_S: Final = 15.0
Sent = Callable[[str, str, object], None]  # (who, the document, its variables)


@dataclass(frozen=True, slots=True)
class Servers:
    """The API processes of one installation: each kind of operation goes to another of them."""

    urls: tuple[str, ...]
    http: httpx.AsyncClient
    turns: Iterator[str]

    def serving(self, document: str) -> str:
        """Changes go to the last one, what is watched comes from the first, reads take turns."""
        if document.lstrip().startswith("mutation"):
            return self.urls[-1]
        if document.lstrip().startswith("subscription"):
            return self.urls[0]
        return next(self.turns)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over HTTP; the body is null when it was no JSON."""

    status: int
    body: Seen


@dataclass(frozen=True, slots=True)
class Watch:
    """Something that a person watches."""

    live: Live
    what: str

    async def next(self) -> Seen:
        """The next change, or the present state for a start."""
        try:
            data = await self.live.next(SEE_WITHIN_S)
        except TimeoutError:
            raise BrokenPromise(f"{self.what} showed nothing for {SEE_WITHIN_S:.0f} s") from None
        except SocketRefused as end:
            raise BrokenPromise(f"{self.what} ended: {end}") from None
        return Seen(data, "").part(self.what)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the story, at a phone."""

    name: str
    token: str
    servers: Servers
    sent: Sent

    async def ask(self, document: str, language: str = "en", **variables: object) -> Seen:
        """Ask, and see the data; a top-level error is a broken promise."""
        return self._data(await self.post(document, variables, language))

    @staticmethod
    def _data(reply: Reply) -> Seen:
        body = reply.body.value
        if not isinstance(body, dict) or not (body.get("data") or body.get("errors")):
            raise BrokenPromise(f"the answer is HTTP {reply.status}, and no GraphQL")
        if errors := body.get("errors"):
            raise BrokenPromise(f"an error instead of an answer: {errors!r:.300}")
        return Seen(body["data"], "")

    async def post(
        self,
        document: str,
        variables: Mapping[str, object],
        language: str = "en",
        *,
        key: str | None = None,
    ) -> Reply:
        """Send a document as it is, and see whatever comes back."""
        self.sent(self.name, document, variables)
        url = self.servers.serving(document) + ENDPOINT
        headers = {"authorization": f"Bearer {self.token}", "accept-language": language}
        if key is not None:
            headers["idempotency-key"] = key
        body = {"query": document, "variables": variables}
        try:
            response = await self.servers.http.post(url, json=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise BrokenPromise(f"{url}: {str(problem) or type(problem).__name__}") from None
        return Reply(response.status_code, Seen(_json(response), ""))

    async def do(self, document: str, key: str | None = None, /, **given: object) -> Seen:
        """Do something that is promised to work: its answer is …Success.

        A key that was used before makes it a repeat; without one it is something new.
        """
        name, answer = await self._act(document, key, given)
        if not answer.text("__typename").endswith("Success"):
            raise BrokenPromise(f"{name} was refused: {_said(answer)}")
        return answer

    async def refused(
        self, document: str, error: str, key: str | None = None, /, **given: object
    ) -> Seen:
        """Do something that is promised to be refused with this error."""
        name, answer = await self._act(document, key, given)
        if answer.text("__typename") != error:
            raise BrokenPromise(f"{name} should answer {error}, not {_said(answer)}")
        return answer

    async def _act(
        self, document: str, key: str | None, given: dict[str, object]
    ) -> tuple[str, Seen]:
        fresh = key or str(uuid4())
        data = self._data(await self.post(document, {"input": given}, key=fresh))
        if not isinstance(data.value, dict) or len(data.value) != 1:
            raise BrokenPromise(f"not the answer of one mutation: {data.value!r:.80}")
        name = next(iter(data.value))
        return name, data.part(name)

    @asynccontextmanager
    async def watch(self, document: str, **variables: object) -> AsyncIterator[Watch]:
        """Subscribe for as long as the block lasts."""
        what = document.partition("{")[2].partition("(")[0].strip()
        try:
            async with self._subscribed(document, variables) as live:
                yield Watch(live, what)
        except SocketRefused as end:
            raise BrokenPromise(f"{what} could not be watched: {end}") from None

    async def close_code(self, document: str, **variables: object) -> int | None:
        """With which code the server closes the socket on us; None when it lets us in."""
        try:
            async with self._subscribed(document, variables):
                return None
        except SocketRefused as end:
            return end.code

    def _subscribed(
        self, document: str, variables: Mapping[str, object]
    ) -> AbstractAsyncContextManager[Live]:
        self.sent(self.name, document, variables)
        url = "ws" + self.servers.serving(document).removeprefix("http") + ENDPOINT
        init = {"authorization": f"Bearer {self.token}"}
        return subscribed(url, document, variables, init=init)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _said(answer: Seen) -> str:
    message = answer.value.get("message")
    return f"{answer.text('__typename')}{f' ({message})' if message else ''}"
