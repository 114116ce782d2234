"""What a client may ask of us by lines that stay open."""

from pydantic import BaseModel, Field

from ordergraph.settings.kinds import Bytes, Count, Moments


class SocketSettings(BaseModel):
    lines_per_user: Count = Field(
        1000,
        description="How many sockets and streams one user has open at each API process.",
    )
    lines_per_address: Count = Field(
        2000, description="The same for those without a token, by their network address."
    )
    socket_operations: Count = Field(
        100, description="How many operations run at once on one socket."
    )
    socket_message_bytes: Bytes = Field(
        65_536, ge=1024, description="How long a message over a socket may be."
    )
    socket_init_s: Moments = Field(
        10, description="How long a socket may be open before connection_init comes."
    )
    socket_write_s: Moments = Field(
        10, description="How long a client may leave unread what it is sent."
    )
    socket_ping_s: Moments = Field(
        20,
        description="How often each socket is pinged; who leaves a ping unanswered as long is gone.",
    )
