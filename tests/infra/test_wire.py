"""What a serving process asks of its system."""

import resource
from collections.abc import Iterator

import pytest

from ordergraph.infra.wire import MOST_FILES, many_open_files


@pytest.fixture
def hard() -> Iterator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_process_takes_as_many_open_files_as_it_may(hard: int) -> None:
    """W5: a thousand sockets do not fit into the thousand and some that many systems begin with."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))

    many_open_files()

    allowed = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (allowed, hard)
    many_open_files()  # and is content with what it has
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (allowed, hard)
