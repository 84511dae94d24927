"""Memory of code that nobody has estimated: too much for the process is an error in that code alone."""

import dataclasses
import re
import resource
import threading

import numpy as np
import pytest

import nstar
from sims.machine.bounded import bounded
from sims.machine.memory import resident
from sims.measuring.units import has_own_code
from sims.store import Store
from sims.sweep import sweep
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.measuring import within

LITTLE, MUCH = int(0.2e9), int(4e9)


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_DATA)


def test_too_much_is_an_error_within_and_not_after():
    before = limits()
    inside = threading.Event()

    def other() -> None:
        with bounded(None):
            inside.set()

    with bounded(resident() + 1e9):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert inside.is_set()
        assert np.empty(LITTLE, np.uint8).size == LITTLE
        with pytest.raises(MemoryError):
            np.empty(MUCH, np.uint8)
    assert limits() == before
    assert np.empty(MUCH, np.uint8).size == MUCH


class Frugal:
    def fit(self, X, y):
        self.direction = y @ X

    def predict(self, X):
        return X @ self.direction


class Hungry(Frugal):
    def fit(self, X, y):
        self.kept = np.empty(MUCH, np.uint8)
        super().fit(X, y)


def test_a_cell_that_wants_too_much_fails_alone(tmp_path):
    asked = {"n_max": 40, "seeds": 2, "target": 0.3, "progress": False}
    task = nstar.DSD(k=2, d=2, sigma=0.1)
    fine = nstar.measure(task, Frugal(), **asked).cell
    cells = [dataclasses.replace(fine, learner=nstar.estimator(Hungry())), fine]
    store = Store.open(tmp_path)
    gigabytes = (resident() + 1e9) / 1e9
    report = sweep(cells, store, InProcess(1, measuring=within(gigabytes, 1)))
    ((cell, message),) = report.failed
    assert cell == cells[0]
    # At the first n of which a seed has both labels.
    said = rf"{re.escape(__name__)}:Hungry at n = \d: out of memory: Unable to allocate 3.73 GiB"
    assert re.match(said, message)
    assert report.computed == (fine,)


def test_code_of_ones_own_is_known_wherever_it_is_in_a_cell():
    own = nstar.estimator(Frugal())
    assert has_own_code(own)
    assert not has_own_code(nstar.GradientDescent())
    assert not has_own_code(nstar.DSD(k=2, d=2, sigma=0.1))
    assert has_own_code(nstar.arrays(np.ones((4, 2)), [0, 1, 0, 1]))
