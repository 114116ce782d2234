"""The `ordergraph` command: one function a subcommand, each a few lines over what it calls."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from ordergraph import dev as development
from ordergraph.dev import Persona, Plan
from ordergraph.infra.child import ChildError, die_with_our_parent
from ordergraph.infra.embedded import EmbeddedError
from ordergraph.infra.running import AlreadyRunningError
from ordergraph.settings import Settings, SettingsError, load

OURSELVES = (sys.executable, "-m", "ordergraph.cli")
READABLE = (SettingsError, EmbeddedError, AlreadyRunningError, ChildError)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they would show secrets
    help="Cancellations, promised refunds and disputes over GraphQL.",
)


@app.callback()
def _ordergraph() -> None:
    """With a callback, a lone subcommand keeps its name."""


@app.command()
def dev(
    *,
    port: Annotated[int | None, typer.Option(help="The API's port; 0: any free one.")] = None,
    postgres_port: Annotated[int | None, typer.Option(help="Default: a free one.")] = None,
    valkey_port: Annotated[int | None, typer.Option(help="Default: a free one.")] = None,
    with_parent: Annotated[
        bool, typer.Option(help="End when the process that started this one is gone.")
    ] = False,
) -> None:
    """Run everything on this machine: servers, migrations, sandbox data, API and worker."""
    if with_parent:
        die_with_our_parent()
    given = load(os.environ, join_dev=False)
    if port is not None:
        given = given.model_copy(update={"port": port})
    plan = Plan(
        serve=(*OURSELVES, "serve"),
        worker=(*OURSELVES, "worker"),
        steps=(),
        personas=_personas,
        postgres_port=postgres_port,
        valkey_port=valkey_port,
    )
    development.run(given, plan, Console(highlight=False))


def _personas(_settings: Settings) -> Sequence[Persona]:
    return ()


def main() -> None:
    """Run a subcommand; what the user can mend is one line, not a traceback."""
    try:
        app()
    except READABLE as wrong:
        Console(stderr=True, highlight=False).print(f"ordergraph: {wrong}", markup=False)
        raise SystemExit(2 if isinstance(wrong, SettingsError) else 1) from None


if __name__ == "__main__":
    main()
