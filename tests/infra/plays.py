"""Scripts of these tests in processes of their own, and how to see that a process is gone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

HERE = Path(__file__).parent


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20.0) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """A zombie that nobody has buried yet runs no more."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Play:
    """A script of these tests in a process of its own, and what it printed."""

    def __init__(self, script: str, *args: object, **env: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
        self.process = subprocess.Popen(
            [sys.executable, HERE / script, *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean | {"COLUMNS": "200"} | env,
            start_new_session=True,
        )
        self.lines: list[str] = []

    def read_until(self, words: str) -> str:
        """The first line yet to be read that holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if words in line:
                return line.rstrip()
        raise AssertionError(f"{words!r} never came:\n" + "\n".join(self.lines))

    def family(self) -> list[int]:
        """Everyone it started, directly or not."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]

    def end(self, number: signal.Signals) -> int:
        """Its exit code; where it does not end, the failure says what it was doing."""
        self.process.send_signal(number)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGUSR1)
            time.sleep(1)
            self.process.kill()
            said, _ = self.process.communicate(timeout=20)
            raise AssertionError(f"it did not end within 20 s:\n{said}") from None
        return self.process.returncode
