"""Whatever people, workers, clocks and the bank do, in whatever order, the books are right (S9, M12)."""

from collections.abc import Callable

from hypothesis.stateful import run_state_machine_as_test

from tests.proof.conftest import SHORT
from tests.proof.machine import Proof


def test_no_order_of_deeds_breaks_a_law(proof: Callable[[], Proof]) -> None:
    run_state_machine_as_test(proof, settings=SHORT)
