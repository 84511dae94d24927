"""The waiting side of Slurm, with a queue that is played: what jobs leave behind, and later sweeps."""

import io
import json
import threading

import pytest

from sims.pieces.errors import InputError
from sims.store import Store
from sims.sweep.executors import arrays
from sims.sweep.executors.arrays import ATTEMPTS, Arrays
from sims.sweep.executors.base import Ledger
from sims.sweep.executors.job import STALLS, Job
from sims.sweep.progress import Progress
from tests.sims.planted import planted_cells, planted_measuring, planted_result


class Cluster:
    """Jobs of all cells given; `work` says what a job computes before it ends: store, its cells -> None."""

    def __init__(self, store, work):
        self.store, self.work = store, work
        self.submitted = []
        self.parallel = []
        self.alive = set()

    def submit(self, cells, parallel):
        job = str(len(self.submitted) + 1)
        self.submitted.append(list(cells))
        self.parallel.append(parallel)
        self.work(self.store, cells)
        return {job: list(cells)}

    def in_queue(self, jobs):
        return set(jobs) & self.alive


@pytest.fixture
def play(tmp_path, monkeypatch):
    def play(work, cells):
        store, text = Store.open(tmp_path), io.StringIO()
        cluster = Cluster(store, work)
        monkeypatch.setattr(arrays, "in_queue", cluster.in_queue)
        ledger = Ledger(Progress(text))
        ledger.progress.begin(found=0, waiting=[cell.kind for cell in cells])
        sweep = Arrays(cells, store, ledger, cluster.submit, parallel=4, poll=0.001, grace=0.0)
        return cluster, sweep, ledger, text

    return play


def compute(store, cells):
    for cell in cells:
        store.save(cell, planted_result(cell), {"seconds": 1.0})


def test_what_a_job_leaves_behind_is_sent_again_and_not_charged_where_it_has_done_something(play):
    cells = planted_cells()[:8]
    cluster, sweep, ledger, text = play(lambda store, own: compute(store, own[:1]), cells)
    assert not sweep.drain()
    assert set(ledger.computed) == {cell.id for cell in cells}
    assert ledger.failed == {}
    assert [len(own) for own in cluster.submitted] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert "job 3 has ended with 5 cells not computed" in text.getvalue()


def test_jobs_that_do_nothing_are_not_sent_for_ever(play):
    cells = planted_cells()[:2]
    cluster, sweep, ledger, _ = play(lambda store, own: None, cells)
    assert not sweep.drain()
    assert len(cluster.submitted) == ATTEMPTS
    assert set(ledger.failed) == {cell.id for cell in cells}
    assert all("none of which computed anything" in message for _, message in ledger.failed.values())


def test_a_controller_that_is_away_is_asked_again(play):
    cells = planted_cells()[:3]
    calls = []

    def work(store, own):
        calls.append(len(own))
        if len(calls) == 2:
            raise RuntimeError("sbatch: error: Unable to contact slurm controller")
        compute(store, own[:2])

    _, sweep, ledger, text = play(work, cells)
    assert not sweep.drain()
    assert set(ledger.computed) == {cell.id for cell in cells}
    assert calls == [3, 1, 1]
    assert "Unable to contact slurm controller; trying again" in text.getvalue()


def test_an_array_that_is_not_taken_at_first_is_one_line(play):
    def work(store, own):
        raise RuntimeError("long\nsbatch: error: invalid partition specified: gpu")

    _, sweep, _, _ = play(work, planted_cells()[:1])
    with pytest.raises(InputError, match="invalid partition") as refused:
        sweep.drain()
    assert refused.value.option == "executor"
    assert "\n" not in str(refused.value)


def test_a_later_sweep_waits_for_the_jobs_of_an_earlier_one(play, monkeypatch):
    cells = planted_cells()[:5]
    cluster, sweep, ledger, text = play(compute, cells)
    notes = cluster.store.root / "slurm" / "arrays" / "7.json"
    notes.parent.mkdir(parents=True)
    notes.write_text(json.dumps({"7_0": [cell.id for cell in cells[:3]], "7_1": ["f" * 64]}))
    cluster.alive = {"7_0", "7_1"}
    asked = []

    def in_queue(jobs):
        asked.append(list(jobs))
        if len(asked) == 2:  # the earlier job has done its work by now
            compute(cluster.store, cells[:3])
        return cluster.in_queue(jobs)

    monkeypatch.setattr(arrays, "in_queue", in_queue)
    assert not sweep.drain()
    assert cluster.submitted == [cells[3:]]
    assert set(ledger.computed) == {cell.id for cell in cells}
    assert "3 cells are with 1 jobs of an earlier sweep" in text.getvalue()


def test_a_failure_of_a_job_is_the_cells_and_an_older_one_is_forgotten(play):
    cells = planted_cells()[:2]

    def work(store, own):
        assert store.failure(cells[0]) is None
        compute(store, own[:1])
        store.save_failure(own[1], "new", "", {})

    cluster, sweep, ledger, _ = play(work, cells)
    cluster.store.save_failure(cells[0], "old", "", {})
    assert not sweep.drain()
    assert set(ledger.computed) == {cells[0].id}
    assert ledger.failed == {cells[1].id: (cells[1], "new")}


def test_requeues_that_find_nothing_new_end_in_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr("sims.sweep.executors.job._stopping", threading.Event())
    cells = planted_cells()[:3]
    store = Store.open(tmp_path)
    job = Job(str(tmp_path), tuple(cells), 1, planted_measuring)
    compute(store, cells[:1])
    for _ in range(STALLS):
        job = job.checkpoint().function
        assert store.failure(cells[1]) is None
    job = job.checkpoint().function
    assert "a longer time limit may help" in str(store.failure(cells[1]))
    assert store.failure(cells[2]) is None
    assert job.stalls == 0


def test_a_requeue_that_fails_makes_no_cell_a_failure(tmp_path, monkeypatch):
    """submitit asks for the requeue from a signal handler, whose errors fall into what is being computed."""
    from contextlib import contextmanager

    monkeypatch.setattr("sims.sweep.executors.job._stopping", threading.Event())

    @contextmanager
    def interrupted(workers):
        def measure(cell, on_outcome):
            job.checkpoint()
            raise RuntimeError("scontrol requeue failed")

        yield measure

    store = Store.open(tmp_path)
    job = Job(str(tmp_path), tuple(planted_cells()[:2]), 1, interrupted)
    job()
    assert store.ids() == []
    assert not any(store.failure(cell) for cell in planted_cells()[:2])
    assert not list((tmp_path / "leases").iterdir())
