"""What cells are said to cost before they are run, held against hand counts, real runs and small machines."""

import argparse
import dataclasses
import json
import math
import threading
from collections import Counter

import jax
import numpy as np
import pytest

from benchmarks.kernels import operations
from benchmarks.roofline import evaluation_flops, step_flops
from sims.cli import add_commands, dispatch
from sims.cli.dry_run import _rooms
from sims.cli.executors import add_executor, places_of
from sims.costs.calibration import Rate, calibrate
from sims.costs.memory import kept_bytes, need
from sims.costs.operations import peak_bytes
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
from sims.costs.requests import expected_requests
from sims.costs.work import (
    cell_work,
    gradient_flops,
    layouts,
    outputs_flops,
    parameter_count,
    traced_flops,
)
from sims.datasets import Datasets
from sims.executors.job import shares
from sims.executors.measuring import Pooled
from sims.experiments import EXPERIMENTS, Experiment, ProbeSetting, Setting
from sims.learners import GradientDescent, KernelRegression, TwoStep
from sims.measure import measure_cell
from sims.memory import Memory
from sims.models import CNN, FCN, LCN, ResNet, WideFCN
from sims.pool import Pool
from sims.samples import Layout
from sims.search import Bisection, Grid, Outcome, run_search
from sims.store import Store
from sims.sweep import run_sweep
from tests.sims.planted import planted_cells


def setting(**changes):
    defaults = {"sigma": 0.3, "model": "lcn", "protocol": "honest", "seeds": (0, 1), "n_max": 200}
    return Setting(**{"k": 3, "d": 4, **defaults, **changes})


# Evaluations


def twin(search, threshold):
    """Evaluations of a search, by the loop that drives real ones."""
    asked = Counter()

    def evaluate(requests):
        asked.update(n for _, n in requests)
        return [Outcome(seed, n, n >= threshold) for seed, n in requests]

    run_search(search, evaluate, (0,))
    return asked


@pytest.mark.parametrize("confirm", [0, 1])
def test_without_a_start_every_place_of_the_threshold_counts_alike(confirm):
    search = Bisection(n_min=4, n_max=60, confirm=confirm)
    total = Counter()
    places = [*search.grid(), math.inf]
    for threshold in places:
        total.update(twin(search, threshold))
    found = dict(expected_requests(search))
    assert found.keys() == total.keys()
    for n, times in total.items():
        assert found[n] == pytest.approx(times / len(places))


def test_with_a_start_half_of_the_thresholds_are_within_a_factor_of_two_of_it():
    search = Bisection(n_min=1, n_max=100_000, start=100, confirm=0)
    rng = np.random.default_rng(0)
    drawn = 100 * 2.0 ** rng.standard_cauchy(4000)
    total = sum((twin(search, threshold) for threshold in drawn), Counter())
    found = dict(expected_requests(search))
    # Means over 4000 draws: five standard errors of a count of at most 2 a search.
    for n in set(total) | set(found):
        assert found.get(n, 0) == pytest.approx(total[n] / 4000, abs=5 * math.sqrt(1 / 4000))
    assert np.mean((drawn > 50) & (drawn < 200)) == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(4000))


def test_a_grid_is_evaluated_once_everywhere():
    assert expected_requests(Grid(ns=(3, 7, 20))) == ((3, 1.0), (7, 1.0), (20, 1.0))


# Operations


@pytest.mark.parametrize(("k", "d"), [(20, 20), (8, 64)])
def test_operations_of_a_step_agree_with_the_hand_count(k, d):
    layout = Layout.of(1280, 1280, k, d)
    assert gradient_flops(LCN(), 9, layout) == pytest.approx(9 * step_flops(1280, k, d), rel=0.1)
    assert outputs_flops(LCN(), 9, layout) == pytest.approx(9 * evaluation_flops(k, d, 1280), rel=0.1)
    # Two products of m = k neurons on k d coordinates.
    assert gradient_flops(FCN(), 3, layout) == pytest.approx(3 * 4 * 1280 * k * k * d, rel=0.1)


def test_operations_count_whole_blocks_up_to_the_last_that_holds_samples():
    whole, part = Layout.of(256, 1000, 4, 5), Layout.of(129, 1000, 4, 5)
    assert gradient_flops(CNN(), 2, part) == gradient_flops(CNN(), 2, whole)
    assert gradient_flops(CNN(), 2, Layout.of(128, 1000, 4, 5)) == gradient_flops(CNN(), 2, whole) / 2


def test_operations_of_a_kernel_agree_with_the_hand_count():
    k, d = 32, 16
    found = KernelRegression().pair_flops(CNN(), k, d)
    # By hand 66 operations a pair of patches, read off the source.
    assert found == pytest.approx(operations(100, k, d) / (100 * 101 / 2), rel=0.25)


