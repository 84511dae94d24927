"""Intervals of means: of a bounded quantity within its range, and as often right as Student's t."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from sims.pieces import registered
from sims.probes.intervals import ANY, half_width, interval, interval_of, range_of

PUBLISHED = Path(__file__).resolve().parents[3] / "paper_repro" / "published" / "paper"


def published_rows():
    """Every row of a published table of quantities, with what an interval is made of."""
    for path in sorted(PUBLISHED.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if "repetitions" in row and "probe" in row:
                    error = float(row["error"]) if row["error"] else None
                    numbers = {"value": float(row["value"]), "repetitions": int(row["repetitions"])}
                    yield {"probe": row["probe"], "quantity": row["quantity"], "error": error, **numbers}


def test_no_interval_of_a_published_bounded_quantity_leaves_its_range():
    bounded = cut = 0
    for row in published_rows():
        least, largest = range_of(row["probe"], row["quantity"])
        if (least, largest) == ANY:
            continue
        low, high = interval_of(row)
        assert least <= low <= high <= largest
        bounded += 1
        half = half_width(row["error"], row["repetitions"])
        cut += low > row["value"] - half or high < row["value"] + half
    assert bounded > 5000
    assert cut > 100  # so that the test looks at intervals that would leave


@pytest.mark.parametrize("repetitions", [2, 3, 5, 10])
def test_a_cut_interval_covers_the_mean_exactly_as_often_as_an_uncut_one(repetitions):
    """A bell of standard deviation 0.3 in [-1, 1]: covered as often as it says, though it is cut often."""
    rng = np.random.default_rng(0)
    draws = 2 * rng.beta(5, 5, (4000, repetitions)) - 1
    cut, uncut, shortened = [], [], 0
    for own in draws:
        value, error = float(own.mean()), float(own.std(ddof=1)) / math.sqrt(repetitions)
        low, high = interval(value, error, repetitions, (-1, 1))
        half = student.ppf(0.975, repetitions - 1) * error
        assert -1 <= low <= high <= 1
        cut.append(low <= 0 <= high)
        uncut.append(abs(value) <= half)
        shortened += high - low < 2 * half * (1 - 1e-9)
    assert cut == uncut
    assert np.mean(cut) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / len(draws))
    assert (shortened > 1000) == (repetitions <= 3)


def test_the_reliance_of_two_seeds_is_anywhere_in_its_range():
    row = {"probe": "shortcut_bias", "quantity": "reliance_signed_final", "repetitions": 2}
    assert interval_of(row | {"value": 0.2, "error": 0.37}) == (-1, 1)
    bias = row | {"quantity": "latent_bias_absolute_final", "probe": "nesting_bias"}
    assert interval_of(bias | {"value": 0.2, "error": 0.37}) == (-2, 2)


def test_a_value_beyond_its_range_is_an_error():
    with pytest.raises(ValueError, match="allowed: a number from 0 to 1"):
        interval(1.1, 0.1, 5, (0, 1))


def test_what_has_no_range_is_not_cut():
    assert range_of("shortcut_bias", "ridge") == range_of("not_installed", "accuracy_final") == ANY
    assert interval(0.0, 1.0, 2)[1] == pytest.approx(student.ppf(0.975, 1))


def test_every_pattern_of_a_range_has_a_finite_end():
    declared = [cls.ranges for cls in registered("probe").values() if hasattr(cls, "ranges")]
    assert len(declared) >= 9
    for least, largest in (found for ranges in declared for found in ranges.values()):
        assert least < largest
        assert math.isfinite(least) or math.isfinite(largest)
