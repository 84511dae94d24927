"""Leases on cells: files that say who computes what, on network file systems too.

A lease is a file that is made by link(2), of which only one of several attempts succeeds, wherever they
come from; no lock is asked of the file system. Its holder counts up its first bytes every few seconds.
Whoever finds a lease waits until it is gone, or takes it over: at once if its holder was a process of this
machine that is no more, otherwise when its bytes have not changed for `PATIENCE` seconds of the finder's own
monotonic clock, so that no two clocks need agree and none need be right.

Leases save work and are not needed for correctness. A holder that was only slow, or a file system without
hard links and exclusive creation, makes two processes compute the same, identical, result.
"""

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Self

BEAT = 5.0
"""Seconds between two signs of life."""
PATIENCE = 60.0
"""Seconds without one after which a lease is taken over."""
RELEASED = b"released"
_DIGITS = 20
"""Length of the count that a lease begins with."""


class Lease:
    """A held lease; `release` it when the cell is done or given up."""

    def __init__(self, leases: "Leases", path: Path, descriptor: int) -> None:
        self.path = path
        self._leases = leases
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._released = False

    def show_life(self, count: int) -> None:
        """Write the count to the file, and through to its server."""
        # A full disk or a lost server: others may then compute the same, and no harm is done.
        with self._lock, contextlib.suppress(OSError):
            if not self._released:
                os.pwrite(self._descriptor, f"{count:0{_DIGITS}d}".encode(), 0)
                os.fsync(self._descriptor)

    def release(self) -> None:
        """Let others have the cell."""
        self._leases.forget(self)
        with self._lock:
            self._released = True
            try:
                # Whoever has waited too long for a sign of life may hold it by now: only one's own file goes.
                if os.fstat(self._descriptor).st_ino == os.stat(self.path).st_ino:
                    os.unlink(self.path)
            except FileNotFoundError:
                pass
            except OSError:
                # The file stays, and says that nobody holds it.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, os.pwrite(self._descriptor, RELEASED, 0))
            with contextlib.suppress(OSError):
                os.close(self._descriptor)


