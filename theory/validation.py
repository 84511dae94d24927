"""Checks of arguments; every error is a ValueError that opens with the argument's name."""

import math
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def positive_integer(name: str, value: object) -> int:
    """`value` as an int, or a ValueError unless it is an integer >= 1."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name}: got {value!r}; allowed: an integer >= 1")
    return int(value)


def positive_real(name: str, value: object) -> float:
    """`value` as a float, or a ValueError unless it is a finite number > 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name}: got {value!r}; allowed: a finite number > 0")
    return float(value)


def nonnegative_real(name: str, value: object) -> float:
    """`value` as a float, or a ValueError unless it is a finite number >= 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{name}: got {value!r}; allowed: a finite number >= 0")
    return float(value)


def finite_array(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a float64 array, or a ValueError unless all its entries are finite numbers."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got {value!r}; allowed: an array of finite numbers") from error
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name}: holds a NaN or an infinity; allowed: an array of finite numbers")
    return array


def nonnegative_array(name: str, value: ArrayLike) -> FloatArray:
    """`value` as a float64 array, or a ValueError unless all its entries are finite and >= 0."""
    array = finite_array(name, value)
    if np.any(array < 0):
        raise ValueError(f"{name}: holds a negative number; allowed: an array of finite numbers >= 0")
    return array
