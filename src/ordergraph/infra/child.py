"""One child process: started in its own session, known to be ready, ended with all it began."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ordergraph.infra import locks

STEP_S = 0.01
LOG_BYTES = 5_000_000
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ChildError(Exception):
    """A child did not become ready; the message ends with the tail of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """How a child is run. Without `log`, its output comes through a pipe."""

    name: str
    argv: tuple[str, ...]
    lock: Path  # held by the child and its children while any of them lives; says its process id
    env: Mapping[str, str] | None = None
    log: Path | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stale: tuple[Path, ...] = ()  # what a killed predecessor leaves and a successor trips over
    is_ready: Callable[[], bool] = lambda: True


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Run in a child before it becomes its program: `kill -9` of us then ends it too (Linux).

    The kernel watches the thread that started the child: start children from the main thread.
    """
    parent = os.getpid()

    def ask_the_kernel() -> None:  # pragma: no cover - it runs between fork and exec
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
            if os.getppid() != parent:  # it died before the kernel was asked
                os.kill(os.getpid(), signal.SIGKILL)

    return ask_the_kernel


def die_with_our_parent() -> None:
    """End by SIGTERM when the process that started us is gone, be it by `kill -9` (Linux)."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


class Child:
    """A program and the process that runs it now."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._is_buried = False

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def output(self) -> IO[bytes] | None:
        return None if self._process is None else self._process.stdout

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The code it ended with; None while it runs."""
        assert self._process is not None, "not started"
        return self._process.poll()

    def start(self) -> bool:
        """Start it, unless what its predecessor left is still about: then False."""
        lock = locks.try_lock(self.program.lock)
        if lock is None:
            return False
        try:
            for path in self.program.stale:
                path.unlink(missing_ok=True)
            self._process, self._is_buried = self._spawn(lock), False
            locks.write(lock, str(self._process.pid))
        finally:
            os.close(lock)
        return True

    def wait_ready(self, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while not self.program.is_ready():
            if not self.is_alive or time.monotonic() > end:
                self.kill()
                raise ChildError(f"{self.program.name} did not start\n{self._log_tail()}".rstrip())
            time.sleep(STEP_S)

    def ask_to_end(self) -> None:
        if self._process is not None:  # a process that has ended is not signaled
            self._process.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """End it at once, and whatever it left in its session."""
        if self._process is None or self._is_buried:
            return
        kill_group(self._process.pid)
        self._process.wait()
        self._is_buried = True  # its number may be somebody else's by now

    def stop(self, timeout_s: float) -> None:
        """Ask it to end, then insist."""
        self.ask_to_end()
        end = time.monotonic() + timeout_s
        while self.is_alive and time.monotonic() < end:
            time.sleep(STEP_S)
        self.kill()

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        program = self.program
        out: int | IO[bytes] = subprocess.PIPE if program.log is None else _log(program.log)
        try:
            return subprocess.Popen(  # noqa: S603 - the command lines are our own
                program.argv,
                env=program.env,
                cwd=program.cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us, and we end them in order
                pass_fds=(lock,),
                preexec_fn=die_with_parent(program.stop_signal),  # noqa: PLW1509 - from one thread
            )
        finally:
            if not isinstance(out, int):
                out.close()

    def _log_tail(self) -> str:
        if self.program.log is None:
            return ""
        return self.program.log.read_text(errors="replace")[-2000:]


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of zombies
        os.killpg(leader, signal.SIGKILL)


def evict(program: Program, timeout_s: float) -> None:
    """End the orphan of a supervisor that is gone, where the kernel did not do it for us."""
    end = time.monotonic() + timeout_s
    while locks.is_held(program.lock):
        late = time.monotonic() > end
        pid = program.lock.read_text()
        if pid:
            with suppress(ProcessLookupError):  # it is gone, its own children are going
                os.kill(int(pid), signal.SIGKILL if late else program.stop_signal)
        time.sleep(0.1)


def _log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.unlink()
    return path.open("ab")
