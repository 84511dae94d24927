"""What cells are said to cost before they are run, held against hand counts, real runs and small machines."""

import dataclasses
import math
from collections import Counter

import jax
import numpy as np
import pytest

from benchmarks.kernels import operations
from benchmarks.roofline import evaluation_flops, step_flops
from sims.costs.requests import expected_requests
from sims.costs.work import cell_work
from sims.learners import GradientDescent, KernelRegression, TwoStep
from sims.learners.prices.operations import peak_bytes
from sims.learners.prices.training import gradient_flops, outputs_flops, parameter_count, traced_flops
from sims.machine.pool import Pool
from sims.measuring.need import kept_bytes, need
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN, WideFCN
from sims.samples import Layout
from sims.search import Bisection, Grid, Outcome, run_search
from tests.sims.experiments.small_settings import setting

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
    assert work.least > 0
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