class Leases:
    """The leases of one process in a folder. Thread-safe; a context manager that ends its thread.

    beat, patience: seconds; clock: monotonic seconds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        beat: float = BEAT,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._beat = beat
        self._patience = patience
        self._clock = clock
        self._held: set[Lease] = set()
        self._seen: dict[str, tuple[bytes, float]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def take(self, cell_id: str) -> Lease | None:
        """The lease on a cell, or None while another holds it. Raises `OSError` if none can be made."""
        path = self.folder / cell_id
        for _ in range(2):
            lease = self._make(path)
            if lease is not None:
                self._keep(lease)
                return lease
            if not self._is_abandoned(path):
                return None
        return None

    def _make(self, path: Path) -> Lease | None:
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}.tmp")
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, f"{0:0{_DIGITS}d}\n{json.dumps(_holder())}\n".encode())
            os.fsync(descriptor)  # whoever sees the name, on whatever machine, sees the holder
            try:
                os.link(temporary, path)
            except FileExistsError:
                # The answer to a link over the network can be lost, and the repeated call then fails.
                if os.fstat(descriptor).st_nlink != 2:
                    os.close(descriptor)
                    return None
            except OSError:
                if not self._make_without_links(temporary, path):
                    os.close(descriptor)
                    return None
                temporary = path  # it is the lease itself, and must stay
        except BaseException:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            raise
        finally:
            if temporary != path:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
        return Lease(self, path, descriptor)

    @staticmethod
    def _make_without_links(temporary: Path, path: Path) -> bool:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
        except FileExistsError:
            return False
        os.replace(temporary, path)
        return True

    def _keep(self, lease: Lease) -> None:
        with self._lock:
            self._seen.pop(lease.path.name, None)
            self._held.add(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._show_life, daemon=True, name="leases")
                self._thread.start()

    def forget(self, lease: Lease) -> None:
        """No more signs of life for this lease."""
        with self._lock:
            self._held.discard(lease)

    def _show_life(self) -> None:
        count = 0
        while not self._over.wait(self._beat):
            count += 1
            with self._lock:
                held = tuple(self._held)
            for lease in held:
                lease.show_life(count)

    def clear(self, prefix: str) -> list[dict[str, Any]]:
        """Remove the leases with names of this beginning whose holders are known to be no more; say who they
        were.
        """
        found = []
        for path in sorted(self.folder.glob(f"{prefix}*")):
            with contextlib.suppress(OSError):
                content = path.read_bytes()
                if is_free(content) and self._remove(path, content):
                    found.append(holder_of(content))
        return found

    def _is_abandoned(self, path: Path) -> bool:
        """Whether the lease at `path` has no holder any more; if so it is gone now."""
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return True
        except OSError as error:
            content = f"unreadable: {error.strerror}".encode()  # it ages as any other
        now = self._clock()
        with self._lock:
            known, since = self._seen.get(path.name, (b"", now))
            if known != content:
                since = now
            self._seen[path.name] = content, since
        if not is_free(content) and now - since < self._patience:
            return False
        return self._remove(path, content)

    def _remove(self, path: Path, content: bytes) -> bool:
        """Move the abandoned lease away, which only one can; put back what turns out to be a newer one."""
        aside = path.with_name(f".{path.name[:16]}-{uuid.uuid4().hex}.old")
        try:
            os.rename(path, aside)
        except FileNotFoundError:
            return True  # another was faster; whoever makes the next lease holds it
        except OSError:
            return False
        with contextlib.suppress(OSError):
            if aside.read_bytes() != content:
                os.link(aside, path)
        with contextlib.suppress(OSError):
            os.unlink(aside)
        return True


def is_leased(folder: Path, cell_id: str) -> bool:
    """Whether a process seems to compute the cell. Writes nothing, and looks once: a lease of a process of
    another machine counts while its file is younger than ten times `PATIENCE` by the two machines' clocks.
    """
    path = folder / cell_id
    try:
        content, changed = path.read_bytes(), path.stat().st_mtime
    except OSError:
        return False
    return not is_free(content) and time.time() - changed < 10 * PATIENCE


def holder_of(content: bytes) -> dict[str, Any]:
    """What a lease says of its holder; empty if it is none."""
    try:
        holder = json.loads(content.split(b"\n", 1)[1])
    except (IndexError, ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) else {}


def is_free(content: bytes) -> bool:
    """Whether a lease was given back, or its holder was a process of this machine that is no more."""
    if content == RELEASED:
        return True
    holder = holder_of(content)
    if not holder or any(holder.get(key) != value for key, value in _machine().items()):
        return False
    pid, then = holder.get("pid"), holder.get("started")
    if not isinstance(pid, int):
        return False
    now = _started(pid)
    return now == "" or (now is not None and then is not None and now != then)


def _holder() -> dict[str, Any]:
    pid = os.getpid()
    return {**_machine(), "pid": pid, "started": _started(pid), "nonce": uuid.uuid4().hex}


@cache
def _machine() -> dict[str, str]:
    """What tells whether a process number means the same process here: host, boot, and process namespace."""
    found = {"host": socket.gethostname()}
    for key, read in (
        ("boot", lambda: Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()),
        ("processes", lambda: os.readlink("/proc/self/ns/pid")),
    ):
        try:
            found[key] = read()
        except OSError:
            found[key] = ""
    return found


def _started(pid: int) -> str | None:
    """When the process was started, in the kernel's ticks; "" if there is none, None if none can tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        # No /proc, or one that hides the processes of others, or no descriptor left.
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except OSError:
            return None
        return None
    # The command, in brackets, may hold spaces; state, the first field after it, is Z in one that has ended.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
