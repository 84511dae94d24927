"""How often verdicts are wrong when the truth lies exactly at the end of a range, where they err most easily.

Each verdict may be wrong in at most 5 % of the draws. A band is the number of wrong ones that a rate of 5 %
exceeds with probability `ALARM`, so that a test that fails without cause is that rare.
"""

import math

import numpy as np
import pytest
from scipy.stats import binom
from scipy.stats import t as student

from paper_repro.claims import CLAIMS
from paper_repro.rules.base import LEVEL
from paper_repro.verdicts import decide
from tests.figures.synthetic import cell_rows
from tests.paper_repro.planted import tables

ALARM = 1e-3
SEEDS = 5
KS = (10, 15, 20, 25, 30)
TEMPLATES = {
    (model, k): cell_rows("sweeps", "lahoti", model, k=k, d=20, sigma=0.1)
    for model in ("cnn", "lcn")
    for k in KS
}


def most_wrong(draws: int) -> int:
    """Wrong verdicts that a rate of `LEVEL` exceeds with probability below `ALARM`."""
    return int(binom.isf(ALARM, draws, LEVEL))


def outcomes(claim: str, logs: dict[str, np.ndarray]) -> list[str]:
    """Verdicts on log n* of each model (draws, sizes, seeds); intervals of cells are Student's t of seeds."""
    middle = {model: values.mean(-1) for model, values in logs.items()}
    half = {
        model: student.ppf(0.975, SEEDS - 1) * values.std(-1, ddof=1) / math.sqrt(SEEDS)
        for model, values in logs.items()
    }
    found = []
    for draw in range(len(next(iter(logs.values())))):
        rows = []
        for model, values in logs.items():
            for place, k in enumerate(KS):
                center, width = middle[model][draw, place], half[model][draw, place]
                ends = np.exp([center - width, center, center + width])
                interval = dict(zip(("n_low", "n_best", "n_high"), map(float, ends), strict=True))
                for row, log in zip(TEMPLATES[model, k], values[draw, place], strict=True):
                    n = math.exp(log)
                    bracket = {"low": math.floor(n / 1.02), "high": math.ceil(n * 1.02), "censored": "none"}
                    rows.append(row | interval | bracket)
        found.append(decide(CLAIMS[claim], tables(rows)).outcome)
    return found


def noisy(random: np.random.Generator, draws: int, means: np.ndarray, spread: float) -> np.ndarray:
    """Log n* (draws, sizes, seeds) about the log of the sizes' means (sizes,)."""
    return np.log(means)[None, :, None] + spread * random.standard_normal((draws, len(means), SEEDS))


FLAT = np.full(len(KS), 200.0)
AT_ONE_SIZE = np.array([14.0, 14.0, 20.0, 14.0, 14.0])


@pytest.mark.parametrize(
    ("claim", "ratio", "wrong"),
    [
        ("ratio-k-typical", 20.0, {"reproduced", "contradicted"}),
        ("ratio-k-typical", 10.0, {"reproduced", "contradicted"}),
        ("ratio-k-every-size", AT_ONE_SIZE, {"reproduced", "contradicted"}),
        ("ratio-k-every-size", 20.0, {"reproduced", "contradicted"}),
        ("ratio-k-typical", 14.0, {"contradicted"}),
    ],
)
def test_a_ratio_at_the_end_of_its_range_is_seldom_decided(claim, ratio, wrong):
    """At the end neither verdict can be told from the other, so that either is an error."""
    random, draws = np.random.default_rng(5), 1000
    cnn, lcn = noisy(random, draws, FLAT, 0.1), noisy(random, draws, FLAT * ratio, 0.1)
    found = outcomes(claim, {"cnn": cnn, "lcn": lcn})
    for verdict in wrong:
        assert found.count(verdict) <= most_wrong(draws), verdict
    if "reproduced" not in wrong:  # the tests above are not passed by never deciding
        assert found.count("reproduced") > 0.95 * draws


@pytest.mark.parametrize("exponent", [0.75, 1.25])
def test_an_exponent_at_the_end_of_its_range_is_seldom_decided(exponent):
    """Both directions at both ends: "reproduced" by two one-sided tests, "contradicted" by either."""
    random, draws = np.random.default_rng(6), 150
    logs = {"lcn": noisy(random, draws, 20.0 * np.array(KS) ** exponent, 0.15)}
    found = outcomes("lcn-linear-k", logs)
    for verdict in ("reproduced", "contradicted"):
        assert found.count(verdict) <= most_wrong(draws), verdict


@pytest.mark.parametrize(("exponent", "expected"), [(1.0, "reproduced"), (1.6, "contradicted")])
def test_an_exponent_far_from_the_ends_is_decided(exponent, expected):
    """The rates above are not kept by never deciding."""
    random, draws = np.random.default_rng(7), 25
    logs = {"lcn": noisy(random, draws, 20.0 * np.array(KS) ** exponent, 0.08)}
    assert outcomes("lcn-linear-k", logs).count(expected) > 0.8 * draws
