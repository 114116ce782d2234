"""Children: how often they come back, what is kept of their words, whom they die with."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ordergraph.infra import child, locks
from ordergraph.infra.child import Child, ChildError, Program
from ordergraph.infra.supervisor import LIVED_S, PAUSE_LONGEST_S, STOP_S, Member, Supervisor
from tests.infra.plays import Play, is_gone, wait_until


class Words(list[tuple[str, str]]):
    """What was said, by whom."""

    def say(self, who: str, line: str) -> None:
        self.append((who, line))


def shell(folder: Path, script: str, is_ready: Callable[[], bool] = lambda: True) -> Program:
    lock = folder / "x.lock"
    return Program(name="x", argv=("sh", "-c", script), lock=lock, cwd=folder, is_ready=is_ready)


def test_the_pause_doubles_to_a_bound_and_a_long_life_forgives(tmp_path: Path) -> None:
    member = Member(Child(shell(tmp_path, "exit 3")), Words().say)
    member.start()
    wait_until(lambda: not member.child.is_alive)
    soon = member.started_at + 1

    pauses = []
    for moment in [soon] * 7 + [member.started_at + LIVED_S]:
        member.fall(moment)
        pauses.append(member.pause_s)
    assert member.child.output is not None
    member.child.output.close()

    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, PAUSE_LONGEST_S, PAUSE_LONGEST_S, 0.2]


def test_nobody_starts_beside_what_its_predecessor_left(tmp_path: Path) -> None:
    program = shell(tmp_path, "exit 0")
    held = locks.try_lock(program.lock)
    assert held is not None

    before = Child(program).start()
    os.close(held)

    assert before is False
    assert not locks.is_held(program.lock)


def test_every_line_is_passed_on_even_an_unfinished_last_one(tmp_path: Path) -> None:
    words = Words()
    script = "echo one; printf 'two\\nthr'; touch up; sleep 0.2; printf 'ee'; kill -9 $$"

    with Supervisor(words.say) as crew:
        crew.start(shell(tmp_path, script, (tmp_path / "up").exists))
        wait_until(lambda: not locks.is_held(tmp_path / "x.lock"))

    assert words == [("x", "one"), ("x", "two"), ("x", "three")]


def test_a_start_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    words = Words()

    with Supervisor(words.say) as crew, pytest.raises(ChildError, match=r"^x did not start$"):
        crew.start(shell(tmp_path, "echo alas >&2; exit 1", lambda: False))

    assert ("x", "alas") in words


def test_signals_mean_afterwards_what_they_meant_before(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    with Supervisor(Words().say) as crew:
        crew.start(shell(tmp_path, "sleep 60"))
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert not locks.is_held(tmp_path / "x.lock")


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    """J11: whoever is told twice ends at once."""
    deaf = shell(
        tmp_path,
        "trap '' TERM; touch up; while :; do sleep 0.1; done",
        is_ready=(tmp_path / "up").exists,
    )
    with Supervisor(Words().say) as crew:
        crew.start(deaf)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        began = time.monotonic()

    assert time.monotonic() - began < STOP_S
    assert not locks.is_held(tmp_path / "x.lock")


def test_a_signal_in_the_middle_of_a_fork_is_not_lost(tmp_path: Path) -> None:
    once = [signal.SIGTERM]

    def strike() -> None:
        if once:
            os.kill(os.getpid(), once.pop())

    os.register_at_fork(before=strike)
    with Supervisor(Words().say) as crew, pytest.raises(KeyboardInterrupt):
        crew.start(shell(tmp_path, "sleep 60"))

    assert once == []
    assert not locks.is_held(tmp_path / "x.lock")


def test_a_signal_does_not_interrupt_a_look_at_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would leave a lock of subprocess held, and the end would wait for it for ever."""
    polls: list[str] = []
    once, poll = [signal.SIGTERM], subprocess.Popen.poll

    def struck(process: subprocess.Popen[bytes]) -> int | None:
        polls.append("before")
        if once:
            os.kill(os.getpid(), once.pop())
        found = poll(process)
        polls.append("after")
        return found

    with Supervisor(Words().say) as crew:
        crew.start(shell(tmp_path, "sleep 60"))
        monkeypatch.setattr(subprocess.Popen, "poll", struck)
        with pytest.raises(KeyboardInterrupt):
            crew.watch()

    assert once == []
    assert polls.count("before") == polls.count("after")
    assert not locks.is_held(tmp_path / "x.lock")


def test_an_orphan_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    program = shell(tmp_path, "trap '' TERM; touch up; while :; do sleep 0.1; done")
    orphan = Child(program)
    orphan.start()
    wait_until((tmp_path / "up").exists)

    child.evict(program, timeout_s=0.1)

    assert orphan.exit_code == -signal.SIGKILL
    assert orphan.output is not None
    orphan.output.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell")
def test_a_process_may_ask_to_end_with_its_parent(play: Callable[..., Play]) -> None:
    parent = play("play_parent.py")
    pid = int(parent.read_until("CHILD").split()[1])

    parent.process.kill()

    wait_until(lambda: is_gone(pid), 5)


def test_a_log_that_grew_long_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LOG_BYTES", 12)
    log = tmp_path / "log"
    program = Program(name="x", argv=("echo", "five"), lock=tmp_path / "lock", log=log)

    for _ in range(4):  # 5 bytes, 10, 15: too many
        one = Child(program)
        one.start()
        wait_until(lambda one=one: not one.is_alive)

    assert log.read_text() == "five\n"
