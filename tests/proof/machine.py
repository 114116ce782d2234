"""The machine: people, workers, clocks and the bank do whatever they may, in any order (S9)."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ordergraph.kernel.actor import Actor
from ordergraph.payments.gateways.protocol import Standing
from tests.market import ADA, BEN, LAMPS, PAPER, line
from tests.proof import laws
from tests.proof.bank import MEMORY, Mood
from tests.proof.people import COMMANDS, EVERYBODY, Command
from tests.proof.world import JOBS, LEASE, World

Run = Callable[[Coroutine[Any, Any, Any]], Any]

PLACES: Final = st.integers(0, 5)
NUMBERS: Final = st.integers(0, 20_000)
COMMAND: Final = st.sampled_from(COMMANDS)
STRANGER: Final = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(EVERYBODY))
SPANS: Final = (
    timedelta(minutes=1),
    LEASE + timedelta(seconds=1),
    timedelta(minutes=31),
    timedelta(hours=25),
    timedelta(days=3),
    timedelta(days=8),
    timedelta(days=31),
)
LINES: Final = {
    "EUR": st.builds(line, quantity=st.integers(1, 5), price=st.sampled_from(["0.01", "3.33"])),
    "JPY": st.builds(
        line,
        quantity=st.integers(1, 3),
        price=st.sampled_from(["1", "997"]),
        currency=st.just("JPY"),
    ),
    "KWD": st.builds(
        line, quantity=st.integers(1, 3), price=st.sampled_from(["0.003"]), currency=st.just("KWD")
    ),
}


class Proof(RuleBasedStateMachine):
    """Places, numbers and words are drawn; what they mean is looked up in the world."""

    run: Run
    empty: Callable[[], Coroutine[Any, Any, None]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(currency=st.sampled_from(sorted(LINES)), data=st.data())
    def an_order(self, currency: str, data: st.DataObject) -> None:
        lines = data.draw(st.lists(LINES[currency], min_size=1, max_size=3))
        self.run(self.world.place(ADA, LAMPS, lines, Mood.WELL))

    @rule(
        parties=st.sampled_from([(ADA, LAMPS), (BEN, LAMPS), (ADA, PAPER), (LAMPS, PAPER)]),
        lines=st.sampled_from(sorted(LINES)).flatmap(
            lambda currency: st.lists(LINES[currency], min_size=1, max_size=3)
        ),
        mood=st.sampled_from([Mood.WELL, Mood.WELL, Mood.WELL, Mood.LOST, Mood.CUT]),
    )
    def somebody_orders(self, parties: tuple[Actor, Actor], lines: list[Any], mood: Mood) -> None:
        if parties[0] is LAMPS:
            parties = (BEN, PAPER)
        if len(self.world.orders) < 4:
            self.run(self.world.place(*parties, lines, mood))

    @rule(command=COMMAND, place=PLACES, number=NUMBERS, stranger=STRANGER)
    def somebody_acts(
        self, command: Command, place: int, number: int, stranger: Actor | None
    ) -> None:
        case = self.run(self.world.case(place, number))
        if case is not None and getattr(case, command.on) is not None:
            self.run(self.world.act(command, case, stranger))

    @rule(commands=st.lists(COMMAND, min_size=2, max_size=3), place=PLACES, number=NUMBERS)
    def several_act_at_once(self, commands: list[Command], place: int, number: int) -> None:
        case = self.run(self.world.case(place, number))
        if case is None:
            return
        possible = [command for command in commands if getattr(case, command.on) is not None]
        self.run(self.world.act_at_once(possible, case))

    @rule(
        jobs=st.lists(st.sampled_from(list(JOBS)), min_size=1, max_size=3),
        workers=st.integers(1, 2),
    )
    def workers_do_some_jobs_in_any_order(self, jobs: list[str], workers: int) -> None:
        self.run(self.world.work(jobs, workers))

    @rule(workers=st.integers(1, 2))
    def workers_do_all_jobs(self, workers: int) -> None:
        self.run(self.world.work(JOBS, workers))

    @rule(place=PLACES)
    def a_worker_stops_with_a_claim(self, place: int) -> None:
        self.run(self.world.claim(place))

    @rule(place=PLACES)
    def a_stopped_worker_calls_the_bank(self, place: int) -> None:
        self.run(self.world.call(place))

    @rule(place=PLACES)
    def a_stopped_worker_records(self, place: int) -> None:
        self.run(self.world.record(place))

    @rule()
    def stopped_workers_die(self) -> None:
        self.world.hands.clear()

    @rule(by=st.sampled_from(SPANS))
    def time_passes(self, by: timedelta) -> None:
        self.world.clock.advance(by)

    @rule(moods=st.lists(st.sampled_from(Mood), min_size=1, max_size=4))
    def the_bank_has_moods(self, moods: list[Mood]) -> None:
        self.world.bank.moods.extend(moods)

    @rule(place=PLACES)
    def the_bank_rings(self, place: int) -> None:
        self.run(self.world.ring(place))

    @rule(standing=st.sampled_from([Standing.SUCCEEDED, Standing.FAILED]))
    def the_bank_books_what_was_pending(self, standing: Standing) -> None:
        self.world.bank.settle(standing)

    @rule()
    def the_bank_forgets_old_keys(self) -> None:
        """No worker sleeps so long between its claim and its call: that one is dead by now."""
        young = self.world.clock.at - MEMORY
        self.world.hands = [h for h in self.world.hands if h.claimed_at > young]
        self.world.bank.forget()

    @invariant()
    def the_laws_hold(self) -> None:
        self.run(self._laws())

    async def _laws(self) -> None:
        await laws.assert_all(self.world.bank)
        await laws.assert_nothing_hangs(self.world.bank)

    def teardown(self) -> None:
        try:
            self.run(self.world.heal())
        finally:
            self.run(type(self).empty())


def bound(loop: asyncio.AbstractEventLoop, empty: Callable[[], Any]) -> type[Proof]:
    """The machine on the loop that is connected to the database, and `empty` to begin anew."""
    ways = {"run": staticmethod(loop.run_until_complete), "empty": staticmethod(empty)}
    return type("BoundProof", (Proof,), ways)
