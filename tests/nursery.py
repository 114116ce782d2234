"""Processes that begin at once: forks of one that has imported ordergraph, run as `python -m` would.

Importing takes more than a second, and the tests begin a hundred processes. A fork has a session,
an environment, a log and an end of its own, like any child; only the interpreter was started before.
Those that are about starting itself (`ordergraph dev`, the tour) do not use it.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ordergraph.infra.child import Child, Program, die_with_parent

PYTHON_M: Final = (sys.executable, "-m")
NEEDED: Final = (
    *("ordergraph.cli", "ordergraph.app", "ordergraph.schema", "uvicorn", "uvloop", "httptools"),
    *(
        "uvicorn.protocols.http.httptools_impl",
        "uvicorn.protocols.websockets.websockets_sansio_impl",
    ),
    *("uvicorn.lifespan.on", "uvicorn.loops.uvloop", "workers.windows", "workers.refunds"),
    *("workers.outbox", "workers.disputes", "workers.books", "workers.files", "workers.single"),
    *("seeds", "tests.faults.crashing"),
)  # `workers.main` reads the environment when it is imported: each process does that itself
MOST_BYTES: Final = 1 << 20
WAITING: Final = 64


class Forked:
    """What Child needs of subprocess.Popen; the nursery says over `line` how the process ended."""

    stdout = None

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._said = line.makefile("r")
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._said.readline() or -signal.SIGKILL)  # silent: all are gone
            self._said.close()
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Sprout(Child):
    """A child that the nursery forks."""

    def __init__(self, program: Program, nursery: Path) -> None:
        super().__init__(program)
        assert program.argv[:2] == PYTHON_M, "only `python -m` is known to the nursery"
        assert program.log is not None
        self._nursery = nursery

    def _spawn(self, lock: int) -> Any:
        program = self.program
        assert program.log is not None
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self._nursery))
        asked = {"argv": program.argv[2:], "env": program.env, "stop": int(program.stop_signal)}
        with program.log.open("ab") as log:
            socket.send_fds(line, [json.dumps(asked).encode()], [log.fileno(), lock])
        line.shutdown(socket.SHUT_WR)
        return Forked(line)


class Nursery:
    """The process that forks, on the side of who asks."""

    def __init__(self, folder: Path) -> None:
        self.address = folder / "nursery"
        with (folder / "nursery.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*PYTHON_M, "tests.nursery", str(self.address)],
                env={k: v for k, v in os.environ.items() if not k.startswith("ORDERGRAPH_")}
                | {"PYTHONUNBUFFERED": "1"},
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509  (no threads yet)
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", (folder / "nursery.log").read_text()

    def child(self, program: Program) -> Child:
        """A child of the nursery where it can be one, else a process from its beginning."""
        if program.argv[:2] == PYTHON_M:
            return Sprout(program, self.address)
        return Child(program)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class _Request:
    """Somebody's wish for a process."""

    argv: list[str]
    env: dict[str, str]
    stop: int
    descriptors: list[int]

    @classmethod
    def read(cls, line: socket.socket) -> "_Request":
        said, descriptors, _, _ = socket.recv_fds(line, MOST_BYTES, 2)
        while more := line.recv(MOST_BYTES):
            said += more
        return cls(**json.loads(said), descriptors=descriptors)

    def become(self) -> None:
        """Be the process that was asked for: in a fork, where nothing else is open any more."""
        log, _ = self.descriptors  # the other is the lock, held by whoever has it open
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, place in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, place)
        os.close(nothing)
        os.close(log)
        os.environ.clear()
        os.environ.update(self.env)
        sys.argv = self.argv
        sys.modules.pop(self.argv[0], None)  # it is run anew, as the main one
        runpy.run_module(self.argv[0], run_name="__main__", alter_sys=True)


@dataclass
class _Forker:
    """The process that forks, on its own side."""

    door: socket.socket
    lines: dict[int, socket.socket] = field(default_factory=dict)

    def serve(self) -> _Request:
        """Fork for whoever comes; return in a fork only."""
        bell, ring = socket.socketpair()
        ring.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ring.fileno())
        while True:
            heard, _, _ = select.select([self.door, bell], [], [])
            if bell in heard:
                bell.recv(MOST_BYTES)
                self._bury()
            if self.door in heard and (request := self._fork()):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for line in (bell, ring, self.door, *self.lines.values()):
                    line.close()
                return request

    def _fork(self) -> _Request | None:
        line, _ = self.door.accept()
        request = _Request.read(line)
        die_with_us = die_with_parent(signal.Signals(request.stop))
        pid = os.fork()
        if not pid:
            die_with_us()
            line.close()
            return request
        for descriptor in request.descriptors:
            os.close(descriptor)
        line.sendall(b"%d\n" % pid)
        self.lines[pid] = line
        return None

    def _bury(self) -> None:
        """Say of everybody who has ended how."""
        while self.lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self.lines.pop(pid) as line:
                line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def main(address: str) -> None:
    for name in NEEDED:
        import_module(name)
    gc.collect()
    gc.freeze()
    door = socket.socket(socket.AF_UNIX)
    door.bind(address)
    door.listen(WAITING)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    _Forker(door).serve().become()


if __name__ == "__main__":
    main(sys.argv[1])
