"""`ordergraph clock`: the test clock, in development."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from ordergraph.kernel.duration import read_duration
from ordergraph.settings import Settings
from ordergraph.settings import settings as current
from ordergraph.testclock.actions import TestClockRefused, advance
from ordergraph.wiring import wired

app = typer.Typer(no_args_is_help=True, help="The test clock, in development.")


@app.command("advance")
def clock_advance(
    by: Annotated[str, typer.Argument(help="How far: 24h, 7d, PT24H, …")],
) -> None:
    """Move the test clock forward; what falls due on the way happens, in order."""
    settings = current()
    if not settings.test_clock:
        raise TestClockRefused("the test clock is off: ORDERGRAPH_TEST_CLOCK is not true")
    now = asyncio.run(_advance(settings, read_duration(by, field="by")))
    typer.echo(f"it is now {now}")


async def _advance(settings: Settings, by: timedelta) -> str:
    async with wired(settings, application="ordergraph-clock") as wiring:
        return f"{await advance(wiring.cashier, by):%Y-%m-%d %H:%M:%S} UTC"


@app.command("show")
def clock_show() -> None:
    """Say what time it is for this installation."""
    typer.echo(asyncio.run(_show(current())))


async def _show(settings: Settings) -> str:
    async with wired(settings, application="ordergraph-clock") as wiring:
        return f"{await wiring.edge.clock.now():%Y-%m-%d %H:%M:%S} UTC"
