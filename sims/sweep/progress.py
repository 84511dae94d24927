"""Progress of a sweep: cells done, in flight and failed, trainings a second, time left."""

import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TextIO

LONG = 600.0
"""Seconds from which on a computation is announced."""


def duration(seconds: float) -> str:
    """Seconds as people say them: ``45 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def announce(command: str, seconds: float, *, counted: bool = True) -> None:
    """Say on standard error what a long computation may take; at least, if not all of it is counted."""
    if seconds > LONG:
        bound = "up to" if counted else "at least"
        print(f"nstar {command}: {bound} {duration(seconds)}, by its operations", file=sys.stderr)


class Progress:
    """Counts what happens and says it: as one live line on a terminal, as a line now and then elsewhere.

    The time left is the mean time of the finished cells of each kind (a kind is whatever the caller says
    costs alike), over the cells that are left, shared by those in flight. Safe to call from several threads.

    stream: where to write; None to stay silent. interval: seconds between lines when `stream` is no terminal.
    """

    def __init__(
        self, stream: TextIO | None, *, interval: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream
        self._live = stream is not None and stream.isatty()
        self._interval = 0.2 if self._live else interval
        self._clock = clock
        self._lock = threading.RLock()
        self._start = self._shown = clock()
        self._width = 0
        self._total = self._found = self._done = self._failed = self._trainings = 0
        self._waiting: dict[Hashable, int] = defaultdict(int)
        self._running: dict[str, tuple[Hashable, float]] = {}
        self._seconds: dict[Hashable, list[float]] = defaultdict(list)

    def begin(self, *, found: int, waiting: Iterable[Hashable], say: bool = True) -> None:
        """Start counting: `found` cells are in the store, and one kind for each cell that is `waiting`.

        say: at once, rather than when it is time: what is refused soon then has one line, its own.
        """
        with self._lock:
            for kind in waiting:
                self._waiting[kind] += 1
            self._found = found
            self._total = found + sum(self._waiting.values())
            self._start = self._clock()
            self._show(force=say)

    def started(self, name: str, kind: Hashable) -> None:
        """A cell is now being computed."""
        with self._lock:
            self._waiting[kind] -= 1
            self._running[name] = (kind, self._clock())
            self._show()

    def trained(self, trainings: int) -> None:
        """So many trainings have ended."""
        with self._lock:
            self._trainings += trainings
            self._show()

    def finished(self, name: str, *, seconds: float | None = None) -> None:
        """A cell is in the store. seconds: what it took, if not the time since it was started."""
        with self._lock:
            kind, start = self._running.pop(name)
            self._seconds[kind].append(self._clock() - start if seconds is None else seconds)
            self._done += 1
            self._show()

    def given_up(self, name: str) -> None:
        """A cell that was being computed waits again."""
        with self._lock:
            kind, _ = self._running.pop(name)
            self._waiting[kind] += 1
            self._show()

    def reopened(self, kind: Hashable) -> None:
        """A cell that was done is to be computed again."""
        with self._lock:
            self._waiting[kind] += 1
            self._done -= 1
            self._show()

    def failed(self, name: str, message: str) -> None:
        """A cell has failed; said at once."""
        with self._lock:
            self._running.pop(name)
            self._failed += 1
            self.note(f"failed: {name}: {message}")
            self._show()

    def arrived(self, kind: Hashable) -> None:
        """Another process has computed a waiting cell."""
        with self._lock:
            self._waiting[kind] -= 1
            self._found += 1
            self._show()

    def note(self, line: str) -> None:
        """Print one line of its own."""
        if self._stream is None:
            return
        with self._lock:
            self._erase()
            self._write(f"{line}\n")

    def tick(self) -> None:
        """Renew the line if it is time; call it every now and then."""
        with self._lock:
            self._show()

    def give_way(self) -> None:
        """Erase the live line: another follows."""
        with self._lock:
            self._erase()

    def end(self) -> None:
        """Say the last state and leave the line."""
        with self._lock:
            self._erase()
            self._write(f"{self.line()}\n")

    def line(self) -> str:
        """The state in one line."""
        elapsed = self._clock() - self._start
        parts = [f"{self._found + self._done}/{self._total} cells done"]
        if self._found:
            parts[0] += f" ({self._found} already there)"
        parts.append(f"{len(self._running)} in flight")
        parts.append(f"{self._failed} failed")
        if elapsed > 0:
            parts.append(f"{self._trainings / elapsed:.0f} trainings/s")
        left = self.seconds_left()
        over = not self._running and not any(self._waiting.values())
        parts.append(
            f"took {duration(elapsed)}" if over else f"{'?' if left is None else duration(left)} left"
        )
        return ", ".join(parts)

    def seconds_left(self) -> float | None:
        """Expected seconds to the end; None before the first cell has finished."""
        every = [seconds for kind in self._seconds.values() for seconds in kind]
        if not every:
            return None
        overall = sum(every) / len(every)

        def expected(kind: Hashable) -> float:
            seconds = self._seconds.get(kind)
            return sum(seconds) / len(seconds) if seconds else overall

        now = self._clock()
        ahead = sum(expected(kind) * count for kind, count in self._waiting.items())
        ahead += sum(max(0.0, expected(kind) - (now - start)) for kind, start in self._running.values())
        return ahead / max(1, len(self._running))

    def _columns(self) -> int:
        """Width of the terminal; 80 if it does not tell."""
        assert self._stream is not None
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _erase(self) -> None:
        if self._live and self._width and self._stream is not None:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _show(self, *, force: bool = False) -> None:
        now = self._clock()
        if self._stream is None or (now - self._shown < self._interval and not force):
            return
        self._shown = now
        line = self.line()
        if self._live:
            self._erase()
            # A line that fills the terminal would wrap, and what has wrapped cannot be erased.
            line = line[: self._columns() - 1]
            self._write(line)
            self._width = len(line)
        else:
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        """Once nobody reads any more, nothing more is said: the work goes on."""
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # a closed pipe, a full disk
            self._stream = None
