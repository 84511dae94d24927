"""Arrays of a user's own as samples: what is taken, and in which shape a task gives it."""

from typing import Any

import numpy as np

from sims.pieces.errors import InputError, in_words, require

FINE = 10
"""Spread of a column, in steps of float32 at its largest number, below which its values are lost."""
HALVES = "make two, as with y == c for one class against the rest"


def images(X: Any) -> np.ndarray:
    """(n, k, d) float32 of n inputs of any shape: d is the last axis, k all others, 1 if there are none.
    Raises `InputError`, named X.
    """
    try:
        found = np.asarray(X)
        masked = isinstance(X, np.ma.MaskedArray) and bool(np.ma.getmaskarray(X).any())
    except Exception as error:
        raise InputError("X", type(X).__qualname__, f"an array of numbers ({in_words(error)})") from error
    fine = found.dtype.kind in "biuf" and found.ndim >= 2 and found.size > 0
    require(
        fine, "X", f"{found.dtype} {found.shape}", "an array (n, ...) of numbers, at least (1, 1), not sparse"
    )
    require(not masked, "X", "masked entries", "numbers everywhere, not masked")
    _require_that_float32_tells_apart(found)
    with np.errstate(over="ignore"):
        found = found.astype(np.float32).reshape(len(found), -1, found.shape[-1])
    wrong = np.flatnonzero(~np.isfinite(found).all(axis=(1, 2)))
    shown = f"NaN, or more than float32 holds, in row {wrong[0]}" if len(wrong) else ""
    require(not shown, "X", shown, "finite numbers")
    return found


def _require_that_float32_tells_apart(found: np.ndarray) -> None:
    """Raise `InputError` for a column whose values lie closer to one another than float32 holds them."""
    if found.dtype.kind not in "iuf" or found.dtype.itemsize < 4 or found.dtype == np.float32:
        return
    columns = found.reshape(len(found), -1).astype(np.float64)
    with np.errstate(all="ignore"):
        spread, size = columns.std(axis=0), np.abs(columns).max(axis=0)
        lost = np.flatnonzero((spread > 0) & (spread < FINE * np.finfo(np.float32).eps * size))
    shown = f"column {lost[0]}: {size[lost[0]]:g} +- {spread[lost[0]]:g}" if len(lost) else ""
    require(not shown, "X", shown, "numbers that float32 tells apart: take the mean of the column off")


def labels(y: Any, n: int, *, real: bool, drawn: bool = False) -> np.ndarray:
    """(n,) float32 of n labels: numbers as they are if `real`, else -1 and +1 for two classes in their order.

    drawn: the labels are some of many, so that both classes need not be there: -1 and +1, or 0 and 1. Raises
    `InputError`, named y.
    """
    try:
        found = np.asarray(y)
    except Exception as error:
        raise InputError("y", type(y).__qualname__, f"one label a sample ({in_words(error)})") from error
    require(found.shape == (n,), "y", found.shape, f"one label for each of the {n} samples of X: {(n,)}")
    if real or found.dtype.kind in "biuf":
        require(found.dtype.kind in "biuf", "y", str(found.dtype), "numbers, where labels are real")
        with np.errstate(over="ignore"):
            finite = np.isfinite(found.astype(np.float32)).all()
        require(bool(finite), "y", "NaN, infinity, or more than float32 holds", "finite labels")
    require(found.dtype.kind != "c", "y", str(found.dtype), "labels that are real numbers or words")
    if real:
        return found.astype(np.float32)
    try:
        classes = np.unique(found)
    except TypeError as error:
        raise InputError("y", str(found.dtype), "labels of one type") from error
    shown = ", ".join(map(str, classes[:5])) + (", ..." if len(classes) > 5 else "")
    if drawn:
        allowed = f"labels -1 and +1, or 0 and 1; of more classes {HALVES}"
        require({*classes} <= {-1, 1} or {*classes} <= {0, 1}, "y", f"labels {shown}", allowed)
        return np.where(found == 1, 1, -1).astype(np.float32)
    allowed = f"two classes; {HALVES}"
    require(len(classes) == 2, "y", f"{len(classes)} classes: {shown}", allowed)
    return np.where(found == classes[1], 1, -1).astype(np.float32)


def floor_of_none(kind: str) -> float:
    """0 for "zero". Raises `InputError` for all others: of data nobody knows the best predictor."""
    require(kind == "zero", "floor", kind, "zero, as for data no other is known")
    return 0.0
