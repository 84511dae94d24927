"""Von Mises-Fisher draws and the table of their normaliser, against `theory.sphere`."""

import numpy as np
import pytest
from scipy import stats

from sims.learners.sampling import von_mises_fisher as vmf
from theory.sphere import log_vmf_normaliser

ERROR = 1e-6


@pytest.mark.parametrize("dimension", [1, 2, 3, 20, 61])
@pytest.mark.parametrize("kappa", [0.0, 0.3, 8.0, 1e5])
def test_von_mises_fisher_draws_have_the_moments_of_the_normaliser(dimension, kappa):
    """E c = (log Z)'(kappa) =: A and E c^2 = 1 - (D - 1) A / kappa; the rest of v is uniform around the
    mean.
    """
    rng = np.random.default_rng(11)
    field = np.zeros((dimension, 40_000))
    field[0] = kappa
    v = vmf.draw(rng, field)
    np.testing.assert_allclose(np.linalg.norm(v, axis=0), 1, atol=1e-12)
    step = 1e-3 * max(kappa, 0.1)
    low, high = log_vmf_normaliser(dimension, np.asarray([abs(kappa - step), kappa + step]))
    mean = (high - low) / (2 * step) if kappa > 0 else 0.0
    second = 1 - (dimension - 1) * mean / kappa if kappa > 0 else 1 / dimension
    band = stats.norm.isf(ERROR / 2) / np.sqrt(v.shape[1])
    assert abs(v[0].mean() - mean) <= band * v[0].std() + 1e-6 * (kappa > 0)
    assert abs((v[0] ** 2).mean() - second) <= band * (v[0] ** 2).std() + 1e-6
    if dimension > 1:
        assert np.all(np.abs(v[1:].mean(axis=1)) <= band * v[1:].std(axis=1))
        assert abs((v[-1] ** 2).mean() - (1 - second) / (dimension - 1)) <= band * (v[-1] ** 2).std() + 1e-6


@pytest.mark.parametrize("dimension", [1, 2, 20, 400])
def test_table_gives_the_normaliser(dimension):
    kappa = np.concatenate([[0.0], np.geomspace(1e-3, 2e5, 3001)])
    table = vmf.NormaliserTable(dimension, 2e5)
    np.testing.assert_allclose(table(kappa**2), log_vmf_normaliser(dimension, kappa), atol=1e-6, rtol=0)
