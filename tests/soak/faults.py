"""A night of failures in minutes: faults are injected into a sweep, one after the other.

Every fault has a way to tell from the sweep's log that it was noticed. What is damaged is left alone until
the sweep has noticed it, so that each fault is one of its own.
"""

import dataclasses
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sims.store import Store
from sims.store.leases import holder_of, is_free
from sims.tables.rows import collect, to_csv
from tests.sims.planted import planted_result
from tests.soak.sweeping import soak_cells

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
"""Seconds in which a fault must be named."""


class FaultNotNamedError(Exception):
    """A fault of which the log says nothing."""


@dataclasses.dataclass
class Soak:
    """One sweep of `cells` planted cells and the program that torments it.

    folder: for table, log and clock; store: where the cells go, on a small file system of its own if it is to
    be filled (`small`). pause: seconds of a round of a cell, of which it has about nine.
    """

    folder: Path
    store: Path
    small: bool
    cells: int
    pause: float
    seed: int = 0

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.log = self.folder / "log.txt"
        self.clock = self.folder / "clock.txt"
        self.table = self.folder / "table.csv"
        self.clock.write_text("0")
        self.counts: Counter[str] = Counter()
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = self.began = 0
        self.damaged: set[str] = set()
        self.kinds: dict[str, Callable[[], bool]] = {
            "a worker is killed": self.kill_worker,
            "the sweep is killed": self.kill_sweep,
            "the sweep gets SIGTERM": self.terminate_sweep,
            "a part file is truncated": self.truncate,
            "two part files are swapped": self.swap,
            "a stranger's file appears": self.stranger,
            "the clock is moved": self.move_clock,
            **({"the disk is full": self.fill} if self.small else {}),
        }

    # The sweep

    def start(self) -> None:
        """Start the sweep, or start it again."""
        self.began = self.log.stat().st_size if self.log.exists() else 0
        arguments = [str(self.store), str(self.table), str(self.clock), str(self.cells), str(self.pause)]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.sweeping", *arguments], cwd=ROOT, stderr=log, stdout=log
            )
        self.starts += 1

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def finish(self) -> str:
        """Let the sweep end undisturbed; its table."""
        for _ in range(5):
            if not self.running():
                self.start()
            assert self.process is not None
            if self.process.wait(600) == 0:
                return self.table.read_text()
        raise RuntimeError(f"the sweep does not come to an end; see {self.log}")

    def quiet(self) -> str:
        """The table of the same cells, computed here without a sweep."""
        store = Store.open(self.folder / "quiet")
        for cell in soak_cells(self.cells):
            store.save(cell, planted_result(cell), {})
        return to_csv(collect(store, soak_cells(self.cells)))

    # Faults

    def torment(self, faults: int) -> None:
        """Inject so many faults, of all kinds in turn. Raises `FaultNotNamedError`."""
        kinds = list(self.kinds)
        while sum(self.counts.values()) < faults:
            if not self.running():
                self.start()
            # The sweep goes on a little between two faults, while there is anything left to do.
            before = len(self._files())
            wanted = max(4, min(before + 2, self.cells - len(self.damaged)))
            if not self._wait(lambda wanted=wanted: self._has_gone_on(wanted), PATIENCE):
                raise RuntimeError(f"the sweep does not get going; see {self.log}")
            if len(self._files()) > 0.8 * self.cells:
                for path in self.random.sample(self._files(), self.cells // 2):
                    path.unlink()  # lost without a trace, so that there is always something left to do
            kind = min(kinds, key=lambda kind: (self.counts[kind], self.random.random()))
            if self.kinds[kind]():
                self.counts[kind] += 1
            else:
                time.sleep(0.05)

    def _named(self, pattern: str, since: int) -> bool:
        with open(self.log, "rb") as log:
            log.seek(since)
            return re.search(pattern, log.read().decode(errors="replace")) is not None

    def _wait(self, true: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                return False
            if not self.running():
                self.start()
            time.sleep(0.02)
        return True

    def _has_gone_on(self, wanted: int) -> bool:
        return self._ready() and len(self._files()) >= wanted

    def _ready(self) -> bool:
        """Whether the running sweep has taken over the signals, which it has before its first line."""
        return self._named("cells done", self.began)

    def _interrupt(self) -> None:
        assert self.process is not None
        self._wait(self._ready, PATIENCE)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)

    def _must_name(self, pattern: str, since: int, what: str) -> bool:
        if not self._wait(lambda: self._named(pattern, since), PATIENCE):
            raise FaultNotNamedError(f"{what}: nothing in {self.log} matches {pattern!r}")
        return True

    def _said(self) -> int:
        return self.log.stat().st_size

    def _files(self) -> list[Path]:
        return [path for path in self.store.glob("[0-9a-f][0-9a-f]/*.json") if path.stem not in self.damaged]

    def _workers(self) -> list[int]:
        """Processes that hold leases: those that compute."""
        found = set()
        for path in (self.store / "leases").glob("[0-9a-f]*"):
            try:
                content = path.read_bytes()
            except OSError:
                continue
            pid = holder_of(content).get("pid")
            if isinstance(pid, int) and not is_free(content):
                found.add(pid)
        return sorted(found)

    def kill_worker(self) -> bool:
        workers = self._workers()
        if not workers:
            return False
        since = self._said()
        try:
            os.kill(self.random.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return self._must_name(r"worker \d+ has died \(signal 9\)", since, "a killed worker")

    def kill_sweep(self) -> bool:
        assert self.process is not None
        since = self._said()
        self.process.kill()
        self.process.wait()
        return self._must_name(rf"\(process {self.process.pid}\) had died", since, "a killed sweep")

    def terminate_sweep(self) -> bool:
        assert self.process is not None
        since = self._said()
        self.process.terminate()
        if self.process.wait(PATIENCE) == 0:
            return False  # it had just come to its end
        return self._must_name("stopping after the trainings in progress", since, "SIGTERM")

    def _hurt(self, hurt: Callable[[list[Path]], None], count: int, what: str) -> bool:
        """Damage files of finished cells, and let the next sweep find them: a running one has read them."""
        files = self._files()
        if len(files) < count:
            return False
        chosen = self.random.sample(files, count)
        since = self._said()
        hurt(chosen)
        self.damaged |= {path.stem for path in chosen}
        self._interrupt()
        for path in chosen:
            self._must_name(rf"{path.stem}\.json: .*set aside", since, f"a {what} file")
        self.damaged -= {path.stem for path in chosen}
        return True

    def truncate(self) -> bool:
        def hurt(chosen: list[Path]) -> None:
            for path in chosen:
                os.truncate(path, self.random.randrange(max(1, path.stat().st_size - 3)))

        return self._hurt(hurt, 1, "truncated")

    def swap(self) -> bool:
        def hurt(chosen: list[Path]) -> None:
            one, two = chosen
            aside = one.with_name(f".{one.name}.tmp")
            one.rename(aside)
            two.rename(one)
            aside.rename(two)

        return self._hurt(hurt, 2, "swapped")

    def stranger(self) -> bool:
        path = self.store / f"{self.random.randrange(256):02x}" / f"stranger-{sum(self.counts.values())}.json"
        path.parent.mkdir(exist_ok=True)
        since = self._said()
        path.write_text("{}")
        self._interrupt()
        return self._must_name(rf"{path.name}: .*set aside", since, "a stranger's file")

    def move_clock(self) -> bool:
        since = self._said()
        self.clock.write_text(str(self.random.choice((-1, 1)) * self.random.uniform(1e4, 1e8)))
        return self._must_name("the clock was moved by", since, "a moved clock")

    def fill(self) -> bool:
        """Fill the file system of the store until a worker has said that it is full, then make room."""
        since = self._said()
        ballast = self.store / "ballast"
        try:
            with open(ballast, "wb", buffering=0) as file:
                while file.write(b"\0" * 4096) == 4096:
                    pass
        except OSError:
            pass
        try:
            return self._must_name("No space left on device; trying again", since, "a full disk")
        finally:
            ballast.unlink(missing_ok=True)


def soak(folder: Path, *, faults: int, cells: int, pause: float, size_mib: int = 64, seed: int = 0) -> Soak:
    """Torment a sweep in `folder` and hold its table against the quiet one. The store is a tmpfs of
    `size_mib` where this process may mount one. Raises `AssertionError` if anything differs,
    `FaultNotNamedError` if a
    fault was not named.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "store"
    store.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(store)]
    small = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    one = Soak(folder, store, small, cells, pause, seed)
    try:
        one.start()
        one.torment(faults)
        table = one.finish()
        assert table == one.quiet()
        assert sorted(Store(store).ids()) == sorted(cell.id for cell in soak_cells(cells))
        assert len(table.splitlines()) == 1 + 2 * cells  # two seeds a cell, each once
        assert not list((store / "failures").glob("*"))
        # No cell ever failed, not even for a while: what was in its way was tried again.
        assert "\nfailed: " not in one.log.read_text()
        return one
    finally:
        if one.running() and one.process is not None:
            one.process.kill()
            one.process.wait()
        if small:
            subprocess.run(["umount", "--lazy", str(store)], capture_output=True, check=False)
