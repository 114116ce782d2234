"""What happens to tests that hang; a hang must never be silent."""

import subprocess
import sys
from pathlib import Path

HANGING = """
import asyncio
import pytest

@pytest.fixture
async def hangs_at_its_end():
    yield
    await asyncio.Event().wait()

async def test_fails(hangs_at_its_end):
    raise ZeroDivisionError

async def test_hangs():
    await asyncio.Event().wait()

def test_goes_on():
    assert True
"""
PYTEST = (sys.executable, "-m", "pytest", "-p", "tests.hanging", "-p", "no:randomly")
OPTIONS = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_test_loop_scope=session")


def test_a_test_and_its_end_are_cut_off_and_tell_where_they_were(tmp_path: Path) -> None:
    (tmp_path / "test_them.py").write_text(HANGING)
    root = Path(__file__).parents[2]

    done = subprocess.run(
        [*PYTEST, *OPTIONS, "--timeout=1", "--rootdir", str(tmp_path), str(tmp_path)],
        check=False, env={"PYTHONPATH": str(root)}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert "2 failed, 1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    assert "await asyncio.Event().wait()" in done.stdout.partition("- Tasks -")[2]
