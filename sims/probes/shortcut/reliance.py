"""How far decisions rely on a shortcut feature rather than on the core (Hermann et al. 2024)."""

import numpy as np
from numpy.typing import ArrayLike

from sims.pieces.errors import Diverged
from theory.shortcut import Reliance

ROUNDING = 1e-5


def decisions(outputs: ArrayLike) -> np.ndarray:
    """+-1 (n,) of outputs (n,); 0 counts as +1.

    Raises `FloatingPointError` for an output that is not finite: a net that has diverged decides nothing.
    """
    values = np.asarray(outputs)
    if not np.all(np.isfinite(values)):
        raise Diverged("outputs: some are not finite; the net has diverged")
    return np.where(values >= 0, 1.0, -1.0)


def reliance(decided: ArrayLike, z_s: ArrayLike, z_c: ArrayLike) -> Reliance:
    """Signed and absolute reliance of decisions +-1 (n,) on probes with latents z_s, z_c (n,).

    signed = mean yhat (sign z_s - sign z_c); absolute = |mean yhat sign z_s| - |mean yhat sign z_c|. The
    paper prints the absolute form (section 3) with sums times 2/n and a range of [-1, 1]. With yhat of 0 and
    1, on probes symmetric in both signs, that is this mean with yhat of -1 and 1; with yhat of -1 and 1 it
    would reach 2.

    Raises `ValueError` for shapes that disagree, no probe, or decisions other than +-1.
    """
    yhat, s, c = (np.asarray(values, np.float64) for values in (decided, z_s, z_c))
    if yhat.ndim != 1 or len(yhat) == 0 or not yhat.shape == s.shape == c.shape:
        raise ValueError(f"decided: has shape {yhat.shape}; allowed: (n,), n >= 1, as z_s and z_c")
    if not np.all(np.abs(yhat) == 1):
        raise ValueError("decided: holds other values; allowed: 1 and -1")
    along_s, along_c = float(np.mean(yhat * np.sign(s))), float(np.mean(yhat * np.sign(c)))
    return Reliance(signed=along_s - along_c, absolute=abs(along_s) - abs(along_c))


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