def test_operations_of_a_training_are_those_of_its_steps_and_looks():
    train, monitor, test = (Layout.of(n, 512, 5, 6) for n in (400, 100, 256))
    short = GradientDescent(steps=100, eval_every=10)
    double = GradientDescent(steps=200, eval_every=10)
    looks = outputs_flops(LCN(), 9, monitor)
    once = short.flops(LCN(), train, monitor, test) - outputs_flops(LCN(), 1, test) - looks
    twice = double.flops(LCN(), train, monitor, test) - outputs_flops(LCN(), 1, test) - looks
    assert twice == pytest.approx(2 * once)
    updates = 2 * 9 * parameter_count(LCN(), 5, 6)
    assert once == pytest.approx(100 * (gradient_flops(LCN(), 9, train) + updates) + 10 * looks)
    batches = dataclasses.replace(short, batch=64).flops(LCN(), train, monitor, test)
    assert batches < short.flops(LCN(), train, monitor, test)


def test_two_steps_cost_one_pass_or_two():
    train = Layout.of(400, 512, 5, 6)
    empty = Layout.of(0, 0, 5, 6)
    assert empty.used == 0
    fresh, shared = (
        TwoStep(samples=samples).flops(LCN(), train, train, empty) for samples in ("fresh", "shared")
    )
    assert shared - fresh == pytest.approx(gradient_flops(LCN(), 1, train))


def test_a_learning_curve_costs_what_it_does_when_run():
    """Evaluations and runs of a cell that evaluates every n, exactly; its steps without patience too."""
    cell = setting(
        protocol="lahoti", ns=(5, 20, 40), learner={"steps": 20}, criterion={"tolerance": 1e-6}
    ).cell()
    work = cell_work(cell)
    assert work.evaluations == 6
    with Pool(1) as pool:
        result = measure_cell(cell, pool)
    assert result.trainings == work.trainings == 54
    assert result.steps == 6 * 20


def test_learners_that_do_not_count_have_no_operations_and_all_the_rest():
    posterior = setting(
        protocol="direct", learner={"name": "posterior", "sigma": 0.3}, criterion={"metric": "squared"}
    )
    work = cell_work(posterior.cell())
    assert work.flops is None
    assert work.evaluations == work.trainings > 2
    assert work.scale > 0


def matrices(a, b):
    return a @ b


def image(x, w):
    return jax.lax.conv_general_dilated(x, w, (1, 1), "VALID")


def loop(a):
    return jax.lax.fori_loop(0, 7, lambda _, x: x * 2.0 + 1.0, a)


def choice(a):
    return jax.lax.cond(a[0] > 0, lambda x: x * 2.0, lambda x: (x * 2.0 + 1.0) ** 2, a)


@pytest.mark.parametrize(
    ("function", "shapes", "operations"),
    [
        (matrices, ((3, 4), (4, 5)), 2 * 3 * 4 * 5),
        (image, ((2, 3, 8, 8), (5, 3, 3, 3)), 2 * (2 * 5 * 6 * 6) * 3 * 3 * 3),
        (loop, ((10,),), 7 * (2 * 10)),
        (choice, ((10,),), 3 * 10),
        (jax.numpy.sum, ((6, 7),), 42),
        (jax.numpy.transpose, ((6, 7),), 0),
        (jax.jit(matrices), ((3, 4), (4, 5)), 2 * 3 * 4 * 5),
    ],
)
def test_operations_of_a_program_are_those_of_its_equations(function, shapes, operations):
    given = [jax.ShapeDtypeStruct(shape, "float32") for shape in shapes]
    found = traced_flops(function, *given)
    # Scalars (a counter, a comparison) may be in it.
    assert operations <= found <= operations + 3 * 7


def long_way(a):
    b = a * 2.0  # takes the place of nothing: a is the caller's
    c = b @ b
    d = b + c  # takes the place of b or c
    return jax.numpy.sum(d)


def two_lives(a):
    b, c = a * 2.0, a * 3.0
    return (b @ c, b)


def around_a_product(a):
    return jax.lax.fori_loop(0, 3, lambda _, x: x @ x, a)


