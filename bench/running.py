"""Servers that run: started, waited for, looked at from outside, ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from bench.contenders import Contender
from bench.stage import Stage
from ordergraph.infra import embedded

ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.01


class Start(NamedTuple):
    """What it took from the start of a process to its first answer, and what it held then."""

    after_s: float
    cpu_s: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Running:
    """One contender's process."""

    contender: Contender
    port: int
    process: psutil.Process
    start: Start

    def cpu_s(self) -> float:
        """How much processor time it has taken so far."""
        return _cpu_s(self.process)

    def memory_mb(self) -> float:
        return _memory_mb(self.process)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _memory_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 2**20)


class NotOk(Exception):
    """An answer that cannot be measured."""


class NotStarted(Exception):
    """A server ended, or did not answer in time; the message ends with its log."""


@contextmanager
def running(stage: Stage, contender: Contender, first: bytes) -> Iterator[Running]:
    """Start it, wait until it answers this first request, end it with the block."""
    port = embedded.free_port()
    log = stage.folder / f"{contender.name}.log"
    with log.open("wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  (our own commands)
            contender.command(stage, port),
            env=os.environ | contender.environment(stage, port),
            cwd=ROOT,
            stdout=out,
            stderr=out,
        )
    try:
        _wait(process, port, first, log)
        after_s, seen = time.monotonic() - began, psutil.Process(process.pid)
        yield Running(contender, port, seen, Start(after_s, _cpu_s(seen), _memory_mb(seen)))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, first: bytes, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        if process.poll() is not None or time.monotonic() > until:
            raise NotStarted(f"{process.args!r}\n{log.read_text()[-3000:]}")
        try:
            answer(port, first)
        except OSError:
            time.sleep(LOOK_S)
        else:
            return


def answer(port: int, request: bytes) -> bytes:
    """The body that comes back to one request; raises NotOk for anything but 200."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request)
        response = HTTPResponse(line)
        response.begin()
        body = response.read()
    if response.status != HTTPStatus.OK:
        raise NotOk(f"{response.status}: {body[:2000].decode()}")
    return body
