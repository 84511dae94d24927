"""Plans of sweeps that have not been run: rates, deals, time and memory."""

import dataclasses

import jax
import numpy as np
import pytest

from sims.costs.calibration import Rate, calibrate
from sims.costs.plan import (
    count_fits,
    jobs_seconds,
    makespan,
    memory_bytes,
    plan,
    processes_seconds,
    relative_costs,
    sort_out,
    threads_seconds,
)
from sims.costs.shares import shares
from sims.costs.work import cell_work
from sims.experiments import EXPERIMENTS, ProbeSetting
from sims.learners import KernelRegression
from sims.machine.memory import Memory
from sims.machine.pool import Pool
from sims.measuring.need import kept_bytes, layouts, need
from sims.models import ResNet
from sims.samples.datasets import Datasets
from sims.store import Store
from sims.sweep.executors.measuring import Pooled
from tests.sims.experiments.small_settings import setting
from tests.sims.planted import planted_cells, run_sweep


def test_costs_follow_operations_and_every_unit_has_one():
    small, large = setting().cell(), setting(k=6, d=8, n_max=2000).cell()
    posterior = setting(protocol="direct", learner={"name": "posterior", "sigma": 0.3}).cell()
    probe = ProbeSetting("packing_sizes", {"dimension": 4, "inner_product": 0.5}).cell()
    costs = relative_costs([small, large, posterior, probe])
    assert costs[0] == cell_work(small).flops
    assert costs[1] == cell_work(large).flops > 4 * costs[0]
    assert costs[2] > 0
    assert costs[3] == sorted(costs[:3])[1]
    assert min(relative_costs(planted_cells())) > 0
    assert relative_costs([probe]) == [1.0]


def test_jobs_of_a_real_sweep_cost_alike():
    cells = EXPERIMENTS["sweeps"].units("paper")
    costs = relative_costs(cells)
    sums = [sum(costs[index] for index in own) for own in shares(costs, 6)]
    equal = [sum(costs[index] for index in own) for own in shares([1.0] * len(cells), 6)]
    assert len(sums) == 6
    assert max(sums) <= max(sum(costs) / 6 * 4 / 3, max(costs))  # Graham's bound
    assert max(sums) < max(equal)


def test_time_of_a_plan_is_that_of_its_parts():
    cell = setting().cell()
    work = cell_work(cell)
    group = ("gradient_descent", "lcn")
    planned = plan([cell, setting(d=5).cell()], {group: Rate(beside=0.5, a_flop=1e-9, compiling=2.0)})
    assert list(planned.compiling.values()) == [2.0, 2.0]
    first, second = planned.seconds
    assert first == pytest.approx(0.5 * work.evaluations + 1e-9 * work.flops)
    assert threads_seconds(planned, 1) == pytest.approx(first + second + 4)
    # Two seeds a cell: with many workers the longest seed is left.
    assert threads_seconds(planned, 100) == pytest.approx(max(first, second) / 2)
    assert processes_seconds(planned, 1, 1, places=16) == pytest.approx(first + second + 4)
    assert processes_seconds(planned, 2, 1, places=16) == pytest.approx(max(first, second) + 2)
    assert processes_seconds(planned, 2, 8, places=16) == pytest.approx(max(first, second) / 2 + 2)
    assert processes_seconds(planned, 2, 1, places=1) == pytest.approx(2 * (max(first, second) + 2))
    wall, own = jobs_seconds(planned, 2, 1, 1)
    assert wall == pytest.approx(first + second + 4)
    assert len(own) == 2
    assert jobs_seconds(planned, 2, 2, 64)[0] == pytest.approx(max(first, second) / 2 + 2)
    assert makespan([3.0, 3.0, 2.0, 2.0, 2.0], 2) == 7.0


def test_every_job_compiles_the_programs_of_its_own_cells():
    cells = [setting(sigma=sigma).cell() for sigma in (0.1, 0.2, 0.3, 0.4)]
    planned = plan(cells, {("gradient_descent", "lcn"): Rate(0.0, 0.0, 5.0)})
    assert list(planned.compiling.values()) == [5.0]
    assert jobs_seconds(planned, 4, 4, 1) == (5.0, [5.0] * 4)
    assert jobs_seconds(planned, 2, 1, 1) == (10.0, [5.0] * 2)
    assert threads_seconds(planned, 2) == 2.5


