"""Nets in NTK parametrisation: their definition, and the kernel that their tangent kernel is in the mean."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import t as student

from sims.measuring.readings.empirical_kernel import empirical_ntk
from sims.models import WideCNN, WideFCN, WideLCN
from sims.pieces.errors import InputError
from theory.kernels import LSA, ntk

K, D, M = 3, 2, 4
CLASSES = (WideFCN, WideLCN, WideCNN)
PHI = {
    "relu": lambda z: max(z, 0.0),
    "erf": math.erf,
    "lsa": lambda z: math.copysign(max(abs(z) - 0.3, 0.0), z),
}


def options(activation):
    return {"activation": activation} | ({"threshold": 0.3} if activation == "lsa" else {})


def naive_output(model, params, image):
    """f on one image (k, d), by loops, straight from the definition in the module."""
    w, a, phi = np.asarray(params["w"], float), np.asarray(params["a"], float), PHI[model.activation]
    total = 0.0
    for c in range(M):
        if model.name == "wide_fcn":
            total += a[c] * phi(w[c] @ image.reshape(-1) / math.sqrt(K * D)) / math.sqrt(M)
            continue
        for i in range(K):
            if model.name == "wide_lcn":
                total += a[i, c] * phi(w[i, c] @ image[i] / math.sqrt(D)) / math.sqrt(M * K)
            else:
                total += a[c] * phi(w[c] @ image[i] / math.sqrt(D)) / math.sqrt(M) / K
    return total


@pytest.mark.parametrize("activation", PHI)
@pytest.mark.parametrize("cls", CLASSES)
def test_outputs_equal_the_definition_lane_by_lane(cls, activation, getkey):
    model = cls(width=M, **options(activation))
    lanes = [model.init(getkey(), K, D, std=1.0, bias=0.5) for _ in range(2)]
    x = jax.random.normal(getkey(), (6, K, D))
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *lanes)
    together = jax.jit(model.outputs)(stacked, x.transpose(1, 2, 0))
    for params, found in zip(lanes, together, strict=True):
        slow = [naive_output(model, params, image) for image in np.asarray(x, float)]
        assert np.allclose(found, slow, atol=1e-5)
        assert float(params["b"]) == 0


@pytest.mark.parametrize("cls", CLASSES)
def test_the_limit_is_theorys_kernel(cls):
    x = np.random.default_rng(0).normal(size=(4, K, D))
    full = ntk(cls.arch, x, activation="erf")
    assert np.array_equal(cls(activation="erf").limit(x), full)
    without = full - ntk(cls.arch, x, activation="erf", kind="nngp")
    assert np.array_equal(cls(activation="erf", output_layer="fixed").limit(x), without)
    assert cls(activation="lsa", threshold=0.3).dual == LSA(0.3)
    assert cls(activation="lsa").dual == LSA(1.0)


@pytest.mark.parametrize(
    ("activation", "output_layer"), [("relu", "trained"), ("lsa", "trained"), ("erf", "fixed")]
)
@pytest.mark.parametrize("cls", CLASSES)
def test_the_mean_tangent_kernel_is_the_limit_at_any_width(cls, activation, output_layer):
    """K_m is a mean over independent units with mean K: at every width E K_m = K. A t-test of three random
    projections of the matrix, on 60 nets of 16 units: error probability 9 x 3 x 2e-6 = 5e-5 in all.
    """
    model = cls(width=16, output_layer=output_layer, **options(activation))
    rng = np.random.default_rng(1)
    x, directions = rng.normal(size=(4, K, D)), rng.normal(size=(3, 4, 4))
    params = jax.vmap(lambda key: model.init(key, K, D, std=1.0, bias=0.0))(
        jax.random.split(jax.random.key(3), 60)
    )
    found = np.stack(
        [
            np.einsum("pij,ij->p", directions, empirical_ntk(model, {r: v[i] for r, v in params.items()}, x))
            for i in range(60)
        ]
    )
    exact = np.einsum("pij,ij->p", directions, model.limit(x))
    deviation = (found.mean(0) - exact) / (found.std(0, ddof=1) / math.sqrt(60))
    assert np.abs(deviation).max() < student.isf(1e-6, 59)


def test_the_scale_of_the_start_is_the_learners():
    params = WideFCN(width=2000).init(jax.random.key(0), K, D, std=0.1, bias=0.0)
    for role in ("w", "a"):
        # The mean of 2000 squares or more has a relative deviation below sqrt(2/2000) = 0.032.
        assert float(jnp.mean(params[role] ** 2)) == pytest.approx(0.01, rel=5 * 0.032)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("width", 0),
        ("width", 2.5),
        ("width", True),
        ("activation", "tanh"),
        ("threshold", 0.5),
        ("output_layer", "random"),
    ],
)
def test_a_bad_option_is_refused_by_name(option, value):
    with pytest.raises(InputError) as caught:
        WideCNN(**{option: value})
    assert caught.value.option == option


@pytest.mark.parametrize("threshold", [-0.1, math.inf, math.nan])
def test_a_bad_threshold_is_refused(threshold):
    with pytest.raises(InputError, match=r"^threshold: "):
        WideLCN(activation="lsa", threshold=threshold)
