"""The law that the data prefer, drawn beside the power law where it is another."""

import numpy as np
import pytest

from figures.dsd.n_star import law_text, preferred_law, sweep_content
from sims.fits import Fit, FitStatus
from sims.tables.sweeps import plain_models, sweeps

SIZES = [(k, 20) for k in (8, 16, 32, 64, 128)] + [(16, d) for d in (10, 40, 80)]


def _rows(law, *, model="lcn"):
    """Five seeds a size, whose n lie about `law` by 5 %, in brackets of 5 %."""
    rng = np.random.default_rng(3)
    rows = []
    for k, d in SIZES:
        for seed in range(5):
            n = law(k, d) * np.exp(0.05 * rng.normal())
            row = {"cell": f"{k}/{d}", "experiment": "planted", "protocol": "tuned", "paired": True}
            row |= {"model": model, "activation": "lsa", "bias": "trained", "width": None, "floor": "zero"}
            row |= {"k": k, "d": d, "sigma": 0.1, "seed": seed, "low": round(n), "high": round(1.05 * n) + 1}
            rows.append(row)
    return rows


def _of_the_law(rows):
    (sweep,) = sweeps(plain_models(rows), "k")
    return preferred_law(rows, sweep, "lcn")


@pytest.mark.parametrize(
    ("law", "name"), [(lambda k, d: 3 * k * (k + d), "k(k+d)"), (lambda k, d: k**2 * d + 9000, "k²d + c")]
)
def test_a_planted_law_is_named_and_drawn_where_it_is(law, name):
    marks = _of_the_law(_rows(law))
    assert {mark.note for mark in marks} == {name}
    assert {mark.source for mark in marks} == {"chosen law"}
    for mark in marks:
        assert mark.y == pytest.approx(law(mark.x, 20), rel=0.06)


@pytest.mark.parametrize(
    ("family", "log", "offset", "sigma", "text"),
    [
        ("k+d", False, False, False, "k+d"),
        ("k+d", True, True, False, "(k+d) ln(kd) + c"),
        ("k+d", False, False, True, "σ² (k+d)"),
        ("k^2 d", True, False, True, "σ² k²d ln(kd)"),
        ("power", False, True, True, "power + c"),
    ],
)
def test_a_law_is_written_as_a_formula(family, log, offset, sigma, text):
    law = Fit(family=family, log=log, offset=offset, status=FitStatus.NO_DATA, observations=())
    assert law_text(law, sigma=sigma) == text


def test_a_power_law_is_drawn_once():
    assert _of_the_law(_rows(lambda k, d: 2 * k**1.5 * d**0.5)) == []


def test_other_experiments_and_protocols_take_no_part():
    rows = _rows(lambda k, d: 3 * k * (k + d))
    others = [{**row, "low": 7 * row["low"], "high": 9 * row["high"]} for row in rows]
    strange = [{**row, "protocol": "honest", "cell": row["cell"] + "h"} for row in others]
    (sweep,) = [one for one in sweeps(plain_models([*rows, *strange]), "k") if one.protocol == "tuned"]
    assert preferred_law([*rows, *strange], sweep, "lcn") == _of_the_law(rows)


def test_the_figure_of_a_sweep_has_it():
    best = [
        {**row, "n_low": row["low"], "n_best": row["low"], "n_high": row["high"]}
        for row in _rows(lambda k, d: 3 * k * (k + d))
    ]
    shown = [{**row, "censored": "none", "monotone": True} for row in best]
    assert "chosen law" in {mark.source for mark in sweep_content(shown, "k").marks}