@pytest.mark.parametrize(
    ("function", "arrays"),
    [
        (long_way, 2),
        (two_lives, 3),
        (around_a_product, 2),
        (jax.jit(long_way), 2),
        (lambda a: a * 2.0, 1),
        (jax.jit(lambda a: a * 2.0), 1),
        (lambda a: jax.nn.relu(a @ a), 2),  # a call writes over nothing of its callers
        (lambda a: a[::-1] @ a, 2),
        (lambda a: jax.numpy.concatenate([a @ a, a.T @ a])[0, 0], 4),
    ],
)
def test_the_most_bytes_that_a_program_holds_are_those_of_its_arrays_alive_at_a_time(function, arrays):
    a = jax.ShapeDtypeStruct((50, 50), "float32")
    found = peak_bytes(jax.make_jaxpr(function)(a).jaxpr)
    # Scalars (a counter, the sum) may be in it.
    assert arrays * 4 * 50 * 50 <= found <= arrays * 4 * 50 * 50 + 20


# Deals


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


# Memory


def test_memory_grows_with_samples_and_lanes_and_is_that_of_what_is_kept():
    small, large = setting(n_max=2000).cell(), setting(n_max=8000).cell()
    assert kept_bytes(large) - kept_bytes(small) == 4 * 6000 * 12
    assert need(large, 8000).bytes() > need(small, 2000).bytes()
    needed = need(large, 8000)
    assert needed.lanes == 9
    assert needed.lane > 4 * 4 * (12 + 1)  # weights and threshold: two copies, gradient and update
    assert needed.preparing > 4 * 4 * 8000 * 12 / 2
    fresh = setting(protocol="lahoti", n_max=8000).cell()
    assert kept_bytes(fresh) < kept_bytes(large)  # no nested set, a test set of 1000


def test_as_many_lanes_as_fit_and_one_at_least():
    needed = dataclasses.replace(need(setting(n_max=4000).cell(), 4000), preparing=0.0)
    assert needed.lanes_within(math.inf) == 9
    assert needed.lanes_within(needed.bytes(4)) == 4
    assert needed.lanes_within(needed.bytes(4) - 1) == 3
    assert needed.lanes_within(0) == 1


def test_a_wide_net_needs_memory_for_its_units():
    space = GradientDescent().workspace(WideFCN(width=4096), *[Layout.of(1000, 1000, 10, 10)] * 2)
    # Weights (4096, 100) in float32, four copies at least, and the units of one block of 128 samples.
    assert space.lane > 4 * 4 * 4096 * 100 + 4 * 4096 * 128


# The command


def tiny(preset):
    del preset
    return [setting(k=2, d=d, n_max=30, model="cnn", protocol="lahoti") for d in (3, 4)]


@pytest.fixture
def tiny_experiment(monkeypatch, tmp_path):
    experiment = Experiment(name="sweeps", title="tiny", question="?", make=tiny)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    return experiment


