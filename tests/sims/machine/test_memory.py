"""Trainings wait for memory and are divided where it is short, with the same answers."""

import gc
import threading
import time
import weakref

import jax
import numpy as np
import pytest

from sims.costs.work import cell_work
from sims.experiments import Setting
from sims.learners import GradientDescent
from sims.learners.base import Divisible
from sims.learners.scaled import ScaledDescent
from sims.machine.memory import PROGRAMS, Memory, _control_groups, free_memory, peak_resident, resident
from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.measuring.need import Need, fits, kept_bytes, need
from sims.measuring.threshold import measure_cell
from sims.models import LCN
from sims.pieces.errors import InputError
from sims.samples.datasets import Datasets
from sims.store import Store
from sims.store.leases import Leases
from sims.sweep.attempt import Attempts
from sims.sweep.executors.measuring import Pooled, measuring


def memory_of(room):
    memory = Memory(0.0)
    memory.__dict__["room"] = room
    return memory


# Who waits


@pytest.mark.parametrize(("needed", "expected"), [(50.0, 2), (51.0, 1), (20.0, 5), (500.0, 1)])
def test_as_many_go_side_by_side_as_fit_and_no_more(needed, expected):
    memory = memory_of(100.0)
    running, most, changed = 0, 0, threading.Condition()
    go_on = threading.Event()

    def train():
        nonlocal running, most
        with memory.training(needed):
            with changed:
                running += 1
                most = max(most, running)
                changed.notify_all()
            go_on.wait(10)
            with changed:
                running -= 1

    threads = [threading.Thread(target=train, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    with changed:
        assert changed.wait_for(lambda: running == expected, 10)
    time.sleep(0.1)
    assert running == expected
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert most <= expected
    assert memory.most_held == expected * needed


def test_small_repetitions_do_not_pass_a_large_one_that_waits():
    memory = memory_of(100.0)
    order = []

    def enter(name, samples, largest):
        with memory.repetition(samples, largest):
            order.append(name)

    with memory.repetition(30.0, 10.0):
        threads = []
        for name, samples in (("large", 80.0), ("small", 15.0)):  # side by side they are more than there is
            thread = threading.Thread(target=enter, args=(name, samples, 10.0), daemon=True)
            thread.start()
            threads.append(thread)
            deadline = time.monotonic() + 10
            while len(memory._repetitions) < len(threads) and time.monotonic() < deadline:
                time.sleep(0.01)
        assert order == []
    for thread in threads:
        thread.join(10)
    assert order == ["large", "small"]


def test_repetitions_of_any_size_end_and_never_hold_more_than_there_is():
    """Random searches on threads: nobody waits for ever, and the sum stays within the room."""
    rng = np.random.default_rng(0)
    memory = memory_of(100.0)
    sizes = [(float(rng.integers(1, 40)), float(rng.integers(1, 60))) for _ in range(40)]
    workers = threading.Semaphore(3)

    def repetition(kept, largest):
        with memory.repetition(kept, largest):
            for part in (0.3, 1.0, 0.6):
                with workers, memory.training(part * largest):
                    time.sleep(0.001)

    threads = [threading.Thread(target=repetition, args=size, daemon=True) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert 60 < memory.most_held <= 100 + 1e-9  # sums of floats, whatever their order
    with memory.repetition(1000.0, 1.0):  # alone it is let in, whatever it is
        assert memory.most_held == 1000.0


def test_a_repetition_waits_for_the_trainings_that_run_now():
    memory = memory_of(100.0)
    entered = threading.Event()

    def later():
        with memory.repetition(15.0, 10.0):
            entered.set()

    with memory.repetition(10.0, 40.0):
        with memory.training(40.0), memory.training(40.0):
            thread = threading.Thread(target=later, daemon=True)
            thread.start()
            assert not entered.wait(0.1)  # 10 + 15 and the two trainings are more than there is
        assert entered.wait(10)
    thread.join(10)
    assert memory.most_held == 90.0


def test_the_room_is_the_limit_less_what_the_process_has_already():
    memory = Memory(8e9)
    assert memory.room == pytest.approx(8e9 - resident(), abs=4e8)
    assert Memory(1e3).room == 0.0
    assert 0 < Memory().room <= free_memory()
    assert 0 < resident() <= 1.01 * peak_resident()  # the system counts both with a delay


def test_an_accelerators_own_memory_counts(monkeypatch):
    class Device:
        platform = "gpu"

        @staticmethod
        def memory_stats():
            return {"bytes_limit": 1e10}

    monkeypatch.setattr("sims.machine.memory.default_device", Device)
    memory = Memory(1e12)
    assert memory.room == pytest.approx(9e9)
    assert memory.base == 0.0
    # The host's is held too.
    limit = resident() + PROGRAMS + 2e9
    assert Memory(limit).room == pytest.approx(2e9, abs=4e8)
    with pytest.raises(InputError, match=r"^memory-gb: "):
        Memory(1e7).require_room("memory-gb")


# Lanes in groups


def sets(n=60, seed=0):
    cell = Setting(k=3, d=4, sigma=0.3, model="lcn", protocol="honest", seeds=(0,), n_max=200).cell()
    data = Datasets(cell.task, jax.random.key(seed), capacity=200)
    return data, *data.split(n, every=5)


LEARNERS = {
    "plain": GradientDescent(steps=200),
    "patience": GradientDescent(steps=400, patience=20),
    "momentum": GradientDescent(steps=100, optimizer="momentum"),
    "adam": GradientDescent(steps=100, optimizer="adam", init_bias=(0.0, 0.2)),
    "batches": GradientDescent(steps=100, batch=16),
    "diverging": GradientDescent(steps=100, lr_w=(0.1, 1e4), lr_b=(0.01,)),
    "scaled": ScaledDescent(steps=100, scale=2.0),
}


@pytest.mark.parametrize("lanes", [1, 2, 4, 5, 8])
@pytest.mark.parametrize("name", LEARNERS)
def test_groups_of_lanes_find_what_all_at_once_find(name, lanes):
    """Products of another shape are rounded otherwise: float32, so 1e-4 of the risk."""
    learner = LEARNERS[name]
    assert isinstance(learner, Divisible)
    data, train, monitor = sets()
    test = data.test(300)
    key = jax.random.key(3)
    whole = learner.train(LCN(), key, train, monitor, stop_below=None)
    parts = learner.train_in_groups(LCN(), key, train, monitor, stop_below=None, lanes=lanes)
    assert parts.trainings == whole.trainings
    assert parts.steps == whole.steps
    assert parts.risk == pytest.approx(whole.risk, rel=1e-4)
    assert parts.selected["lr_w"] == whole.selected["lr_w"]
    np.testing.assert_allclose(parts.outputs(test), whole.outputs(test), atol=2e-3)
    np.testing.assert_allclose(parts.final(test), whole.final(test), atol=2e-3)


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_the_first_to_reach_the_target_decides_in_groups_too(lanes):
    learner = GradientDescent(steps=600, lr_w=(0.003, 0.03, 0.1), lr_b=(0.01,), init_bias=(0.0, 0.1))
    _, train, monitor = sets(160)
    key = jax.random.key(3)
    path = learner.train(LCN(), key, train, monitor, stop_below=None)
    for target in (1.3 * path.risk, 1.05 * path.risk, 0.5 * path.risk):
        whole = learner.train(LCN(), key, train, monitor, stop_below=target)
        parts = learner.train_in_groups(LCN(), key, train, monitor, stop_below=target, lanes=lanes)
        assert parts.steps == whole.steps
        assert parts.selected == pytest.approx(whole.selected, rel=1e-3)
        assert parts.risk == pytest.approx(whole.risk, rel=1e-4)
        assert parts.final is None


# Whole cells


def cell(**changes):
    options = {"k": 3, "d": 4, "sigma": 0.3, "model": "lcn", "protocol": "honest", "seeds": (0, 1, 2)}
    return Setting(**{**options, "n_max": 60, "learner": {"steps": 100}, **changes}).cell()


def test_a_cell_without_memory_goes_one_lane_and_one_seed_at_a_time(monkeypatch):
    groups, together = [], []
    whole = GradientDescent.train_in_groups

    def watched(self, *args, lanes, **options):
        groups.append(lanes)
        together.append(len(pool.memory._samples))
        return whole(self, *args, lanes=lanes, **options)

    monkeypatch.setattr(GradientDescent, "train_in_groups", watched)
    with Pool(2) as pool:
        wide = measure_cell(cell(), pool)
        assert set(groups) == {9}
    groups.clear()
    together.clear()
    with Pool(2, memory=memory_of(1.0)) as pool:
        narrow = measure_cell(cell(), pool)
    assert set(groups) == {1}
    assert set(together) == {1}
    assert pool.memory.fit_of(cell().id) == "too large"
    assert pool.memory.words.endswith(", 1 cell larger than the memory")
    assert [seed.threshold for seed in narrow.per_seed] == [seed.threshold for seed in wide.per_seed]
    for one, other in zip(narrow.per_seed, wide.per_seed, strict=True):
        assert [outcome.n for outcome in one.outcomes] == [outcome.n for outcome in other.outcomes]
        risks = [[outcome.risk for outcome in seed.outcomes] for seed in (one, other)]
        np.testing.assert_allclose(*risks, rtol=1e-3)


def test_a_limit_that_leaves_no_room_is_refused():
    with pytest.raises(
        InputError, match=r"^memory-gb: got '0.01 GB'; allowed: more than \d+\.\d\d GB a process"
    ):
        Memory(1e7).require_room("memory-gb")
    Memory(8e9).require_room("memory-gb")
    Memory().require_room("memory-gb")
    with pytest.raises(InputError, match=r"^memory-gb: "), measuring(1, memory=1e7):
        pass


def test_what_was_divided_is_said_in_the_provenance(tmp_path):
    one = cell(criterion={"test_size": 100})
    store = Store.open(tmp_path)
    for room, expected in ((kept_bytes(one) + need(one, 60).bytes(2), "divided"), (1e9, None)):
        with Pool(2, memory=memory_of(room)) as pool, Leases(tmp_path / "leases") as leases:
            attempts = Attempts(store, leases, Pooled(pool), stopping=threading.Event(), note=print)
            assert attempts.attempt(one, begun=lambda: None, trained=lambda n: None).kind == "computed"
            assert pool.memory.fit_of(one.id) == fits(one, room)
        assert store.load(one).provenance.get("memory") == expected
        store.path(one.id).unlink()


def test_control_groups_are_those_of_the_process_and_all_above(tmp_path):
    own = tmp_path / "cgroup"
    own.write_text("0::/a/b\n4:memory:/c\n2:cpu:/d\n")
    top = tmp_path / "fs"
    expected = [top, top / "a", top / "a" / "b", top / "memory", top / "memory" / "c"]
    assert _control_groups(top, own) == sorted(expected)
    assert _control_groups(top, tmp_path / "missing") == [top, top / "memory"]


def test_what_files_left_in_memory_counts_as_free(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 600\ninactive_file 300\n")
    monkeypatch.setattr("sims.machine.memory._control_groups", lambda: [tmp_path])
    assert free_memory() == 400.0
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 1000.0


def test_of_the_groups_before_the_best_alone_is_kept(monkeypatch):
    import sims.learners.gradient_descent as module

    made, alive, real = [], [], module._run

    def watched(*args):
        gc.collect()
        alive.append(sum(one() is not None for one in made))
        group = real(*args)
        made.append(weakref.ref(group))
        return group

    monkeypatch.setattr(module, "_run", watched)
    _, train, monitor = sets()
    LEARNERS["plain"].train_in_groups(LCN(), jax.random.key(1), train, monitor, stop_below=None, lanes=1)
    assert alive == [0] + [1] * 8


def test_enough_memory_changes_not_a_bit():
    with Pool(2) as pool:
        free = measure_cell(cell(), pool)
    one = cell()
    room = kept_bytes(one) + need(one, 60).bytes()
    with Pool(2, memory=memory_of(room)) as pool:
        tight = measure_cell(one, pool)
        assert pool.memory.most_held == room
    assert tight == free


def test_what_a_repetition_keeps_is_given_up_at_its_end():
    with Pool(1) as pool:
        evaluator = Evaluator(cell(), pool)
        with evaluator.repetition(0):
            evaluator.one((0, 30))
            data = evaluator._data[0]
            assert data._nested.cache_info().currsize == 1
            assert data._tests.cache_info().currsize == 1
        assert data._nested.cache_info().currsize == 0
        assert data._tests.cache_info().currsize == 0
        assert evaluator._data == {}


def test_a_failing_seed_gives_its_room_back(monkeypatch):
    def fails(self, *args, **options):
        raise FloatingPointError("planted")

    monkeypatch.setattr(GradientDescent, "train", fails)
    with Pool(2) as pool:
        with pytest.raises(FloatingPointError, match="planted"):
            measure_cell(cell(), pool)
        assert not pool.memory._samples
        assert pool.memory._training == 0.0


def test_needs_are_divided_down_to_one_lane():
    needed = Need(preparing=0.0, fixed=10.0, lane=5.0, lanes=4)
    assert [needed.lanes_within(room) for room in (100, 30, 29, 24, 15, 1)] == [4, 4, 3, 2, 1, 1]
    assert Need(10.0, 10.0, 0.0, 1).lanes_within(1) == 1


def test_fewer_lanes_take_no_less_than_what_comes_before_them():
    needed = Need(preparing=22.0, fixed=10.0, lane=5.0, lanes=4)
    assert [needed.bytes(lanes) for lanes in (1, 2, 3, 4)] == [22.0, 22.0, 25.0, 30.0]
    assert needed.lanes_within(24) == 2


@pytest.mark.parametrize("protocol", ["lahoti", "honest", "direct"])
@pytest.mark.parametrize("backend", ["cpu", "gpu"])
def test_every_protocol_can_be_estimated_in_every_layout(monkeypatch, protocol, backend):
    """A criterion without a test set of its own has an empty one."""
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    one = cell(protocol=protocol, n_max=2000, learner={})
    assert need(one, 2000).bytes() > 4 * 12 * 2000
    assert kept_bytes(one) > 0
    assert cell_work(one).trainings > 0
