"""What no sign-equivariant algorithm can do: label a signal in a patch in which it has never seen one.

Let an algorithm be equivariant, in law, under the change of sign of all coordinates of one patch; full
orthogonal groups contain these changes, and so do the permutations and signs of Adam. Its risk on DSD is
then its mean risk over independent random signs of the signals v_i = +-w* of the patches. If no training
sample had its signal in patch t, the sign of v_t is a fair coin given the training set, and y v_t tells
nothing of y: the squared risk is at least 1 and the 0-1 error at least 1/2, even when t is told. The patch of
a test sample is unseen with probability (1 - 1/k)^n. Derived; it holds for every d and sigma. A convolutional
net escapes, as its signs change in all patches at once.
"""

import numpy as np
from numpy.typing import ArrayLike

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
