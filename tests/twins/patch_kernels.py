"""Kernels of ReLU nets on patches, one pair of patches at a time, with the angle by Kahan's formula."""

import math

import numpy as np


def angle(x: np.ndarray, y: np.ndarray) -> float:
    """Angle between two vectors, accurate at 0 and pi too; pi/2 if one of them is zero."""
    a, b = np.linalg.norm(x), np.linalg.norm(y)
    if a == 0 or b == 0:
        return math.pi / 2
    u, v = x * b, y * a
    return 2 * math.atan2(float(np.linalg.norm(u - v)), float(np.linalg.norm(u + v)))


def patch_kernel(x: np.ndarray, y: np.ndarray, depth: int, kind: str) -> float:
    """NTK or NNGP of a fully connected ReLU net on one patch."""
    size = float(np.linalg.norm(x) * np.linalg.norm(y)) / len(x)
    turn = angle(x, y)
    covariance = tangent = size * math.cos(turn)
    for _ in range(depth):
        slope = (math.pi - turn) / (2 * math.pi)
        covariance = size * (math.sin(turn) + (math.pi - turn) * math.cos(turn)) / (2 * math.pi)
        tangent = covariance + slope * tangent
        size /= 2
        # 1 - cos of the next angle, without the cancellation that an arccosine near 1 would suffer.
        versine = 2 * math.sin(turn / 2) ** 2 - (math.sin(turn) - turn * math.cos(turn)) / math.pi
        turn = 2 * math.asin(math.sqrt(max(0.0, versine) / 2)) if size else math.pi / 2
    return tangent if kind == "ntk" else covariance


def image_kernel(arch: str, x: np.ndarray, y: np.ndarray, depth: int, kind: str) -> float:
    """The kernel between two images (k, d)."""
    if arch == "fcn":
        return patch_kernel(x.ravel(), y.ravel(), depth, kind)
    if arch == "lcn":
        return float(np.mean([patch_kernel(a, b, depth, kind) for a, b in zip(x, y, strict=True)]))
    return float(np.mean([[patch_kernel(a, b, depth, kind) for b in y] for a in x]))
