"""What is said on one socket, from connection_init to the end: graphql-transport-ws as a table."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, NoReturn

from ordergraph.api.context import Context
from ordergraph.api.faults import Fault
from ordergraph.identity.claims import BadToken, Identity
from ordergraph.kernel.language import preferred
from ordergraph.transports.front import ALL, Front
from ordergraph.transports.places import NoPlace, Place
from ordergraph.transports.rates import RateLimited
from ordergraph.transports.sockets.closing import (
    FORBIDDEN,
    NO_INIT,
    NO_PLACE,
    SECOND_INIT,
    TOO_MANY_BAD,
    UNAUTHORIZED,
    Closed,
    Closing,
    duplicate,
    ended,
)
from ordergraph.transports.sockets.line import Line
from ordergraph.transports.sockets.messages import Message, message, operation
from ordergraph.transports.sockets.streams import Stream
from ordergraph.transports.sockets.term import Term

Heard = Callable[["Conversation", Message], Awaitable[None]]


class Conversation:
    """One client, from its first message to its last.

    What the client says is taken in its order, one message after the other; its operations run
    beside, and end with it.
    """

    def __init__(self, front: Front, line: Line, context: Context, place: Place) -> None:
        self._front, self._line, self._context, self._place = front, line, context, place
        self._acknowledged = False
        self._running: dict[str, Stream] = {}
        self._term: Term | None = None

    async def hold(self) -> NoReturn:
        """Talk until somebody hangs up: raises Closed, in a group with whatever else went wrong."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                await self._become_acquainted()
                while True:
                    await self._take(await self._line.hear())
            finally:
                self._leave()
        raise AssertionError("a conversation ends by an exception")

    def _leave(self) -> None:
        """Let go of all that holds us, before what still runs has ended: whoever tells us something is
        not to find a socket that can begin nothing any more. And nothing of it is to wait until garbage
        is looked for.
        """
        if self._term is not None:
            self._term.end()
            self._term = None
        for stream in self._running.values():
            stream.leave()
            stream.task = None
        self._running.clear()

    async def _become_acquainted(self) -> None:
        try:
            async with asyncio.timeout(self._line.limits.init_s) as patience:
                while not self._acknowledged:
                    await self._take(await self._line.hear())
        except TimeoutError:
            if not patience.expired():
                raise
            raise Closed(NO_INIT) from None

    async def _take(self, text: str | None) -> None:
        said = message(text)
        await HEARD[said.kind](self, said)

    async def _init(self, said: Message) -> None:
        if self._acknowledged:
            raise Closed(SECOND_INIT)
        self._context.identity = identity = await self._who(said.payload)
        language = _member(said.payload, "acceptlanguage", "accept-language")
        if isinstance(language, str):
            self._context.language = preferred(language)
        if identity is not None:
            self._term = Term(self._front, identity, self._expire)
        self.check()
        await self._front.meet(self._context)
        self._acknowledged = True
        await self._line.say("connection_ack")

    async def _who(self, payload: Mapping[str, Any]) -> Identity | None:
        """Browsers cannot send headers with a handshake: there a token comes with connection_init."""
        given = _member(payload, "authorization")
        if given is None:
            given = self._context.handshake.get("authorization")
        try:
            identity = await self._front.identity(given)
            self._place.hand_over(identity)
        except BadToken:
            raise Closed(await self._too_bad()) from None
        except NoPlace:
            raise Closed(NO_PLACE) from None
        return identity

    async def _too_bad(self) -> Closing:
        """What a bad token ends with: as over HTTP, an address has so many of them, and no more."""
        try:
            await self._front.rates.charge_bad_token(self._context.address)
        except RateLimited:
            return TOO_MANY_BAD
        return FORBIDDEN

    def check(self) -> None:
        """Asked at each subscribe and at each delivery: raises Closed when the token is no longer good."""
        if self._term is not None and not self._term.holds():
            raise Closed(FORBIDDEN)

    def _expire(self) -> None:
        self._begin(ended(Closed(FORBIDDEN)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """None when one of the others has ended the conversation just now: then nobody is told any more."""
        try:
            return self._tasks.create_task(work)
        except RuntimeError:  # the group's own way to say so
            work.close()
            return None

    async def _ping(self, said: Message) -> None:
        await self._line.say("pong", **({"payload": said.payload} if said.payload else {}))

    async def _pong(self, said: Message) -> None:
        """Nothing is to be done: it only shows that the client is there."""

    async def _subscribe(self, said: Message) -> None:
        asked = operation(said.payload)
        if not self._acknowledged:
            raise Closed(UNAUTHORIZED)
        if said.id in self._running:
            raise duplicate(said.id)
        self.check()
        most = self._line.limits.operations
        if len(self._running) >= most:
            fault = Fault(f"At most {most} operations run at once on a socket.", "RATE_LIMITED")
            await self._line.say("error", id=said.id, payload=[fault.formatted])
            return
        stream = Stream(said.id, self._line, self._running, self.check, self._begin)
        self._running[said.id] = stream
        stream.begin(self._front.stream(asked, self._context, ALL, stream))

    async def _complete(self, said: Message) -> None:
        """An operation that is over, or never was, may be completed again: messages cross."""
        if said.id in self._running:
            await self._running[said.id].stop()


HEARD: Final[Mapping[str, Heard]] = {
    "connection_init": Conversation._init,  # noqa: SLF001  (the table is part of the class)
    "ping": Conversation._ping,  # noqa: SLF001  (as above)
    "pong": Conversation._pong,  # noqa: SLF001  (as above)
    "subscribe": Conversation._subscribe,  # noqa: SLF001  (as above)
    "complete": Conversation._complete,  # noqa: SLF001  (as above)
}


def _member(payload: Mapping[str, Any], *names: str) -> Any:
    """The payload's member of one of these names, in whatever case; raises Closed for two of a name."""
    found = {name.lower(): value for name, value in payload.items()}
    if len(found) < len(payload) and len(list(_among(payload, names))) > 1:
        raise Closed(FORBIDDEN)
    return next((found[name] for name in names if found.get(name) is not None), None)


def _among(payload: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    return (name for name in payload if name.lower() in names)
