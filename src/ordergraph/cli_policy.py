"""The `ordergraph policy` commands: show the numbers, publish others, replay the past under them."""

import asyncio
import tomllib
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ordergraph.infra.database import Edge
from ordergraph.kernel.actor import SYSTEM
from ordergraph.kernel.duration import read_duration
from ordergraph.kernel.policy import NUMBERS, Chosen, Policy, about, check, read, shown
from ordergraph.kernel.refusal import InvalidInput, NotFound
from ordergraph.marketplace import actions, queries
from ordergraph.replay.counting import Tally, tally
from ordergraph.replay.process import LOOKED_AT, Kind
from ordergraph.replay.reading import past
from ordergraph.settings import POLICY_PREFIX, Settings
from ordergraph.settings import settings as current
from ordergraph.wiring import wired

policy_app = typer.Typer(no_args_is_help=True, help="The marketplace's numbers.")
out = Console(highlight=False, soft_wrap=True)

Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE, such as cancel_window_s=12h; may be repeated."),
]


@policy_app.command()
def show(
    version: Annotated[
        int | None, typer.Option(help="An earlier one; 0 are the defaults.", min=0)
    ] = None,
) -> None:
    """Print the numbers that new orders get, or those of an earlier version."""
    _with_database(lambda _settings, _edge: _show(version))


async def _show(version: int | None) -> None:
    found = await queries.policy_version(version)
    if found is None and version:
        raise NotFound(what=f"policy {version}")
    numbers = Policy.from_json(found.numbers) if found else Policy()
    when = f"published {found.published_at:%Y-%m-%d %H:%M} UTC" if found else "the defaults"
    out.print(f"policy {found.version if found else 0}, {when}")
    out.print(_numbers(numbers))


def _numbers(policy: Policy) -> Table:
    table = Table("number", "value", "", "meaning", box=None, pad_edge=False)
    usual = Policy()
    for name in NUMBERS:
        value, default = getattr(policy, name), getattr(usual, name)
        note = "default" if value == default else f"not {shown(name, default)}"
        table.add_row(name, shown(name, value), note, about(name))
    return table


@policy_app.command()
def publish(
    sets: Sets = None,
    file: Annotated[
        Path | None, typer.Option(help="A TOML file of such numbers.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Choose numbers anew, for new orders only; those that are not named stay as they are."""
    numbers = _file(file) | _named(sets)
    if not numbers:
        raise InvalidInput(field="--set", problem="name at least one number, or give a --file")
    _with_database(lambda settings, edge: _publish(settings, edge, numbers))


async def _publish(settings: Settings, edge: Edge, numbers: dict[str, Chosen]) -> None:
    async with edge.transaction(SYSTEM) as tx:
        done = await actions.publish_changes(tx, numbers)
    if not done.changes:
        out.print(f"nothing changes: policy {done.version} has these numbers")
    else:
        out.print(f"policy {done.version} is published, for orders that are placed from now on")
    for name, before, after in done.changes:
        out.print(f"  {name}: {shown(name, before)} → {shown(name, after)}")
    for name, ours in settings.policy.model_dump(exclude_none=True).items():
        if numbers.get(name, ours) != ours:
            variable = f"{POLICY_PREFIX}{name.upper()}"
            out.print(f"  but {variable} says {shown(name, ours)}: the next `ordergraph seed` wins")


@policy_app.command()
def replay(
    sets: Sets = None,
    since: Annotated[str, typer.Option(help="How far to look back: 30d, 12h, …")] = "30d",
) -> None:
    """Say what would have been different, had the newest policy with these numbers been in force."""
    numbers = _named(sets)
    span = read_duration(since, field="--since")

    async def replayed(_: Settings, edge: Edge) -> None:
        now = await edge.clock.now()
        version, newest = await queries.policy()
        new = newest.changed(numbers)
        found = await tally(past(now - span, now), new)
        _report(
            found, f"policy {version}" + "".join(f", {text}" for text in sets or ()), now - span
        )
        _left_out(name for name, _, _ in newest.changes(new))

    _with_database(replayed)


def _report(found: Tally, policy: str, since: datetime) -> None:
    out.print(f"{found.orders:,} orders since {since:%Y-%m-%d %H:%M} UTC, under {policy}:")
    if not found.counts:
        out.print("nothing would have been different")
        return
    table = Table("times", "what", "money-days", "such as", box=None, pad_edge=False)
    for kind in Kind:
        if count := found.counts.get(kind):
            money = ", ".join(f"{days:,} {code}" for code, days in count.money_days().items())
            table.add_row(f"{count.times:,}", kind.about, money, " ".join(count.examples))
    out.print(table)


def _left_out(changed: Iterable[str]) -> None:
    if left_out := sorted(set(changed) - LOOKED_AT):
        out.print(f"not looked at: {', '.join(left_out)}")


def _named(sets: list[str] | None) -> dict[str, Chosen]:
    numbers: dict[str, Chosen] = {}
    for text in sets or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise InvalidInput(field="--set", problem=f"write NAME=VALUE, not {text}")
        numbers[name.strip()] = read(name.strip(), value.strip())
    return numbers


def _file(path: Path | None) -> dict[str, Chosen]:
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidInput(field=str(path), problem=f"not TOML: {wrong}") from None
    return {name: _chosen(name, value) for name, value in found.items()}


def _chosen(name: str, value: object) -> Chosen:
    if isinstance(value, bool):
        return read(name, shown(name, value))
    if isinstance(value, int):
        check(name, value)
        return read(name, str(value))
    if isinstance(value, str):
        return read(name, value)
    check(name, 0)
    raise InvalidInput(
        field=name, problem="write a duration, a number of seconds, or true or false"
    )


def _with_database(work: Callable[[Settings, Edge], Coroutine[Any, Any, None]]) -> None:
    settings = current()

    async def done() -> None:
        async with wired(settings, application="ordergraph-policy") as wiring:
            await work(settings, wiring.edge)

    asyncio.run(done())
