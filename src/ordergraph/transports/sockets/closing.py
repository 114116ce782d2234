"""Why a socket ends: the codes of graphql-transport-ws, with the reasons that graphql-ws gives."""

from typing import Final, NamedTuple

MOST_BYTES: Final = 123
"""What a close frame has room for beside its code (RFC 6455, 5.5)."""


class Closing(NamedTuple):
    """What a close frame says."""

    code: int
    reason: str

    def fitting(self) -> "Closing":
        """The same, with a reason that a close frame has room for."""
        short = self.reason.encode()[:MOST_BYTES].decode(errors="ignore")
        return Closing(self.code, short)


class Closed(Exception):
    """The conversation ends now; None when the client has gone, and hears nothing more."""

    def __init__(self, closing: Closing | None) -> None:
        self.closing = closing
        super().__init__(closing)


async def ended(why: Closed) -> None:
    """What a task does that ends the conversation from outside of its others."""
    raise why


# fmt: off
UNAUTHORIZED  = Closing(4401, "Unauthorized")
FORBIDDEN     = Closing(4403, "Forbidden")
NOT_OURS      = Closing(4406, "Subprotocol not acceptable")
NO_INIT       = Closing(4408, "Connection initialisation timeout")
SECOND_INIT   = Closing(4429, "Too many initialisation requests")
TOO_BIG       = Closing(1009, "Message too big")
TOO_SLOW      = Closing(1013, "Too slow a reader")
TOO_MANY_BAD  = Closing(1013, "Too many bad tokens")
NO_PLACE      = Closing(1013, "Too many connections")
OURS          = Closing(4500, "Internal server error")
# fmt: on


def malformed(why: str) -> Closed:
    """A frame that is no message of the protocol."""
    return Closed(Closing(4400, f"Invalid message received: {why}"))


def duplicate(id_: str) -> Closed:
    """An id that already names an operation which runs."""
    return Closed(Closing(4409, f"Subscriber for {id_} already exists"))
