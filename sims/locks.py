"""Locks on cells: a hint to other processes on the same store that a cell is being computed."""

import contextlib
import fcntl
import os
from pathlib import Path


class CellLock:
    """A held lock; `release` it when the cell is done or given up."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have the cell. The operating system does the same when the process dies."""
        if self._descriptor is not None:
            # Unlinked while still locked: whoever has opened this file finds it gone and makes a new one.
            # If it cannot be unlinked it stays, unlocked, and blocks nobody.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None


def lock_cell(folder: Path, cell_id: str) -> CellLock | None:
    """Lock a cell, or None if a living process holds it.

    The lock is one on an open file, so a killed process never leaves one behind. It saves work and is not
    needed for correctness: on a file system without locks every attempt succeeds and two processes may
    compute the same, identical, result.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / cell_id
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            return CellLock(path, None)
        if _is_current(path, descriptor):
            return CellLock(path, descriptor)
        os.close(descriptor)  # its last holder has unlinked it in the meantime


def _is_current(path: Path, descriptor: int) -> bool:
    held = os.fstat(descriptor)
    try:
        current = os.stat(path)
    except FileNotFoundError:
        return False
    return (held.st_dev, held.st_ino) == (current.st_dev, current.st_ino)


def is_locked(folder: Path, cell_id: str) -> bool:
    """Whether a living process holds the cell's lock. Writes nothing."""
    try:
        descriptor = os.open(folder / cell_id, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