def test_memory_of_a_plan_is_what_its_cells_in_flight_hold():
    small_tests = {"test_size": 100}
    cells = [setting(sigma=sigma, criterion=small_tests).cell() for sigma in (0.1, 0.2, 0.3, 0.4)]
    planned = plan(cells, {})
    kept, needed = kept_bytes(cells[0]), need(cells[0], max(cells[0].search.grid()))
    least, most = memory_bytes(planned, 2, 1e9)
    assert least == 1e9 + kept + needed.bytes(1)
    assert most == 1e9 + 3 * 2 * kept + 2 * needed.bytes()  # three cells in flight, of two seeds each
    assert count_fits(planned, kept + needed.bytes()) == {"whole": 4, "divided": 0, "too large": 0}
    assert count_fits(planned, kept + needed.bytes(1)) == {"whole": 0, "divided": 4, "too large": 0}
    assert count_fits(planned, kept + needed.bytes(1) - 1) == {"whole": 0, "divided": 0, "too large": 4}


def test_no_run_holds_more_than_its_plan_says_where_nothing_waits(tmp_path):
    cells = [setting(sigma=sigma, criterion={"test_size": 100}).cell() for sigma in (0.1, 0.2, 0.3, 0.4)]
    _, most = memory_bytes(plan(cells, {}), 2, 0.0)
    with Pool(2) as pool:
        report = run_sweep(cells, Store.open(tmp_path), Pooled(pool), in_flight=3)
    assert len(report.computed) == 4
    assert max(map(kept_bytes, cells)) < pool.memory.most_held <= most


def test_a_group_that_was_not_timed_takes_the_median_rate_and_one_without_operations_is_unknown():
    known, other = setting().cell(), setting(model="cnn").cell()
    posterior = setting(protocol="direct", learner={"name": "posterior", "sigma": 0.3}).cell()
    planned = plan([known, other, posterior], {("gradient_descent", "lcn"): Rate(0.1, 1e-9, 1.0)})
    assert [one.timed for one in planned.cells] == [True, False, False]
    assert planned.guessed == [("gradient_descent", "cnn")]
    assert planned.cells[1].seconds == pytest.approx(
        0.1 * cell_work(other).evaluations + 1e-9 * cell_work(other).flops
    )
    assert planned.unknown == 1
    assert planned.seconds[2] == pytest.approx(np.median(planned.seconds[:2]))


def test_calibration_times_every_group_once_and_stops_at_its_budget(monkeypatch):
    cells = [setting(model=model, k=k).cell() for model in ("lcn", "cnn") for k in (2, 3)]
    with Pool(2) as pool:
        rates = calibrate(cells, pool, budget=600)
        assert rates.keys() == {("gradient_descent", "lcn"), ("gradient_descent", "cnn")}
        for rate in rates.values():
            assert rate.a_flop > 0
            assert rate.beside >= 0
            assert rate.compiling >= 0
        assert len(calibrate(cells, pool, budget=0)) == 1
        assert calibrate([], pool, budget=600) == {}


def test_no_training_is_timed_that_is_too_large_for_it():
    """By its images, or by the memory that there is: the group is left to the median of the others."""
    images = setting(k=64, d=64, n_max=200_000).cell()
    small = setting(model="cnn").cell()
    with Pool(2) as pool:
        assert calibrate([images, small], pool, budget=600).keys() == {("gradient_descent", "cnn")}
    memory = Memory()
    memory.__dict__["room"] = kept_bytes(small) + 2 * need(small, min(small.search.grid())).bytes() - 1
    with Pool(2, memory=memory) as pool:
        assert calibrate([small], pool, budget=600) == {}


def test_a_cell_that_will_fail_is_named_and_does_not_keep_the_others_from_being_dealt_out():
    good = setting().cell()
    # A learner of kernels, and a net that has none.
    bad = dataclasses.replace(good, model=ResNet(), learner=KernelRegression())
    fine, refused = sort_out([good, bad])
    assert fine == [good]
    assert [unit for unit, _ in refused] == [bad]
    assert "resnet" in refused[0][1]
    assert relative_costs([good, bad]) == [cell_work(good).flops] * 2


@pytest.mark.parametrize("protocol", ["lahoti", "honest", "direct"])
@pytest.mark.parametrize("n", [30, 200])
def test_layouts_are_those_of_the_sets_that_are_made(protocol, n):
    cell = setting(protocol=protocol, n_max=2000, criterion={"test_size": 300}).cell()
    capacity = max(cell.search.grid())
    data = Datasets(cell.task, jax.random.key(0), capacity=capacity)
    expected = layouts(cell.criterion.sizes(n), capacity, cell.task.k, cell.task.d)
    for made, layout in zip(cell.criterion.sets(data, n), expected[:2], strict=True):
        assert made.stacked().shape == (layout.blocks, layout.k, layout.d, layout.block)
        assert int(made.n) == layout.n
