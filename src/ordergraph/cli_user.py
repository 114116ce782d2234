"""`ordergraph user`: what is done to a person's data as a whole."""

import asyncio
from typing import Annotated

import typer

from ordergraph.erasing import Erased, erase, refuse
from ordergraph.identity.actions import revoke_user
from ordergraph.identity.revoking import LISTED, READ_EVERY_S
from ordergraph.kernel.actor import user_id_of
from ordergraph.settings import Settings
from ordergraph.settings import settings as current
from ordergraph.wiring import wired

app = typer.Typer(no_args_is_help=True, help="What is done to a person's data as a whole.")


@app.callback()
def user() -> None:
    """Keep `erase` a subcommand."""


@app.command("erase")
def user_erase(
    name: Annotated[str, typer.Argument(help="The id that the identity provider uses.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also while money moves or a dispute is open.")
    ] = False,
) -> None:
    """Remove a person's name, texts and files for good; ledger and timelines stay valid."""
    if not yes:
        typer.confirm(f"Remove whatever {name} wrote, for good?", abort=True)
    done = asyncio.run(_erased(name, force=force))
    for table, count in done.rows.items():
        typer.echo(f"{table}: {count}")
    typer.echo(f"files: {done.files}")
    for what in sorted(done.left):
        typer.echo(what, err=True)
    raise typer.Exit(1 if done.left else 0)


async def _erased(name: str, *, force: bool) -> Erased:
    """Take their tokens back first: who is forgotten does not go on as somebody, nor writes anew."""
    settings = current()
    async with wired(settings, application="ordergraph-erase") as wiring:
        url, user_id = settings.servers().database_url, user_id_of(name)
        await refuse(url, user_id, force=force)
        await revoke_user(user_id)
        wiring.hub.publish([LISTED])
        await wiring.hub.flush()
        await _last_words(settings)
        return await erase(url, user_id, wiring.keeper.storage, force=force)


async def _last_words(settings: Settings) -> None:
    """Wait until every process knows, without Redis too, and what was asked before has ended."""
    wait_s = READ_EVERY_S + settings.operation_timeout_s
    typer.echo(f"their tokens are taken back; in {wait_s:g} s their last request is over")
    await asyncio.sleep(wait_s)
