"""What ``nstar fit`` takes for one series, tasks without noise, and tables that a layer above publishes."""

import json
from functools import partial

import numpy as np
import pytest

from paper_repro.cli import main
from sims.cli import add_commands, dispatch
from sims.cli.series import series
from sims.fits import FitStatus, Observation, fit_family
from sims.fits.family import Law
from sims.fits.likelihood import Data, _derivatives
from sims.tables.configs import described

TEXTURES = {
    8: [(1, 2), (1, 2), (4, 5), (3, 4), (8, 9)],
    16: [(3, 4), (1, 2), (3, 4), (1, 2), (1, 2)],
    32: [(5, 6), (1, 2), (2, 3), (1, 2), (1, 2)],
    64: [(0, 1), (2, 3), (1, 2), (1, 2), (4, 5)],
}
"""Brackets of a pooled CNN on textures by k: n* does not grow."""


def row(*, low=5, high=6, censored="none", task="textures", learner="gradient_descent", **changes):
    task, learner = ({"name": one} if isinstance(one, str) else one for one in (task, learner))
    config = {"task": described("task", **task), "learner": described("learner", **learner)}
    common = {
        "experiment": "textures",
        "config": config,
        "task": task["name"],
        "protocol": "direct",
        "model": "pooled_cnn",
        **dict.fromkeys(("activation", "bias", "width", "sigma")),
        "k": 8,
        "d": 1,
        "learner": learner["name"],
        "metric": "zero_one",
        "floor": "zero",
    }
    return {**common, "low": low, "high": high, "censored": censored, **changes}


def descent(**fields):
    return {"name": "gradient_descent", **fields}


def published(rows, *argv):
    command = partial(add_commands, published=lambda preset: rows)
    return dispatch(["fit", "textures", "--published", *argv], [command])


def test_a_task_without_noise_is_fitted(capsys):
    rows = [row(k=k, low=low, high=high) for k, own in TEXTURES.items() for low, high in own]
    assert published(rows, "--json", "--bootstrap", "100") == 0
    out, err = capsys.readouterr()
    (group,) = json.loads(out)["groups"]
    assert err == ""
    assert group["varying"] == {"k": [8, 16, 32, 64]}
    assert json.loads(out)["store"] is None
    power = next(fit for fit in group["fits"] if fit["family"] == "power" and not fit["offset"])
    assert power["parameters"]["alpha"]["low"] < 0 < power["parameters"]["alpha"]["high"]
    assert power["parameters"]["gamma"] is None


@pytest.mark.parametrize("censored", ["left", "right"])
def test_a_series_that_is_censored_throughout_has_no_law(censored, capsys):
    ends = {"low": 0, "high": 4} if censored == "left" else {"low": 40, "high": None}
    assert published([row(k=k, censored=censored, **ends) for k in (8, 16, 32)]) == 0
    out, err = capsys.readouterr()
    assert (out.count("all_censored"), err) == (20, "")
    assert "local slope" not in out


def test_an_exponent_that_is_not_identified_is_said_to_be_so(capsys):
    rows = [row(k=k, low=low, high=high) for k in (8, 16) for low, high in TEXTURES[k]]
    assert published(rows) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("  local slope over k = 8 to 16: alpha = ")
    assert "; with an offset none (not_identified); chosen: " in last


def test_what_does_not_vary_has_no_growth(capsys):
    assert published([row(), row(), row(d=1)]) == 0
    assert "nothing varies: no growth to fit; 3 brackets" in capsys.readouterr().out


@pytest.mark.parametrize("family", ["k^2 d", "power"])
def test_a_law_lost_in_its_offset_is_no_warning(family):
    seen = [
        Observation(k=k, d=1, sigma=1, low=low, high=high) for k, own in TEXTURES.items() for low, high in own
    ]
    fit = fit_family(seen, family, offset=True)
    assert fit.status is FitStatus.CONVERGED
    amplitude = fit.parameters["a"]
    assert amplitude is not None
    assert amplitude.high is None or np.isfinite(amplitude.high)


def test_what_is_impossible_and_of_weight_0_has_no_slope():
    cells = np.array([[2.0, 3.0, 1.0], [4.0, 3.0, 1.0]])
    data = Data(cells, np.array([1.6, 1e200]), np.array([1.8, 2e200]))
    law = Law.on_design("kd", cells, log=False, offset=False)
    gradient, curvature = _derivatives(law, np.array([[0.0, -6.0]]), data, np.array([[1.0, 0.0]]))
    assert np.isfinite(gradient).all()
    assert np.isfinite(curvature).all()


def test_tasks_learners_and_options_are_series_of_their_own():
    rows = [
        row(k=8),
        row(k=8, task="dsd"),
        row(k=8, learner=descent(steps=30, momentum=0.1)),
        row(k=8, learner=descent(steps=30, momentum=0.2)),
        row(k=8, learner="two_step"),
    ]
    assert {name: len(own) for name, own in series(rows).items()} == {
        "direct pooled_cnn textures gradient_descent, the rest default": 1,
        "direct pooled_cnn dsd gradient_descent, the rest default": 1,
        "direct pooled_cnn textures gradient_descent, steps=30; momentum=0.1": 1,
        "direct pooled_cnn textures gradient_descent, steps=30; momentum=0.2": 1,
        "direct pooled_cnn textures two_step, the rest default": 1,
    }


def test_an_option_that_all_of_one_model_have_is_named_where_another_model_lacks_it():
    hinge, long = descent(loss="hinge"), descent(steps=3000)
    rows = [row(k=8, model="fcn", learner=hinge), row(k=8), row(k=8, learner=long)]
    assert "direct fcn, loss=hinge" in series(rows)


def test_an_option_that_follows_the_size_makes_one_series():
    known = [row(k=k, learner=descent(init_std=std)) for k, std in ((8, 0.3), (16, 0.2))]
    found = series([*known, row(k=8), row(k=16)])
    assert list(found) == ["direct pooled_cnn, init_std by size", "direct pooled_cnn, the rest default"]
    assert [len(own) for own in found.values()] == [2, 2]


def test_the_published_tables_are_fitted_by_the_whole_command(capsys):
    assert main(["fit", "width", "--published", "--preset", "paper"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("width: honest fcn width 0.5 k")
    assert err == ""
    assert main(["fit", "width", "--published", "--store", "somewhere"]) == 2
    assert "--store" in capsys.readouterr().err


def test_seeds_that_share_one_bracket_have_a_fit(capsys):
    # The LCN's five seeds end in one bracket at each size: no curvature is left in one of the directions.
    assert main(["fit", "test-error", "--published", "--preset", "paper"]) == 0
    out, err = capsys.readouterr()
    assert "lahoti lcn" in out
    assert err == ""
