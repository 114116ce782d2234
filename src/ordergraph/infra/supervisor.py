"""Keep a crew of children alive: start them in waves, bring back who dies, end all in order."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

from ordergraph.infra.child import Child, Program, evict

START_S, EVICT_S = 30.0, 3.0
STOP_S = 2.2  # for each of two waves: everything is gone within five seconds
PAUSE_FIRST_S, PAUSE_LONGEST_S = 0.2, 5.0
LIVED_S = 10.0  # whoever lived as long may come back at once
TICK_S = 0.1
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str, str], None]  # (who, a line)


@dataclass(slots=True, eq=False)
class Member:
    """A child, and how its restarts go."""

    child: Child
    say: Say
    started_at: float = 0.0
    pause_s: float = 0.0
    down_until: float | None = None
    unfinished: bytes = field(default=b"")

    @property
    def name(self) -> str:
        return self.child.program.name

    def start(self) -> bool:
        if not self.child.start():
            return False
        self.started_at = time.monotonic()
        self.down_until = None
        return True

    def fall(self, now: float) -> None:
        """Note that it died, end what it left, and set the moment it comes back."""
        before = 0.0 if now - self.started_at >= LIVED_S else self.pause_s
        self.pause_s = min(max(before * 2, PAUSE_FIRST_S), PAUSE_LONGEST_S)
        self.down_until = now + self.pause_s
        self.say(self.name, f"ended ({self.child.exit_code}), back in {self.pause_s:.1f} s")
        self.child.kill()

    def read(self) -> bool:
        """Pass on the lines that came; False when there will be no more."""
        output = self.child.output
        assert output is not None, "only piped children are read"
        chunk = os.read(output.fileno(), 65536)
        *lines, self.unfinished = (self.unfinished + chunk).split(b"\n")
        if not chunk and self.unfinished:
            lines, self.unfinished = [self.unfinished], b""
        for line in lines:
            self.say(self.name, line.decode(errors="replace"))
        return bool(chunk)


class Supervisor:
    """Within its `with` block SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt, once."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._waves: list[list[Member]] = []
        self._pipes = selectors.DefaultSelector()
        self._is_told_to_end = False
        self._is_undisturbed = False
        self._is_in_a_hurry = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._on_signal) for number in ENDINGS}
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - its shape
        """Interrupt what goes on, unless it must not be: then the next pump takes it up."""
        for ending in ENDINGS:
            signal.signal(ending, self._on_second_signal)
        self._is_told_to_end = True
        if not self._is_undisturbed:
            raise KeyboardInterrupt

    def _on_second_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - its shape
        """Whoever does not want to wait waits for nobody: the children are killed."""
        self._is_in_a_hurry = True

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """In a fork Python drops exceptions and children. And whoever is interrupted while asking for a
        child's state may leave a lock of subprocess held, for which the next to ask waits for ever.
        """
        before, self._is_undisturbed = self._is_undisturbed, True
        try:
            yield
        finally:
            self._is_undisturbed = before

    def _end_if_told(self) -> None:
        """Take up an interruption that came while we were undisturbed, or in a step's fork."""
        if self._is_told_to_end:
            self._is_told_to_end = False
            raise KeyboardInterrupt

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number in ENDINGS:
            signal.signal(number, self._on_second_signal)
        self._is_told_to_end = False
        for wave in reversed(self._waves):
            self._end(wave)
        self._pipes.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, *programs: Program) -> None:
        """Start a wave and wait until all of it is ready; ChildError when one is not."""
        wave = [Member(Child(program), self._say) for program in programs]
        self._waves.append(wave)
        for member in wave:
            self._end_if_told()
            evict(member.child.program, EVICT_S)
            self._start(member)
        with self._undisturbed():
            for member in wave:
                self._wait_ready(member)
        self._end_if_told()

    def watch(self) -> None:
        """Bring back whoever dies, until a signal raises KeyboardInterrupt."""
        with self._undisturbed():
            while True:
                self._pump(TICK_S)
                now = time.monotonic()
                for wave in self._waves:
                    for member in wave:
                        self._tend(member, now)

    def _tend(self, member: Member, now: float) -> None:
        if member.down_until is not None:
            if now >= member.down_until:
                self._start(member)
        elif not member.child.is_alive:
            self._drain(member)
            member.fall(now)

    def _start(self, member: Member) -> None:
        with self._undisturbed():
            has_started = member.start()
        if has_started and member.child.output is not None:
            self._pipes.register(member.child.output, selectors.EVENT_READ, member)

    def _wait_ready(self, member: Member) -> None:
        end = time.monotonic() + START_S
        while not member.child.program.is_ready():
            self._pump(TICK_S / 5)
            if not member.child.is_alive or time.monotonic() > end:
                self._drain(member)
                member.child.wait_ready(0)  # says what its log says

    def _pump(self, timeout_s: float) -> None:
        """Pass on what the children print, for at most this long when they are silent."""
        self._end_if_told()
        if not self._pipes.get_map():
            time.sleep(timeout_s)
            return
        for key, _ in self._pipes.select(timeout_s):
            if not key.data.read():
                self._pipes.unregister(key.fileobj)

    def _drain(self, member: Member) -> None:
        """Pass on the last words of a child that has ended."""
        output = member.child.output
        if output is None or output.closed:
            return
        member.child.kill()  # else a grandchild could keep the pipe open
        while member.read():
            pass
        if output in self._pipes.get_map():
            self._pipes.unregister(output)
        output.close()

    def _end(self, wave: list[Member]) -> None:
        for member in wave:
            member.child.ask_to_end()
        end = time.monotonic() + STOP_S
        while any(member.child.is_alive for member in wave) and time.monotonic() < end:
            if self._is_in_a_hurry:
                break
            self._pump(TICK_S / 5)
        for member in wave:
            member.child.kill()
            self._drain(member)
