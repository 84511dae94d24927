"""Attempts: what passes is tried again and named, what does not is a failure, and nothing is lost over it."""

import errno
import io
import threading
import time

import pytest

from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Attempts
from sims.sweep.executors.base import Ledger
from sims.sweep.progress import Progress
from tests.sims.planted import planted_cell, planted_measure, planted_result


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr("sims.sweep.attempt.DELAYS", (0.01, 0.01, 0.01))


def attempts_of(store, notes, measure=planted_measure):
    leases = Leases(store.root / "leases")
    return Attempts(store, leases, measure, stopping=threading.Event(), note=notes.append)


def failing(times, code, action):
    """`action`, which raises an `OSError` so many times before."""
    left = [times]

    def wrapped(*args):
        if left[0] > 0:
            left[0] -= 1
            raise OSError(code, "No space left on device")
        return action(*args)

    return wrapped


def attempt(attempts, cell):
    begun = []
    return attempts.attempt(cell, begun=lambda: begun.append(1), trained=lambda n: None), begun


@pytest.mark.parametrize("place", ["save", "take"])
def test_a_full_disk_is_waited_for(tmp_path, fast, monkeypatch, place):
    store, notes, cell = Store.open(tmp_path), [], planted_cell()
    attempts = attempts_of(store, notes)
    if place == "save":
        monkeypatch.setattr(store, "save", failing(2, errno.ENOSPC, store.save))
    else:
        leases = attempts._leases
        monkeypatch.setattr(leases, "take", failing(2, errno.ENOSPC, leases.take))
    fate, begun = attempt(attempts, cell)
    assert fate.kind == "computed"
    assert begun == [1]
    record = store.load(cell)
    assert record is not None
    assert record.result == planted_result(cell)
    assert len(notes) == 2
    assert all(cell.label in note and "No space left on device; trying again" in note for note in notes)


def test_what_does_not_pass_is_a_failure_with_its_reason(tmp_path, fast, monkeypatch):
    store, notes, cell = Store.open(tmp_path), [], planted_cell()
    monkeypatch.setattr(store, "save", failing(1, errno.EACCES, store.save))
    fate, _ = attempt(attempts_of(store, notes), cell)
    assert fate.kind == "failed"
    assert notes == []
    assert "Errno 13" in str(store.failure(cell))


def test_a_disk_that_stays_full_is_a_failure_after_all(tmp_path, fast, monkeypatch):
    store, notes, cell = Store.open(tmp_path), [], planted_cell()
    monkeypatch.setattr(store, "save", failing(9, errno.ENOSPC, store.save))
    fate, _ = attempt(attempts_of(store, notes), cell)
    assert fate.kind == "failed"
    assert len(notes) == 3
    assert not list((tmp_path / "leases").iterdir())


def test_a_held_cell_is_left_to_its_holder(tmp_path):
    store, cell = Store.open(tmp_path), planted_cell()
    assert Leases(store.root / "leases").take(cell.id) is not None
    fate, begun = attempt(attempts_of(store, []), cell)
    assert fate.kind == "held"
    assert begun == []


def test_a_clock_that_is_moved_is_mentioned_once(monkeypatch):
    text = io.StringIO()
    ledger = Ledger(Progress(text))
    ledger.tick()
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() - 1e6)
    ledger.tick()
    ledger.tick()
    assert text.getvalue() == "the clock was moved by -1000000 s, on which nothing depends\n"
