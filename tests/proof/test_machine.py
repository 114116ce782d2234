"""Whatever people, workers, clocks and the bank do, in whatever order, the books are right (S9, M12)."""

import time
from collections.abc import Callable

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from tests.proof.conftest import CHAOS, LONG, MINUTES, SEED, SHORT
from tests.proof.machine import Proof


def test_no_order_of_deeds_breaks_a_law(proof: Callable[[], Proof]) -> None:
    run_state_machine_as_test(proof, settings=SHORT)


@CHAOS
@pytest.mark.timeout(0)
def test_no_order_of_deeds_breaks_a_law_for_minutes(proof: Callable[[], Proof]) -> None:
    end, runs = time.monotonic() + MINUTES * 60, 0
    while time.monotonic() < end:
        print(f"CHAOS_SEED={SEED + runs}")  # noqa: T201  (to be seen when it fails)
        run_state_machine_as_test(seed(SEED + runs)(proof), settings=LONG)
        runs += 1
