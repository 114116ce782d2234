"""The machine behind every table of moves, and that each table is a life without dead ends."""

from enum import StrEnum
from typing import Any

import pytest

from ordergraph.cancellations.process import CANCELLATION
from ordergraph.disputes.process import DISPUTE
from ordergraph.kernel.actor import Role
from ordergraph.kernel.process import Move, Process
from ordergraph.kernel.refusal import NotAllowed, Refusal, WrongState
from ordergraph.kernel.words import Words
from ordergraph.orders.process import ORDER
from ordergraph.refunds.process import REFUND

PROCESSES: dict[str, Process[Any, Any]] = {
    "order": ORDER,
    "cancellation": CANCELLATION,
    "refund": REFUND,
    "dispute": DISPUTE,
}
each = pytest.mark.parametrize("process", PROCESSES.values(), ids=PROCESSES)


class Door(Words):
    OPEN = "OPEN", "One may pass."
    SHUT = "SHUT", "Nobody passes."


class Push(StrEnum):
    CLOSE = "CLOSE"
    LOCK = "LOCK"


DOOR = Process(start=Door.OPEN, moves=(
    Move(Door.OPEN, Push.CLOSE, {Role.BUYER}, Door.SHUT),
    Move(Door.SHUT, Push.LOCK, {Role.SELLER}, Door.SHUT),
))  # fmt: skip


def test_a_listed_move_leads_where_the_table_says() -> None:
    assert DOOR.after(Push.CLOSE, Door.OPEN, Role.BUYER) is Door.SHUT


def test_a_role_that_never_may_is_refused_whatever_the_state() -> None:
    with pytest.raises(NotAllowed) as refusal:
        DOOR.after(Push.CLOSE, Door.SHUT, Role.SELLER)

    assert (refusal.value.action, refusal.value.role) == (Push.CLOSE, Role.SELLER)


def test_a_role_that_may_at_another_time_hears_of_the_state() -> None:
    with pytest.raises(WrongState) as refusal:
        DOOR.after(Push.CLOSE, Door.SHUT, Role.BUYER)

    assert (refusal.value.action, refusal.value.state) == (Push.CLOSE, Door.SHUT)


def test_two_rows_for_one_action_in_one_state_are_a_mistake() -> None:
    row = Move(Door.OPEN, Push.CLOSE, {Role.BUYER}, Door.SHUT)

    with pytest.raises(AssertionError, match="two rows"):
        Process(start=Door.OPEN, moves=(row, row))


@each
def test_every_state_can_be_reached(process: Process[Any, Any]) -> None:
    reached = {process.start}
    for _ in process.states:
        reached |= {move.to for move in process.moves if move.start in reached}

    assert reached == set(process.states)


@each
def test_there_is_an_end_and_nothing_leads_out_of_it(process: Process[Any, Any]) -> None:
    assert process.final
    assert not [move for move in process.moves if move.start in process.final]


@each
def test_no_state_waits_for_people_alone(process: Process[Any, Any]) -> None:
    """Every state that is not final has a clock, or waits for the gateway."""
    for state in set(process.states) - process.final:
        waits_for_gateway = any(
            move.start is state and Role.GATEWAY in move.by for move in process.moves
        )
        assert list(process.clocks(state)) or waits_for_gateway, state


@each
def test_following_only_the_clocks_ends(process: Process[Any, Any]) -> None:
    """A clock that leads back to its own state is a look-up: it waits for the gateway or a later clock."""
    clocked = {
        state: {move.to for move in process.clocks(state) if move.to is not state}
        for state in process.states
    }
    ways = [[state] for state in process.states]
    for way in ways:
        for state in clocked[way[-1]]:
            assert state not in way, f"clocks turn in a circle: {way}"
            ways.append([*way, state])
    for state in process.states:
        gateway = any(m.start is state and m.by == {Role.GATEWAY} for m in process.moves)
        assert clocked[state] or state in process.final or gateway, f"{state} never ends"


@each
def test_clocks_belong_to_the_system_and_the_system_acts_by_clocks_or_events(
    process: Process[Any, Any],
) -> None:
    for move in process.moves:
        if move.clock:
            assert move.by == {Role.SYSTEM}, move


@each
def test_what_a_role_may_do_is_listed_once_in_the_order_of_the_table(
    process: Process[Any, Any],
) -> None:
    for role in Role:
        actions = process.open_to(role)
        assert len(actions) == len(set(actions))
        assert set(actions) == {move.action for move in process.moves if role in move.by}


CASES = [
    pytest.param(process, action, state, id=f"{name}-{state}-{action}")
    for name, process in PROCESSES.items()
    for state in process.states
    for action in type(process.moves[0].action)
]


@pytest.mark.parametrize(("process", "action", "state"), CASES)
def test_the_table_refuses_every_role_that_it_does_not_list(
    process: Process[Any, Any], action: Any, state: Any
) -> None:
    rows = {(move.start, move.action): move for move in process.moves}
    may = rows[state, action].by if (state, action) in rows else set()

    for role in set(Role) - set(may):
        at_another_time = role in process.roles(action) and not may
        with pytest.raises(Refusal) as refusal:
            process.after(action, state, role)
        assert type(refusal.value) is (WrongState if at_another_time else NotAllowed)
        assert not process.allows(action, state, role)
    for role in may:
        assert process.allows(action, state, role)
        assert process.after(action, state, role) is rows[state, action].to
