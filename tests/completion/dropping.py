"""What graphql-core drops where a field fails at once is garbage of the test in which it was dropped."""

import gc
from collections.abc import Iterator

import pytest

DROPS = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
"""Where a field fails at once, graphql-core itself may drop what its neighbours have begun."""


@pytest.fixture(autouse=True)
def dropped_here() -> Iterator[None]:
    """Not of a test that happens to come later; nor is it found in the middle of a function that cannot
    tell a warning, such as a named tuple's.
    """
    gc.disable()
    yield
    gc.enable()
    gc.collect()
