"""The fast path against the plain loop of tests/twins, on the same samples and the same initial weights.

The plain loop is float64 numpy, one training after another, written without sight of the fast path.
"""

import dataclasses

import jax
import numpy as np
import pytest

from sims.machine.pool import Pool
from sims.measuring.evaluate import Evaluator
from sims.models import CNN, FCN, LCN
from sims.pieces.cell import Cell
from sims.protocols import protocol
from sims.samples.datasets import Datasets
from sims.search import run_search
from sims.tasks import DSD, task_key
from tests.twins import plain_loop as twin

CLOSE = 2e-3
"""Where the twin's loss is within this of the target, float32 may decide otherwise than float64."""

CELLS = [
    (CNN(), DSD(k=12, d=10, sigma=0.15), 100, {}),
    (LCN(), DSD(k=4, d=5, sigma=0.15), 150, {}),
    (FCN(), DSD(k=3, d=4, sigma=0.15), 400, {"steps": 600}),
]


def build(model, task, n_max, options, *, fresh):
    learner, criterion, search = protocol("lahoti", model, task, n_max=n_max)
    return Cell(
        task=task,
        model=model,
        learner=dataclasses.replace(learner, **options),
        criterion=dataclasses.replace(criterion, fresh=fresh),
        search=search,
        seeds=(0, 1),
    )


def grid_point(grid, n):
    """The largest point of the grid that is at most n: where the search starts."""
    return max(point for point in grid if point <= n)


class Twin:
    """The plain loop on the samples and the initial weights of one seed of a cell."""

    def __init__(self, cell, seed):
        self.cell = cell
        key = task_key(cell.id, seed)
        self.data = Datasets(cell.task, key, capacity=max(cell.search.grid()))
        test = cell.task.sample(key, cell.criterion.test_size, stream=1)
        self.test = np.asarray(test.x, float), np.asarray(test.y, float)
        learner, task = cell.learner, cell.task
        key_w = jax.random.split(jax.random.fold_in(key, 2))[0]
        w = cell.model.init(key_w, task.k, task.d, std=learner.init_std, bias=0.0)["w"][0]
        self.w0 = np.asarray(w, float)

    def best(self, n):
        samples = self.data.training(n, fresh=self.cell.criterion.fresh)
        learner = self.cell.learner
        # The plain loop takes one initial bias at a time.
        runs = [self.best_from(bias, samples) for bias in learner.init_bias]
        return min(runs, key=lambda run: run.loss)

    def best_from(self, bias, samples):
        learner = self.cell.learner
        return twin.best_over_rates(
            self.cell.model.name,
            samples.images().astype(float),
            samples.labels().astype(float),
            *self.test,
            self.w0,
            bias,
            lr_w=learner.lr_w,
            lr_b=learner.lr_b,
            steps=learner.steps,
            eval_every=learner.eval_every,
        )


@pytest.mark.parametrize(("model", "task", "n_max", "options"), CELLS, ids=["cnn", "lcn", "fcn"])
def test_n_star_equals_the_plain_loops(model, task, n_max, options):
    """On nested sets: both brackets are brackets of both, and equal where the curve crosses its target once.

    A curve of risk against n that crosses more than once has more than one honest bracket, and two searches
    that step differently may find different ones. So each bracket is put to the other side's verdict.
    """
    cell = build(model, task, n_max, options, fresh=False)
    grid = cell.search.grid()
    target = twin.lahoti_target(task.k, task.sigma)
    with Pool() as pool:
        evaluate = Evaluator(cell, pool)
        assert evaluate.target == pytest.approx(target, abs=1e-5)
        results = run_search(cell.search, evaluate, cell.seeds)
    equal = 0
    for result in results:
        plain = Twin(cell, result.seed)
        verdicts = {}

        def succeeds(n, plain=plain, verdicts=verdicts):
            verdicts[n] = plain.best(n).loss <= target
            return verdicts[n]

        low, high = twin.find_bracket(grid, grid.index(grid_point(grid, cell.search.start)), succeeds)
        ours = result.threshold
        assert ours.censored == "none"
        assert [evaluate.one((result.seed, n)).success for n in (low, high)] == [False, True]
        assert [succeeds(ours.low), succeeds(ours.high)] == [False, True]
        everything = {**verdicts, **{o.n: o.success for o in result.outcomes}}
        ordered = [everything[n] for n in sorted(everything)]
        if ordered == sorted(ordered):
            assert (ours.low, ours.high) == (low, high)
        equal += (ours.low, ours.high) == (low, high)
    assert equal >= 1


@pytest.mark.parametrize(("model", "task", "n_max", "options"), CELLS, ids=["cnn", "lcn", "fcn"])
def test_every_verdict_of_a_search_with_fresh_sets_is_the_plain_loops(model, task, n_max, options):
    """On fresh sets, as in the protocol: at each n that the search visits, same verdict, same lowest loss."""
    cell = build(model, task, n_max, options, fresh=True)
    with Pool() as pool:
        evaluate = Evaluator(cell, pool)
        results = run_search(cell.search, evaluate, cell.seeds)
    compared = 0
    for result in results:
        plain = Twin(cell, result.seed)
        for outcome in result.outcomes:
            best = plain.best(outcome.n)
            if abs(best.loss - evaluate.target) < CLOSE:
                continue
            compared += 1
            assert outcome.success == (best.loss <= evaluate.target), (result.seed, outcome.n)
            if not outcome.success:
                assert outcome.risk == pytest.approx(best.loss, rel=0.02)
    assert compared >= 10