def test_a_dry_run_writes_nothing_and_says_what_is_missing(tiny_experiment, capsys, tmp_path):
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 cells to compute (0 stored), 0 of them probes\n")
    for word in ("trainings", "FLOPs", "memory", "compiling", "process", "local", "slurm", "GFLOP/s"):
        assert word in out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_in_json_counts_only_what_the_store_lacks(tiny_experiment, capsys):
    assert dispatch(["run", "sweeps", "--store", "s"], [add_commands]) == 0
    cells = tiny_experiment.cells("quick")
    from sims.store import Store

    Store("s").path(cells[0].id).unlink()
    capsys.readouterr()
    line = ["run", "sweeps", "--store", "s", "--dry-run", "--json", "--jobs", "3", "--cpus", "2"]
    assert dispatch(line, [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cells"], answer["stored"]) == (1, 1)
    work = cell_work(cells[0])
    assert answer["trainings"] == work.trainings
    assert answer["flops"] == work.flops
    assert answer["seconds"]["slurm"]["jobs"] == 1
    assert answer["seconds"]["slurm"]["cpus"] == 2
    assert answer["seconds"]["process"]["wall"] > 0
    assert answer["calibration"]["not_timed"] == []
    assert answer["memory_gb"]["process"]["cells"] == {"whole": 1, "divided": 0, "too large": 0}


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (["--minutes", "1"], "--minutes"),
        (["--memory-gb", "-3"], "--memory-gb"),
        (["--memory-gb", "0.001"], "--memory-gb"),
        (["--mem-gb", "0"], "--mem-gb"),
        (["--devices", "1,1"], "--devices"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_a_dry_run_refuses_what_no_run_takes(tiny_experiment, capsys, options, option):
    assert dispatch(["run", "sweeps", "--dry-run", *options], [add_commands]) == 2
    assert option in capsys.readouterr().err


def test_a_dry_run_plans_with_the_processes_that_a_run_would_start(monkeypatch, tmp_path, capsys):
    cells = [setting(k=2, n_max=n_max, model="cnn") for n_max in (30, 4_000_000)]
    experiment = Experiment(name="sweeps", title="two", question="?", make=lambda preset: cells)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sims.memory.resident", lambda: 3e8)
    line = ["run", "sweeps", "--dry-run", "--json", "--processes", "3", "--mem-gb", "0.7"]
    assert dispatch(line, [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["seconds"]["local"]["processes"] == 3
    most = max(128, int(0.1 * (0.5e9 + 1e9 * answer["memory_gb"]["process"]["room"]) / 4e6))
    assert answer["memory_gb"]["programs"] == pytest.approx(4e-3 * (most - 20))
    assert answer["memory_gb"]["slurm"]["room"] == pytest.approx(0.95 * 0.7 - 0.5)
    assert answer["memory_gb"]["slurm"]["cells"] == {"whole": 1, "divided": 0, "too large": 1}


def test_a_dry_run_on_a_cpu_knows_nothing_of_accelerators(tiny_experiment, capsys):
    line = ["run", "sweeps", "--dry-run", "--devices", "0,1,2", "--gpus", "1"]
    assert dispatch([*line, "--json"], [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["seconds"]["local"]["processes"] == 3
    assert answer["seconds"]["local"]["wall"] is None
    assert answer["seconds"]["slurm"]["wall"] is None
    assert answer["memory_gb"].keys() == {"one_lane", "nothing_waits", "programs", "process"}
    assert dispatch(line, [add_commands]) == 0
    out = capsys.readouterr().out
    for name in ("local", "slurm"):
        assert f"{name:<12}not known: this machine's speed is of another kind of device" in out


def test_a_dry_run_that_could_time_nothing_says_that_it_does_not_know(monkeypatch, tmp_path, capsys):
    large = [setting(k=64, d=64, n_max=200_000)]
    experiment = Experiment(name="sweeps", title="large", question="?", make=lambda preset: large)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert "time        not known: of these cells no training is small enough to be timed\n" in out
    assert not any(line.startswith(("process", "local", "slurm", "compiling")) for line in out.splitlines())
    assert dispatch(["run", "sweeps", "--dry-run", "--json"], [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["calibration"]["not_timed"] == ["gradient_descent lcn"]
    assert [one["wall"] for one in answer["seconds"].values()] == [None] * 3


def test_a_dry_run_plans_with_an_accelerators_memory_and_the_hosts(tiny_experiment, monkeypatch):
    class Device:
        platform = "gpu"

        @staticmethod
        def memory_stats():
            return {"bytes_limit": 8e10}

    monkeypatch.setattr("sims.memory.default_device", Device)
    monkeypatch.setattr("sims.memory.resident", lambda: 3e8)
    parser = argparse.ArgumentParser()
    add_executor(parser)
    args = parser.parse_args(["--memory-gb", "64", "--devices", "0,1,2,3,4,5,6,7", "--gpus", "1"])
    rooms = _rooms(args, places_of(args), Memory(64e9), accelerated=True)
    # Eight processes share the host's memory; each takes half a gigabyte by itself.
    assert rooms == pytest.approx({"process": 63.5e9, "local": 7.5e9, "slurm": 0.95 * 8e9 - 0.5e9})
    args = parser.parse_args(["--memory-gb", "100"])
    rooms = _rooms(args, places_of(args), Memory(100e9), accelerated=True)
    assert rooms == pytest.approx({"process": 0.9 * 8e10})  # the others would compute on CPUs


def test_a_dry_run_names_what_will_fail(tiny_experiment, capsys, monkeypatch):
    first, make = tiny("quick")[0], Setting.cell
    bad = dataclasses.replace(first.cell(), model=ResNet(), learner=KernelRegression())
    monkeypatch.setattr(Setting, "cell", lambda self: bad if self == first else make(self))
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 cells to compute")
    assert f"will fail   {bad.label}: InputError: model: got 'resnet'" in out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--json"], "--json"),
        (["--dry-run", "--jobs", "0"], "--jobs"),
        (["--memory-gb", "0.1"], "--memory-gb"),
        (["--executor", "slurm", "--memory-gb", "4"], "--memory-gb"),
        (["--executor", "local", "--processes", "4", "--memory-gb", "1.5"], "--memory-gb"),
    ],
)
def test_bad_options_of_costs_are_named(tiny_experiment, capsys, options, named, tmp_path):
    assert dispatch(["run", "sweeps", *options], [add_commands]) == 2
    assert named in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_run_says_its_peak_memory_beside_the_estimate(tiny_experiment, capsys):
    assert dispatch(["run", "sweeps", "--memory-gb", "4"], [add_commands]) == 0
    line = next(line for line in capsys.readouterr().err.splitlines() if "peak memory" in line)
    assert " GB, estimated " in line


def test_threads_of_the_tests_are_not_left_over():
    assert all(not thread.name.startswith("training") for thread in threading.enumerate())
    assert jax.default_backend() == "cpu"
