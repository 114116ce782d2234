"""What a serving process asks of its system, and the frames that it writes itself."""

import resource
from collections.abc import Iterator

import pytest
from websockets.frames import Frame, Opcode

from ordergraph.infra.wire import MOST_FILES, head_of, many_open_files


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


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_frame_of_our_own_is_as_the_library_writes_it(size: int) -> None:
    text = b"x" * size

    assert head_of(size) + text == Frame(Opcode.TEXT, text).serialize(mask=False)
