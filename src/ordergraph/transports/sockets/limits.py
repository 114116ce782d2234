"""How much one socket may ask of us."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one socket may ask of us; an installation may set each."""

    init_s: float = 10
    """How long a client may take to introduce itself."""
    write_s: float = 10
    """How long a client may take to read what waits for it."""
    operations: int = 100
    """How many operations run at once on one socket."""
    message_bytes: int = 65_536
