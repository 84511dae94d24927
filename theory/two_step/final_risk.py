"""Two-step gradient descent on the DSD task: alignment after both steps, final risk.

The steps themselves are in `theory.two_step.first_step`, `theory.two_step.second_step` (correlation loss) and
`theory.two_step.squared_step` (squared loss), the published constants in `theory.two_step.upper_bounds`,
whose functions this module hands on; docs/two-step.md lists the formulas, where they hold and where they
fail.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from theory.architectures import Architecture
from theory.dsd.risks import Risks, net_risk
from theory.gaussian import soft_threshold_moments
from theory.two_step.first_step import (
    FirstStep,
    alignment_rule,
    check_architecture,
    check_dimension,
    first_step,
    fraction_above,
    signal_share,
)
from theory.two_step.second_step import (
    ActivationProbabilities,
    SecondStep,
    activation_probabilities,
    mean_alignments,
    second_step,
)
from theory.two_step.squared_step import squared_alignments
from theory.two_step.upper_bounds import Constants, published_constants
from theory.validation import (
    FloatArray,
    finite_array,
    nonnegative_array,
    nonnegative_real,
    positive_integer,
    positive_real,
)

__all__ = [
    "ActivationProbabilities",
    "BestBias",
    "Constants",
    "FirstStep",
    "Loss",
    "SecondStep",
    "activation_probabilities",
    "best_bias",
    "final_risk",
    "first_step",
    "fraction_above",
    "published_constants",
    "second_step",
    "two_step_alignment",
]

Loss = Literal["squared", "correlation"]

SLOPE: dict[Loss, float] = {"squared": 2.0, "correlation": 1.0}
"""Size of the loss's slope at f = 0, which multiplies eta_1: (y - f)^2 has no factor 1/2."""


@dataclass(frozen=True, kw_only=True)
class BestBias:
    """The b_1 that maximises the alignment after step 2, and that alignment."""

    bias_1: float
    alignment: float


def two_step_alignment(
    architecture: Architecture,
    *,
    n_1: int,
    n_2: int,
    k: int,
    d: int,
    sigma: float,
    bias_1: ArrayLike,
    eta_2: float,
    eta_1: float = 1.0,
    init_variance: float = 0.0,
    loss: Loss = "correlation",
) -> FloatArray:
    """E cos after both steps, n_1 samples in the first and n_2 fresh ones in the second; shape of `bias_1`.

    The second step averaged over the law of the alignment after the first. loss: "correlation", or for CNN
    and LCN "squared", whose first step is that of twice the eta_1 as long as the net's output at the initial
    weights is small. Raises ValueError naming the argument.

    >>> two_step_alignment(
    ...     "lcn", n_1=320, n_2=320, k=8, d=16, sigma=0.2, bias_1=[0.0, 0.3], eta_2=8000.0
    ... ).round(3)
    array([0.941, 0.985])
    """
    check_architecture(architecture)
    bias = nonnegative_array("bias_1", bias_1)
    eta_2, n_2 = positive_real("eta_2", eta_2), positive_integer("n_2", n_2)
    n_1 = positive_integer("n_1", n_1)
    if loss not in SLOPE:
        raise ValueError(f"loss: got {loss!r}; allowed: {', '.join(SLOPE)}")
    eta_1 = SLOPE[loss] * positive_real("eta_1", eta_1)
    first = {"n": n_1, "k": k, "d": d, "sigma": sigma, "eta_1": eta_1, "init_variance": init_variance}
    alignments, weights = alignment_rule(architecture, **first)
    second = {"n": n_2, "k": k, "d": d, "sigma": sigma, "eta_2": eta_2}
    if architecture == "fcn" and loss == "correlation":
        second["signal_share"] = signal_share(**first)
    step = squared_alignments if loss == "squared" else mean_alignments
    after = [weights @ step(architecture, alignments, bias_1=float(b), **second) for b in bias.ravel()]
    return np.array(after).reshape(bias.shape)[()]


def best_bias(
    architecture: Architecture,
    *,
    n_1: int,
    n_2: int,
    k: int,
    d: int,
    sigma: float,
    eta_2: float,
    eta_1: float = 1.0,
    init_variance: float = 0.0,
    points: int = 25,
) -> BestBias:
    """The b_1 >= 0 of greatest `two_step_alignment`, to about 1e-3 of the range searched.

    A grid of `points` from 0 to 5 sigma, where noise patches are silent and more bias only takes from the
    signal; then a bounded search around its best point.
    Where the alignment is flat in b_1, so is the answer.
    """
    points = positive_integer("points", points)
    if points < 3:
        raise ValueError(f"points: got {points}; allowed: an integer >= 3")
    first = {"k": k, "d": d, "sigma": sigma, "eta_1": eta_1, "init_variance": init_variance}

    def loss(bias: float) -> float:
        return -float(two_step_alignment(architecture, n_1=n_1, n_2=n_2, bias_1=bias, eta_2=eta_2, **first))

    grid = np.linspace(0.0, 5 * positive_real("sigma", sigma), points)
    losses = [loss(b) for b in grid]
    best = int(np.argmin(losses))
    bracket = (grid[max(best - 1, 0)], grid[min(best + 1, points - 1)])
    tolerance = {"xatol": 1e-3 * grid[-1]}
    found: Any = minimize_scalar(loss, bounds=bracket, method="bounded", options=tolerance)
    if found.fun < losses[best]:
        return BestBias(bias_1=float(found.x), alignment=-float(found.fun))
    return BestBias(bias_1=float(grid[best]), alignment=-losses[best])


def final_risk(
    architecture: Architecture, *, alignments: ArrayLike, k: int, d: int, sigma: float, bias_2: float
) -> Risks:
    """Errors of the net whose filters have length 1 and the given alignments, at the final bias `bias_2`.

    alignments: a number, or for the LCN (k,), one a patch; for the FCN that with (w*, ..., w*) / sqrt k. The
    squared risk is exact for CNN and LCN (`theory.dsd.risks.net_risk`); the FCN is taken as k equal neurons
    with the same response a / sqrt k to all patches. The 0-1 error is that at bias 0, mean over t of
    Phi(-a_t / (sigma sqrt k)), exact for CNN and LCN there; bias_2 must be far below sigma for it to stand.
    """
    check_architecture(architecture)
    k, d, sigma = positive_integer("k", k), check_dimension(d), positive_real("sigma", sigma)
    bias_2, a = nonnegative_real("bias_2", bias_2), finite_array("alignments", alignments)
    if a.shape not in ((), (k,)) or (a.ndim and architecture != "lcn"):
        allowed = f"a number or ({k},)" if architecture == "lcn" else "a number"
        raise ValueError(f"alignments: got shape {a.shape}; allowed: {allowed}")
    if np.any(np.abs(a) > 1):
        raise ValueError("alignments: holds a number outside [-1, 1]; allowed: cosines")
    zero_one = float(np.mean(ndtr(-a / (sigma * np.sqrt(k)))))
    if architecture == "fcn":
        first, second = soft_threshold_moments(a / np.sqrt(k), sigma, bias_2)
        squared = k**2 * second - 2 * k * first + 1
    else:
        squared = net_risk(np.broadcast_to(a, (k,)), np.ones(k), bias_2, sigma)
    return Risks(zero_one=zero_one, squared=float(squared))
