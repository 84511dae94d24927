"""What no sign-equivariant algorithm can do: label a signal in a patch in which it has never seen one.

Let an algorithm be equivariant, in law, under the change of sign of all coordinates of one patch; full
orthogonal groups contain these changes, and so do the permutations and signs of Adam. Its risk on DSD is
then its mean risk over independent random signs of the signals v_i = +-w* of the patches. If no training
sample had its signal in patch t, the sign of v_t is a fair coin given the training set, and y v_t tells
nothing of y: the squared risk is at least 1 and the 0-1 error at least 1/2, even when t is told. The patch of
a test sample is unseen with probability (1 - 1/k)^n. Derived; it holds for every d and sigma. A convolutional
net escapes, as its signs change in all patches at once.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from theory.validation import FloatArray, nonnegative_array, positive_integer, positive_real


def unseen_fraction(k: int, n: ArrayLike) -> FloatArray:
    """(1 - 1/k)^n, the expected fraction of k patches that hold the signal of none of n samples of DSD.

    A lower bound on the expected squared risk of the algorithms above, and twice one on their 0-1 error.

    >>> unseen_fraction(2, [0, 1, 3])
    array([1.   , 0.5  , 0.125])
    """
    k, n = positive_integer("k", k), nonnegative_array("n", n)
    return (1 - 1 / k) ** n


def coverage_bound(k: int, risk: float) -> float:
    """The n at which `unseen_fraction` falls to `risk`, ln(1/risk) / -ln(1 - 1/k), about k ln(1/risk).

    With fewer samples the expected squared risk is above `risk`. It is 0 for risk >= 1, and for k = 1, where
    the bound says that one sample is needed, 1.

    >>> round(coverage_bound(20, 0.05), 2)
    58.4
    """
    k, risk = positive_integer("k", k), positive_real("risk", risk)
    if risk >= 1:
        return 0.0
    if k == 1:
        return 1.0
    return float(np.log(1 / risk) / -np.log1p(-1 / k))


def unseen_law(k: int, n: int) -> FloatArray:
    """Probabilities (k + 1,) that 0, 1, ..., k patches hold the signal of none of n samples.

    Occupancy: a sample falls on one of u unseen patches with probability u / k.
    """
    k = positive_integer("k", k)
    law = np.zeros(k + 1)
    law[k] = 1.0
    for _ in range(n):
        law = _after_one_more(law)
    return law


def _after_one_more(law: FloatArray) -> FloatArray:
    """The law of the number of unseen patches after one more sample."""
    k = len(law) - 1
    share = np.arange(k + 1) / k
    moved = np.append(law[1:] * share[1:], 0.0)
    return law * (1 - share) + moved


def chance_of_success(law: FloatArray, risk: float) -> float:
    """Upper bound on the probability of squared risk <= `risk`; law (k + 1,): of the unseen patches' number.

    The sign of an unseen patch's signal is a fair coin given the training set. Let r+ and r- be the squared
    risks on that patch under both signs: the images have the same law and the labels are opposite, so that
    r+ + r- = 2 + 2 E f^2 >= 2, and at least one of the two is 1 or more. Hence each unseen patch costs 1 or
    more with probability 1/2 at least, independently; k risk bounds how many may.
    """
    k = len(law) - 1
    allowed = math.floor(k * risk * (1 + 1e-12))
    unseen = np.arange(k + 1)
    luck = np.where(unseen <= allowed, 1.0, bdtr(min(allowed, k), np.maximum(unseen, 1), 0.5))
    return float(law @ luck)


def coverage_success_bound(k: int, risk: float, *, success: float = 0.5) -> int:
    """The least n at which `chance_of_success` reaches `success`: with fewer samples no learner as above gets
    to squared risk <= `risk` with that probability.

    >>> coverage_success_bound(20, 0.05)
    36
    """
    k, risk = positive_integer("k", k), positive_real("risk", risk)
    if not 0 < success < 1:
        raise ValueError(f"success: got {success!r}; allowed: a number between 0 and 1")
    n, law = 0, unseen_law(k, 0)
    while chance_of_success(law, risk) < success:
        n, law = n + 1, _after_one_more(law)
    return n
