"""`ordergraph revoke`: tokens that are taken back before their time."""

import asyncio
from collections.abc import Awaitable
from typing import Annotated
from uuid import UUID

import typer

from ordergraph.identity.actions import revoke_token, revoke_user
from ordergraph.identity.revoking import LISTED
from ordergraph.kernel.actor import user_id_of
from ordergraph.notifications.acquaintances import no_operator
from ordergraph.settings import Settings
from ordergraph.settings import settings as current
from ordergraph.wiring import wired

app = typer.Typer(no_args_is_help=True, help="Take tokens back, before they expire.")


@app.command("token")
def token(
    named: Annotated[
        str, typer.Argument(help="The token itself, or its jti; - reads it from standard input.")
    ],
) -> None:
    """Take one token back: requests with it are refused, and its sockets are closed."""
    given = typer.get_text_stream("stdin").read().strip() if named == "-" else named
    typer.echo(f"revoked {asyncio.run(_announced(current(), revoke_token(given)))}")


@app.command("user")
def user(
    name: Annotated[str, typer.Argument(help="The id that the identity provider uses.")],
) -> None:
    """Take back every token that somebody was given until now; later ones are good."""
    asyncio.run(_announced(current(), shut_out(user_id_of(name))))
    typer.echo(f"revoked whatever {name} was given until now")


async def shut_out(user_id: UUID) -> None:
    """Take back what they hold. Nothing that operators are told is sent after them."""
    await revoke_user(user_id)
    await no_operator(user_id)


async def _announced(settings: Settings, revoking: Awaitable[str | None]) -> str | None:
    async with wired(settings, application="ordergraph-revoke") as wiring:
        done = await revoking
        wiring.hub.publish([LISTED])
        await wiring.hub.flush()
        return done
