"""Slow twins of the kernels on sequences: plain loops over patches and over the nodes of a tree."""

import math

import numpy as np


def laplacian(u: np.ndarray, v: np.ndarray, scale: float) -> float:
    return math.exp(-math.dist(u, v) / scale)


def arc_cosine_0(cosine: float) -> float:
    return 1 - math.acos(max(-1.0, min(1.0, cosine))) / math.pi


def arc_cosine_1(cosine: float) -> float:
    cosine = max(-1.0, min(1.0, cosine))
    return (math.sqrt(1 - cosine**2) + (math.pi - math.acos(cosine)) * cosine) / math.pi


def overlapping(structure: str, t: int, scale: float, x: np.ndarray, y: np.ndarray) -> float:
    """The local or convolutional Laplacian kernel of two periodic sequences."""
    d = len(x)

    def patch(z: np.ndarray, i: int) -> np.ndarray:
        return np.array([z[(i + a) % d] for a in range(t)])

    pairs = [(i, j) for i in range(d) for j in range(d) if i == j or structure == "convolutional"]
    return sum(laplacian(patch(x, i), patch(y, j), scale) for i, j in pairs) / len(pairs)


def hierarchical(filters: tuple[int, ...], x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(random features, NTK) of two inputs whose patches are unit vectors, by recursion down the tree."""

    def node(layer: int, a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
        if layer == 0:
            return float(a @ b), float(a @ b)
        children = len(a) // math.prod(filters[:layer])
        found = [
            node(layer - 1, left, right)
            for left, right in zip(np.split(a, children), np.split(b, children), strict=True)
        ]
        c = [arc_cosine_1(own) for own, _ in found]
        tangent = [arc_cosine_0(own) * deeper + arc_cosine_1(own) for own, deeper in found]
        return sum(c) / children, sum(tangent) / children

    # The last layer's nodes are all read: one node above them has all of these as its children.
    return node(len(filters), x, y)
