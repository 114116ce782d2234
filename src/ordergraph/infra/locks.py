"""File locks that the kernel lets go of when their last holder is gone, however it died."""

import fcntl
import os
import time
from pathlib import Path

STEP_S = 0.02


def try_lock(path: Path, kind: int = fcntl.LOCK_EX) -> int | None:
    """An open descriptor that holds the lock, or None when somebody else does.

    A child that inherits the descriptor holds the lock too, and keeps it when we are gone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def lock_within(path: Path, timeout_s: float) -> int | None:
    """As `try_lock`, but waiting a while for the one before us to end."""
    end = time.monotonic() + timeout_s
    while (lock := try_lock(path)) is None and time.monotonic() < end:
        time.sleep(STEP_S)
    return lock


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock; asking keeps nobody else from asking."""
    lock = try_lock(path, fcntl.LOCK_SH)
    if lock is not None:
        os.close(lock)
    return lock is None


def write(lock: int, text: str) -> None:
    """Replace what the locked file says."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, text.encode(), 0)
