"""The test-error experiment is the paper's: Lahoti et al. 2024, appendix "Experiments"."""

import dataclasses
from collections import Counter

import pytest

from sims.experiments import EXPERIMENTS
from sims.learners import GradientDescent
from sims.machine.pool import Pool
from sims.measuring.threshold import measure_cell
from sims.models import CNN, FCN, LCN
from sims.pieces.cell import Cell
from sims.protocols import protocol
from sims.protocols.criteria import LowestTestError, TestSelection
from sims.search import Grid
from sims.store import Store
from sims.tables.rows import collect_all
from sims.tasks import DSD


@pytest.fixture(scope="module")
def cells():
    return EXPERIMENTS["test-error"].cells("paper")


def test_sizes_samples_and_repetitions_are_those_of_the_papers_test_error_experiments(cells):
    """ "Test Error Experiments": n in {10, 50, 100, 250, 500}, k and d in {10, 20}, replicated 5 times."""
    assert {(cell.task.k, cell.task.d) for cell in cells} == {(10, 10), (10, 20), (20, 10), (20, 20)}
    assert {cell.search for cell in cells} == {Grid(ns=(10, 50, 100, 250, 500))}
    assert {len(set(cell.seeds)) for cell in cells} == {5}
    # "each of the three models"; the FCN twice, from the common start and from the suite's.
    assert Counter(cell.model for cell in cells) == {CNN(): 4, LCN(): 4, FCN(): 8}


def test_rates_and_selection_are_those_of_the_papers_test_error_experiments(cells):
    """ "Test Error Experiments": rates of patches {1e-1, 1e-2, 1e-3}, of biases {1e-2, 1e-3, 1e-4}, and the
    model with the lowest test error."""
    common = [cell for cell in cells if cell.learner == GradientDescent(init_std=1e-3, init_bias=(0.0,))]
    assert Counter(cell.model for cell in common) == {CNN(): 4, LCN(): 4, FCN(): 4}
    for cell in common:
        rates = {(lr_w, lr_b) for lr_w, lr_b, _ in cell.learner.grid(cell.model)}
        assert rates == {(lr_w, lr_b) for lr_w in (1e-1, 1e-2, 1e-3) for lr_b in (1e-2, 1e-3, 1e-4)}
        assert cell.learner.patience is None
    assert {type(cell.criterion) for cell in cells} == {LowestTestError}


def test_the_rest_is_that_of_the_suites_sweeps(cells):
    """What the paper does not state: sigma, start, steps, and the size of the test set."""
    assert {cell.task.sigma for cell in cells} == {0.1}
    for cell in cells:
        learner, criterion, _ = protocol("lahoti", cell.model, cell.task)
        assert dataclasses.asdict(cell.criterion) == dataclasses.asdict(criterion)
        if cell.model != FCN():
            assert cell.learner == learner
    own = [cell.learner for cell in cells if cell.model == FCN()]
    assert sum(learner == protocol("lahoti", FCN(), cells[0].task)[0] for learner in own) == 4


def measured(criterion, ns=(40, 80)):
    cell = Cell(
        task=DSD(k=3, d=4, sigma=0.15),
        model=LCN(),
        learner=GradientDescent(steps=400),
        criterion=criterion,
        search=Grid(ns=ns),
        seeds=(0, 1),
    )
    with Pool(1) as pool:
        return cell, measure_cell(cell, pool)


def test_the_lowest_test_error_lies_below_the_target_at_which_the_search_would_have_stopped():
    for criterion, goes_on in ((LowestTestError(test_size=200), True), (TestSelection(test_size=200), False)):
        _, result = measured(criterion)
        steps = {outcome.steps for seed in result.per_seed for outcome in seed.outcomes}
        risks = [outcome.risk for seed in result.per_seed for outcome in seed.outcomes]
        assert all(outcome.success for seed in result.per_seed for outcome in seed.outcomes)
        assert (steps == {400}) is goes_on
        assert (max(risks) < result.target - 0.005) is goes_on


def test_its_rows_are_of_the_papers_protocol(tmp_path):
    cell, result = measured(LowestTestError(test_size=50), ns=(20,))
    store = Store.open(tmp_path)
    store.save(cell, result, {})
    for rows in collect_all(store, [cell])[:2]:
        assert {row["protocol"] for row in rows} == {"lahoti"}
