"""results.md: the tables, and how to read them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench.asking import Asked, Row
from bench.contenders import CONTENDERS, OURS
from bench.live import CHANGES_PER_S, LiveRow
from bench.options import Options
from bench.running import Start
from bench.workloads import Workload

PAGE: Final = Path(__file__).with_name("results.md")
SAME_HEAD: Final = ("to `same`", "CPU to `same`")


class Found(NamedTuple):
    """Everything that a run has found; `load` is the machine's load average before it and after it."""

    options: Options
    asked: Asked
    live: Sequence[LiveRow]
    machine: Sequence[str]
    load: tuple[float, float]


def written(found: Found) -> str:
    """The page as Markdown."""
    options = found.options
    parts = [
        HEAD.format(orders=options.orders),
        *(_asked(workload, rows) for workload, rows in found.asked.rows.items()),
        *([_live(found.live, options)] if found.live else []),
        *([_starts(found.asked.starts)] if found.asked.starts else []),
        "## Who they are\n\n" + _bullets(f"**{each.name}**: {each.about}." for each in CONTENDERS),
        READING.format(
            compared=found.asked.compared,
            rounds=options.rounds,
            seconds=options.seconds,
            connections=options.connections,
        ),
        "## Where\n\n" + _bullets([*found.machine, _busy(found.load)]),
    ]
    return "\n\n".join(parts) + "\n"


def _asked(workload: Workload, rows: Sequence[Row]) -> str:
    beside_same = SAME_HEAD if any(row.same for row in rows) else ()
    head = (
        "server", "requests/s", "ratio", "p50, ms", "p99, ms",
        "CPU, ms", "Postgres, ms", "CPU ratio", *beside_same, "memory, MB",
    )  # fmt: skip
    cells = [
        (
            _name(row.contender.name), f"{row.sample.per_s:,.0f}", f"{row.limit.per_s:.2f}",
            f"{row.sample.p50:.1f}", f"{row.sample.p99:.1f}", f"{row.sample.cpu:.2f}",
            f"{row.sample.postgres_cpu:.2f}", f"{row.limit.cpu:.2f}",
            *(f"{ratio:.2f}" for ratio in row.same or ()), f"{row.sample.memory_mb:.0f}",
        )
        for row in rows
    ]  # fmt: skip
    return f"## {workload.name}: {workload.about}\n\n" + _table(head, cells)


def _live(rows: Sequence[LiveRow], options: Options) -> str:
    head = ("server", "p50, ms", "p99, ms", "CPU, ms", "all told, ms", "memory each, KiB", "lost")
    cells = [
        (
            _name(row.contender.name), f"{row.heard.p50:.1f}", f"{row.heard.p99:.1f}",
            f"{row.heard.cpu:.2f}", f"{row.heard.broadcast:.0f}", f"{row.heard.each_kib:.0f}",
            f"{row.heard.lost:.0f}",
        )
        for row in rows
    ]  # fmt: skip
    about = LIVE.format(subscribers=options.subscribers, changes=CHANGES_PER_S)
    return f"{about}\n\n" + _table(head, cells)


def _starts(starts: dict[str, Start]) -> str:
    head = ("server", "answers after, s", "CPU until then, s", "memory then, MB")
    cells = [
        (_name(name), f"{start.after_s:.2f}", f"{start.cpu_s:.2f}", f"{start.memory_mb:.0f}")
        for name, start in starts.items()
    ]
    return f"## Starting\n\n{STARTED}\n\n" + _table(head, cells)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _name(name: str) -> str:
    return f"**{name}**" if name == OURS.name else name


def _bullets(said: Iterable[str]) -> str:
    return "\n".join(f"- {each}" for each in said)


def _busy(load: tuple[float, float]) -> str:
    before, after = load
    return (
        f"load average {before:.1f} before it began, {after:.1f} when it ended: what others did on the"
        " machine is in the requests per second"
    )


HEAD: Final = """\
# How fast it is

How near `ordergraph serve` comes to what the database can do, and where others are, on the same {orders:,} orders with the
same answers. `make bench` measures it and writes this page; [how to read it](#how-to-read-it) is below.

![Requests per second as a part of the limit's](results.png)"""

LIVE: Final = """\
## D: {subscribers:,} people follow an order each, {changes} changes a second

From the moment at which the commit was answered to the message at the socket; then all of them follow one order, and it
changes: until the last one was told. `lost` counts people whose last message is not the last state."""

STARTED: Final = """\
Each for the second time: the first time on a machine, Python compiles and the disk is read."""

READING: Final = """\
## How to read it

- **The limit** authenticates nobody and knows no GraphQL: its answer is one statement's text, so Postgres is nearly all of it.
  Nothing that reads the same rows can be much faster. ordergraph is measured as it is delivered: with authentication, limits,
  rates and logs. The others have none of these, but for **mercurius+**, which shows what they cost there
  (`bench/servers/node/guards.mjs`).
- **ratio** is to the limit's requests per second. **CPU** is the server process's own, for each request, **Postgres** that of its
  sessions; **CPU ratio** is what the limit takes of both, divided by what this server takes. Where others use the machine, too,
  believe it rather than the first: a server that needs much is then slowed down more.
- **same** sends the five statements that ordergraph sends for `orderCancel`, text by text, but out of a bare ASGI function that makes
  their values by hand. **to `same`** and **CPU to `same`** are both ratios to it: what is missing to 1 is ordergraph's own work.
- All servers run at once, each one a single process; one is asked while the others idle, in turns, {rounds} rounds of
  {seconds:g} s each after one that does not count, over {connections} connections that wait for each answer. Figures are medians
  of the rounds; ratios are taken within a round.
- Before anything was timed, {compared} questions were put to all, and the answers compared as JSON: ids, cursors, amounts,
  moments. PostGraphile's cursors and the names of its root fields are its own (`bench/documents/postgraphile-*.graphql` give
  the others their names). What `orderCancel` leaves in the tables was compared row by row.
- The plain server, mercurius and PostGraphile believe the user id that they are told."""
