"""Which worker of pytest-xdist runs which tests: a file is one worker's, and the long ones come first."""

from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# The tests of a line stay together: they share processes that take long to start. The line that
# is begun last should be a short one.
# fmt: off
LONG: Final = (
    ("tests/faults/test_p", "tests/faults/test_c", "tests/faults/test_s"),
    ("tests/faults/",),
    ("tests/tour/",),
    ("tests/operations/",),
    ("tests/clients/",),
    ("tests/infra/test_dev.py",),
    ("tests/graphiql/",),
    ("tests/payments/test_stripe_installation.py",),
    ("tests/seeds/",),
    ("tests/proof/",),
    ("tests/disputes/test_secrets.py",),
    ("tests/idempotency/test_races.py",),
)
# fmt: on


class ByFile(LoadFileScheduling):
    """A free worker takes the next file, in the order of the collection, or the next line above."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # by the number of tests: the long files have few

    def _split_scope(self, nodeid: str) -> str:
        place = place_of(nodeid)
        return str(place) if place < len(LONG) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-randomly: what is equally long keeps its order
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place_of(item.nodeid))


def place_of(nodeid: str) -> int:
    """Return the line of the table that this test belongs to; what is short comes after the last."""
    lines = (line for line, starts in enumerate(LONG) if nodeid.startswith(starts))
    return next(lines, len(LONG))
