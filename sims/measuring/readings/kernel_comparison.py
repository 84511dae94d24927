"""How far two kernel matrices are from each other, and how well one suits labels."""

import numpy as np
from numpy.typing import ArrayLike


def relative_distance(kernel: ArrayLike, reference: ArrayLike) -> float:
    """|K - K'| / |K'| in Frobenius norm, of matrices of one shape. ValueError if K' is 0."""
    k, r = _pair(kernel, reference)
    return float(np.linalg.norm(k - r) / _nonzero("reference", np.linalg.norm(r)))


def relative_operator_distance(kernel: ArrayLike, reference: ArrayLike) -> float:
    """|K - K'| / |K'| in operator norm (largest singular value). ValueError if K' is 0."""
    k, r = _pair(kernel, reference)
    return float(np.linalg.norm(k - r, 2) / _nonzero("reference", np.linalg.norm(r, 2)))


def similarity(kernel: ArrayLike, reference: ArrayLike) -> float:
    """<K, K'> / (|K| |K'|) in Frobenius products: 1 for proportional matrices, whatever their sizes.

    Kernel alignment (Cristianini et al. 2001). ValueError if a matrix is 0.
    """
    k, r = _pair(kernel, reference)
    sizes = _nonzero("kernel", np.linalg.norm(k)) * _nonzero("reference", np.linalg.norm(r))
    return float(np.sum(k * r) / sizes)


def target_alignment(kernel: ArrayLike, y: ArrayLike) -> float:
    """Similarity of K (n, n) to y y^T, for labels y (n,): y^T K y / (|K| |y|^2).

    Kernel-target alignment (Cristianini et al. 2001): the larger, the more of the kernel's weight lies on the
    labels, and the fewer samples kernel regression takes. ValueError if the kernel or y is 0.
    """
    labels = np.asarray(y, np.float64)
    return similarity(kernel, np.outer(labels, labels))


def _pair(kernel: ArrayLike, reference: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    k, r = np.asarray(kernel, np.float64), np.asarray(reference, np.float64)
    if k.ndim != 2 or k.shape != r.shape:
        raise ValueError(
            f"kernel: has shape {k.shape}; allowed: a matrix of shape {r.shape}, the reference's"
        )
    return k, r


def _nonzero(name: str, norm: float | np.floating) -> float:
    if not norm > 0:
        raise ValueError(f"{name}: is 0; allowed: a matrix other than 0")
    return float(norm)
