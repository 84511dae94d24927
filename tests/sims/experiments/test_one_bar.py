"""Experiments at one required cosine: every target asks for it, and no linear predictor reaches it."""

import pytest

from sims.experiments import EXPERIMENTS, PRESETS
from sims.experiments.one_bar import architectures_cosine_8, budgets, fcn_recipes
from theory.dsd.required_alignment import required_alignment

AT_ONE = {
    "sweeps-cosine-6": 0.6,
    "sweeps-cosine-8": 0.8,
    "architectures-cosine-8": 0.8,
    "sigma-cosine-8": 0.8,
}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("name", "cosine"), AT_ONE.items())
def test_every_target_asks_for_the_cosine_and_no_linear_predictor_reaches_it(name, cosine, preset):
    cells = EXPERIMENTS[name].cells(preset)
    assert cells
    for cell in cells:
        target, k, sigma = cell.criterion.target(cell.task), cell.task.k, cell.task.sigma
        # Targets are rounded to 1e-6; the risk falls by at least 0.04 for each unit of the cosine.
        assert required_alignment(k, sigma, target) == pytest.approx(cosine, abs=3e-5)
        # f(x) = s sum_i <w*, x_i> has the risk (1 - s)^2 + k sigma^2 s^2, least:
        assert target < k * sigma**2 / (1 + k * sigma**2)
        assert cell.paired


def test_nets_of_one_size_see_the_same_samples_and_the_posterior_too():
    cells = EXPERIMENTS["architectures-cosine-8"].cells("paper")
    here = [cell for cell in cells if (cell.task.k, cell.task.d) == (6, 10)]
    assert {type(cell.model).name for cell in here} == {"fcn", "lcn", "cnn"}
    assert {type(cell.learner).name for cell in here} == {"gradient_descent", "posterior"}
    assert len({cell.drawn_from for cell in here}) == 1


def test_seeds_of_the_claims_are_in_no_other_experiment_at_paper():
    fresh = {*AT_ONE, "fcn-recipes", "budgets", "rates", "distilled", "wide-grid", "cross-validation"}
    others = [cell for name, one in EXPERIMENTS.items() if name not in fresh for cell in one.cells("paper")]
    assert all(min(cell.seeds) >= 100 for name in fresh for cell in EXPERIMENTS[name].cells("paper"))
    assert all(seed not in range(100, 200) for cell in others for seed in cell.seeds)
    few = [cell for cell in EXPERIMENTS["architectures-cosine-8"].cells("paper") if len(cell.seeds) == 4]
    assert {cell.task.k for cell in few} == {architectures_cosine_8.FCN_FOUR_SEEDS_FROM}


def test_longer_budgets_are_the_same_cells_with_longer_runs():
    cells = EXPERIMENTS["budgets"].cells("paper")
    for short, long in zip(cells[::2], cells[1::2], strict=True):
        assert (short.task, short.model, short.criterion, short.search) == (
            long.task,
            long.model,
            long.criterion,
            long.search,
        )
        assert (long.learner.steps, long.learner.patience) == (
            budgets.LONGER * short.learner.steps,
            budgets.LONGER * short.learner.patience,
        )


def test_wider_grids_have_the_plain_one_inside():
    plain = [one for one in EXPERIMENTS["budgets"].cells("paper")[::2] if one.search.beyond]
    for narrow, wide in zip(plain, EXPERIMENTS["rates"].cells("paper"), strict=True):
        assert (narrow.task, narrow.model, narrow.search) == (wide.task, wide.model, wide.search)
        for rates in ("lr_w", "lr_b"):
            inside, values = getattr(narrow.learner, rates), getattr(wide.learner, rates)
            assert values[1:-1] == inside
            assert values[0] > max(inside)
            assert values[-1] < min(inside)


def test_recipes_differ_in_what_they_are_said_to():
    by_k = {}
    for cell in EXPERIMENTS["fcn-recipes"].cells("paper"):
        by_k.setdefault(cell.task.k, []).append(cell)
    for k, (honest, tuned, adam, wide) in by_k.items():
        assert honest.learner.init_std > tuned.learner.init_std
        assert (adam.learner.optimizer, adam.learner.steps) == ("adam", 30_000)
        assert (tuned.model.width, wide.model.width) == (None, fcn_recipes.WIDER * k)
        assert {cell.criterion.target(cell.task) for cell in (honest, tuned, adam, wide)} == {
            honest.criterion.target(honest.task)
        }


def test_a_wider_grid_has_a_rate_more_at_each_end_and_else_the_same_cell_with_fresh_seeds():
    first = {(cell.task.k, cell.task.d): cell for cell in EXPERIMENTS["sweeps-cosine-6"].cells("paper")[:11]}
    cells = EXPERIMENTS["wide-grid"].cells("paper")
    assert {cell.task.k for cell in cells} == {8, 16, 32, 64, 128}
    for cell in cells:
        plain = first[cell.task.k, cell.task.d]
        assert (cell.model, cell.criterion, cell.search) == (plain.model, plain.criterion, plain.search)
        assert set(cell.seeds).isdisjoint(plain.seeds)
        assert len(cell.seeds) == len(plain.seeds)
        for name in ("lr_w", "lr_b"):
            own, few = getattr(cell.learner, name), getattr(plain.learner, name)
            assert own[1:-1] == few
            assert own[0] > max(few)
            assert own[-1] < min(few)
