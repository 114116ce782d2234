"""No case hangs: each clock of a table is a column, an index, a sweep and a sentence for people."""

from typing import Any

import pytest
from tortoise import connections

from ordergraph.appeals import models as appeals
from ordergraph.appeals import process as appeal
from ordergraph.cancellations import models as cancellations
from ordergraph.cancellations import process as cancellation
from ordergraph.deadlines import DEADLINES, ERRANDS, named, named_errand
from ordergraph.disputes import models as disputes
from ordergraph.disputes import process as dispute
from ordergraph.kernel.deadline import DeadlineKind
from ordergraph.kernel.language import LANGUAGES
from ordergraph.orders import models as orders
from ordergraph.orders import process as order
from ordergraph.refunds import models as refunds
from ordergraph.refunds import process as refund
from ordergraph.reminders.actions import TELLS

LIVES: list[tuple[Any, dict[str, Any], Any]] = [
    (order.ORDER, dict(order.TIMERS), orders.Order),
    (cancellation.CANCELLATION, dict(cancellation.TIMERS), cancellations.Cancellation),
    (refund.REFUND, dict(refund.TIMERS), refunds.Refund),
    (dispute.DISPUTE, dict(dispute.TIMERS), disputes.Dispute),
    (appeal.APPEAL, dict(appeal.TIMERS), appeals.Appeal),
]
CLOCKS = [
    pytest.param(model, column, id=f"{model._meta.db_table}.{column}")
    for process, _, model in LIVES
    for column in sorted({move.clock for move in process.moves if move.clock})
]
TIMERS = [
    pytest.param(model, timer, id=f"{model._meta.db_table}.{timer.column}")
    for _, timers, model in LIVES
    for timer in timers.values()
]
NOT_SET_YET = {
    # No action sets these columns yet; whoever writes one adds the sweep.
}
APART = {("orders", "cancelable_until"): ("open_windows", "closes_at")}
"""What a sweep reads instead, where each row waits for its clock and an index need not be partial."""


K = DeadlineKind
NOBODY_IS_REMINDED: dict[K, str] = {
    K.PAYMENT_DUE: "The buyer is at the till, and half an hour is soon over.",
    K.CANCEL_WINDOW_CLOSES: "Nobody has to do anything.",
    K.PRESUMED_DELIVERED: "Nobody has to do anything.",
    K.PROTECTION_ENDS: "Nobody has to do anything.",
    K.REFUND_DUE: "It is sent then, and nobody loses by that.",
    K.HOLD_ENDS: "The promise stands again, and nobody loses by that.",
    K.REFUND_CHECK_DUE: "It is the payment provider who is asked.",
}


def _swept() -> set[tuple[str, str]]:
    return {(due.waiting().model._meta.db_table, due.column) for due in (*DEADLINES, *ERRANDS)}


@pytest.mark.parametrize(("model", "column"), CLOCKS)
async def test_a_clock_is_a_column_that_a_sweep_reads(
    model: Any,
    column: str,
    database: str,  # noqa: ARG001  (it needs the database)
) -> None:
    clock = (model._meta.db_table, column)

    assert column in model._meta.fields_map
    assert (APART.get(clock, clock) in _swept()) is (clock not in NOT_SET_YET)


@pytest.mark.parametrize(("model", "column"), CLOCKS)
async def test_a_clock_has_a_partial_index(model: Any, column: str, database: str) -> None:  # noqa: ARG001  (it needs the database)
    clock = (model._meta.db_table, column)
    table, read = APART.get(clock, clock)
    rows = await connections.get("default").execute_query_dict(
        "SELECT indexdef FROM pg_indexes WHERE tablename = $1", [table]
    )

    definitions = [row["indexdef"] for row in rows]

    begins = f"({read})" if clock in APART else f"({read}) WHERE"
    assert any(begins in definition for definition in definitions)


@pytest.mark.parametrize(("model", "timer"), TIMERS)
def test_a_timer_tells_of_a_clock_in_every_language(model: Any, timer: Any) -> None:
    clocks = {(p.values[0]._meta.db_table, p.values[1]) for p in CLOCKS}

    assert (model._meta.db_table, timer.column) in clocks
    assert set(timer.says) == set(LANGUAGES)


@pytest.mark.parametrize(("model", "column"), CLOCKS)
def test_people_are_told_of_every_clock(model: Any, column: str) -> None:
    told = {(p.values[0]._meta.db_table, p.values[1].column) for p in TIMERS}

    assert (model._meta.db_table, column) in told


def test_whoever_loses_something_by_a_deadline_is_reminded_of_it() -> None:
    own_turns = {timer.kind for timer in dispute.TIMERS.values()}

    assert set(TELLS).isdisjoint(own_turns)
    assert (set(TELLS) | own_turns).isdisjoint(NOBODY_IS_REMINDED)
    assert set(TELLS) | own_turns | set(NOBODY_IS_REMINDED) == set(K)


def test_every_deadline_and_errand_is_found_by_its_name() -> None:
    assert [named(deadline.name) for deadline in DEADLINES] == list(DEADLINES)
    assert [named_errand(errand.name) for errand in ERRANDS] == list(ERRANDS)
