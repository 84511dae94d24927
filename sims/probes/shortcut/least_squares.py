"""The optimal linear classifier of a training set, which reliance on a shortcut is counted from."""

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-5


def least_squares_classifier(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, float]:
    """Weights (coordinates,) and offset of linear discriminant analysis for two classes, by least squares on
    labels +-1 (n,) of inputs (n, coordinates), in float64.

    Least squares and LDA have the same direction (Fisher 1936); with classes of equal size also the same
    offset. Where inputs lie in a subspace it is the solution of least norm: singular values below `ROUNDING`
    of the largest are what float32 leaves off the subspace.
    """
    inputs, labels = np.asarray(x, np.float64), np.asarray(y, np.float64)
    centre = inputs.mean(axis=0)
    weights, *_ = np.linalg.lstsq(inputs - centre, labels - labels.mean(), rcond=ROUNDING)
    return weights, float(labels.mean() - centre @ weights)
