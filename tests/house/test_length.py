"""Length guard: what does not fit on a few screens is in the wrong number of pieces."""

from collections.abc import Iterable
from pathlib import Path

from tests.house.walk import definitions, files, name

FILE_LIMIT, TEST_FILE_LIMIT, FUNCTION_LIMIT = 300, 400, 50
CODE, TESTS = files("src", "workers", "seeds"), files("tests")


def _longer_than(limit: int, paths: Iterable[Path]) -> dict[str, int]:
    lengths = {name(path): len(path.read_text().splitlines()) for path in paths}
    return {path: length for path, length in lengths.items() if length > limit}


def test_every_file_of_ours_is_short() -> None:
    assert _longer_than(FILE_LIMIT, CODE) == {}


def test_every_file_of_tests_is_short() -> None:
    assert _longer_than(TEST_FILE_LIMIT, TESTS) == {}


def test_every_function_is_short() -> None:
    long = {
        f"{name(path)}: {each.name}": each.length
        for path in CODE + TESTS
        for each in definitions(path)
        if each.is_function and each.length > FUNCTION_LIMIT
    }

    assert long == {}


def test_the_guard_sees_the_house() -> None:
    """A guard that looks at nothing would always be content."""
    assert {"src/ordergraph/app.py", "workers/main.py", "seeds/reasons.py"} <= set(map(name, CODE))
    assert name(Path(__file__)) in map(name, TESTS)
