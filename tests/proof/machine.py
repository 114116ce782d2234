"""The machine: people, workers, clocks and the bank do whatever they may, in any order (S9)."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ordergraph.kernel.actor import Actor
from ordergraph.payments.gateways.protocol import Standing
from tests.market import ADA, BEN, DAY, LAMPS, PAPER, line
from tests.proof import laws
from tests.proof.bank import Mood
from tests.proof.people import COMMANDS, EVERYBODY, Command
from tests.proof.world import JOBS, LEASE, World

Run = Callable[[Coroutine[Any, Any, Any]], Any]

Beginning = tuple[str, ...]
A_DAY: Final = "a day passes"
"""After it a buyer can only ask, and that where the policy knows late requests."""
MOST_ORDERS: Final = 5
LOOK_FOR_HANGING: Final = 5
"""After how many steps each clock is read; it takes long, and in the end it is done anyway."""

PLACES: Final = st.integers(0, MOST_ORDERS - 1)
NUMBERS: Final = st.integers(0, 20_000)
COMMAND: Final = st.sampled_from(COMMANDS)
STRANGER: Final = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(EVERYBODY))
ORDERING: Final = st.sampled_from([Mood.WELL, Mood.WELL, Mood.LOST, Mood.CUT])
RULED: Final = ("ships", "delivers", "complains", "refuses", "escalates", "decides")
"""As far as a decision of the operator's."""
BEGINNING: Final = st.sampled_from(
    [
        (),
        ("cancels",),
        ("cancels", "releases"),
        ("ships", "delivers"),
        ("ships", "delivers", "complains"),
        ("ships", "delivers", "complains", "offers"),
        (*RULED, "appeals"),
        (*RULED, "withdraws by law", "appeals"),
        (*RULED, "appeals", "withdraws by law"),
        ("ships", "delivers", "withdraws by law", "sends the goods back"),
        ("ships", "withdraws by law"),
        (A_DAY, "cancels"),
        (A_DAY, "cancels some"),
    ]
)
WORK: Final = st.one_of(
    st.just(list(JOBS)), st.lists(st.sampled_from(list(JOBS)), min_size=1, max_size=3)
)
SPANS: Final = (
    timedelta(minutes=1),
    LEASE + timedelta(seconds=1),
    timedelta(minutes=31),
    timedelta(hours=25),
    timedelta(days=5),
    timedelta(days=8),
)


def _lines(currency: str, *prices: str) -> st.SearchStrategy[list[Any]]:
    of_one = st.builds(
        line,
        quantity=st.integers(1, 4),
        price=st.sampled_from(prices),
        currency=st.just(currency),
    )
    return st.lists(of_one, min_size=1, max_size=3)


BASKET: Final = st.one_of(
    _lines("EUR", "0.01", "3.33"), _lines("JPY", "1", "997"), _lines("KWD", "0.003", "1.250")
)


class Proof(RuleBasedStateMachine):
    """Places, numbers and words are drawn; what they mean is looked up in the world."""

    run: Run
    empty: Callable[[], Coroutine[Any, Any, None]]

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.steps = 0

    @initialize(
        beginnings=st.lists(BEGINNING, min_size=1, max_size=3),
        lines=BASKET,
        number=NUMBERS,
        late=st.booleans(),
    )
    def some_orders(
        self, beginnings: list[Beginning], lines: list[Any], number: int, *, late: bool
    ) -> None:
        self.run(self.world.rule(late_cancellation=late))
        for place, beginning in enumerate(beginnings):
            self.run(self.world.place(ADA, LAMPS, lines, Mood.WELL))
            for name in beginning:
                self._begin(name, place, number)

    def _begin(self, name: str, place: int, number: int) -> None:
        if name == A_DAY:
            self.world.clock.advance(DAY)
        else:
            self.run(self.world.act_by_name(name, place, number))

    @rule(parties=st.sampled_from([(ADA, LAMPS), (BEN, PAPER)]), lines=BASKET, mood=ORDERING)
    def somebody_orders(self, parties: tuple[Actor, Actor], lines: list[Any], mood: Mood) -> None:
        if len(self.world.orders) < MOST_ORDERS:
            self.run(self.world.place(*parties, lines, mood))

    @rule(command=COMMAND, place=PLACES, number=NUMBERS, stranger=STRANGER)
    def somebody_acts(
        self, command: Command, place: int, number: int, stranger: Actor | None
    ) -> None:
        self.run(self.world.act(command, place, number, stranger))

    @rule(commands=st.permutations(COMMANDS), place=PLACES, number=NUMBERS)
    def people_try_until_something_works(
        self, commands: list[Command], place: int, number: int
    ) -> None:
        self.run(self.world.act_somehow(commands, place, number))

    @rule(commands=st.lists(COMMAND, min_size=2, max_size=3), place=PLACES, number=NUMBERS)
    def several_act_at_once(self, commands: list[Command], place: int, number: int) -> None:
        self.run(self.world.act_at_once(commands, place, number))

    @rule(jobs=WORK, workers=st.integers(1, 2))
    def workers_do_their_jobs_in_any_order(self, jobs: list[str], workers: int) -> None:
        self.run(self.world.work(jobs, workers))

    @rule(step=st.sampled_from(["claims", "claims", "calls", "records", "dies"]), place=PLACES)
    def a_worker_stops_on_its_way_or_goes_on(self, step: str, place: int) -> None:
        match step:
            case "claims":
                self.run(self.world.claim(place))
            case "calls":
                self.run(self.world.call(place))
            case "records":
                self.run(self.world.record(place))
            case _:
                self.world.hands.clear()

    @rule(by=st.sampled_from(SPANS))
    def time_passes(self, by: timedelta) -> None:
        self.world.clock.advance(by)

    @rule(moods=st.lists(st.sampled_from(Mood), min_size=1, max_size=4))
    def the_bank_has_moods(self, moods: list[Mood]) -> None:
        self.world.bank.moods.extend(moods)

    @rule(news=st.sampled_from(["settles", "bounces", "rings", "forgets"]), place=PLACES)
    def something_happens_at_the_bank(self, news: str, place: int) -> None:
        match news:
            case "settles":
                self.world.bank.settle(Standing.SUCCEEDED)
            case "bounces":
                self.world.bank.settle(Standing.FAILED)
            case "rings":
                self.run(self.world.ring(place))
            case _:
                self.world.forget()

    @invariant()
    def the_laws_hold(self) -> None:
        self.run(self._laws())

    async def _laws(self) -> None:
        await laws.assert_all(self.world.bank)
        self.steps += 1
        if self.steps % LOOK_FOR_HANGING == 0:
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
