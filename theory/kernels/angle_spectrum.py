"""Mercer spectra of hierarchical kernels whose patches are points of the unit circle, and learning curves
from them.

With s_1 = 2 a patch is an angle, and a hierarchical kernel is a function of the p differences of angles of
two inputs, even in each. Its eigenfunctions under uniform angles are Fourier modes, products of cosines and
sines, whatever the filters after the first: kernels of different depths share them, and the eigenvalue of the
modes (±q_1, ..., ±q_p) is the kernel's Fourier coefficient there.

Modes that depend on few angles matter up to higher q than modes of all: coefficients are computed sector by
sector (which angles a mode depends on), on finer grids for fewer angles. Coefficients beyond a grid are added
to those within (aliasing), so that the sum over all modes stays close to the kernel at equal inputs.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from functools import lru_cache, partial
from threading import Lock
from typing import cast

import jax
import numpy as np
from scipy.fft import dct

from theory.kernels.gram import precision_of
from theory.kernels.hierarchical import HierarchicalKernel
from theory.kernels.learning_curve import Spectrum
from theory.validation import FloatArray, positive_integer, positive_real

LARGEST = {0: 1, 1: 16384, 2: 256, 3: 32, 4: 24}
"""Largest q of a sector by how many angles it has."""
NODES = 6
"""Nodes by which angles that a sector lacks are averaged over half the circle: of the Gauss-Legendre rule in
u with angle = pi u^2, close to the angle 0, where alone kernels are not smooth. Eigenvalues come out to 0.5 %
(of two patches and depth 2, against 200 nodes), the smallest of them to 2 %."""
CHUNK = 2**14
"""Inputs taken at a time: their temporaries stay in the cache."""
ROUNDING = 1e-14
"""Coefficients below this fraction of the kernel at equal inputs are 0 up to rounding."""
_ONE_AT_A_TIME = Lock()


@dataclasses.dataclass(frozen=True, kw_only=True)
class AngleSpectrum:
    """Eigenvalues (kernels, m) of several kernels on the same modes, and how many modes (m,) have them."""

    eigenvalues: FloatArray
    multiplicities: FloatArray


def angle_spectrum(kernels: Sequence[HierarchicalKernel], patches: int) -> AngleSpectrum:
    """The spectrum of each kernel on inputs of `patches` unit vectors of R^2, at most 4.

    Raises `ValueError`, named by the argument, for other kernels or patches.
    """
    patches = positive_integer("patches", patches)
    if patches > max(LARGEST):
        raise ValueError(f"patches: got {patches}; allowed: 1 to {max(LARGEST)}")
    for kernel in kernels:
        if kernel.filters[0] != 2 or (2 * patches) % math.prod(kernel.filters):
            raise ValueError(
                f"kernels: got {kernel}; allowed: first filter 2, and all to divide {2 * patches}"
            )
    if not kernels:
        raise ValueError("kernels: got none; allowed: at least one")
    values, counts = [], []
    for active in itertools.product((False, True), repeat=patches):
        values.append(np.array([_sector(kernel, active) for kernel in kernels]))
        counts.append(np.full(values[-1].shape[1], 2.0 ** sum(active)))
    return AngleSpectrum(eigenvalues=np.concatenate(values, axis=1), multiplicities=np.concatenate(counts))


def predicted_error(spectrum: AngleSpectrum, student: int, teacher: int, n: float) -> float:
    """Test error of ridgeless regression with kernel `student` on n samples of a Gaussian random field with
    covariance `teacher`, in units of the field's variance.

    The formulas are those of `theory.kernels.learning_curve`, with the squared coefficients of the target in
    expectation, which are the teacher's eigenvalues.

    Raises `ValueError` unless n > 0 is less than the number of modes.
    """
    n = positive_real("n", n)
    count, values = spectrum.multiplicities, spectrum.eigenvalues[student]
    powers = spectrum.eigenvalues[teacher] * count
    known = float(np.sum(count[values > 0]))
    if n >= known:
        raise ValueError(f"n: got {n:g}; allowed: less than the {known:g} modes computed")
    curve = Spectrum(eigenvalues=values, powers=powers, multiplicities=count)
    return curve.prediction(n).test_mse / float(np.sum(powers))


def _sector(kernel: HierarchicalKernel, active: tuple[bool, ...]) -> FloatArray:
    """Coefficients with q_i >= 1 for active angles and 0 for the others, in any order."""
    # Exchanging the two halves below any node changes no kernel: sectors that differ so are one.
    with _ONE_AT_A_TIME:  # what one thread computes, all others wait for
        return _sector_of(kernel, _canonical(active, kernel.filters[1:]))


def _canonical(active: tuple[bool, ...], filters: tuple[int, ...]) -> tuple[bool, ...]:
    groups: list[tuple[bool, ...]] = [(flag,) for flag in active]
    for size in (*filters, None):
        size = len(groups) if size is None else size
        groups = [
            sum(sorted(groups[start : start + size], reverse=True), ())
            for start in range(0, len(groups), size)
        ]
    return groups[0]


@lru_cache(maxsize=256)
def _sector_of(kernel: HierarchicalKernel, active: tuple[bool, ...]) -> FloatArray:
    q, below = LARGEST[sum(active)], math.prod(kernel.filters) // 2
    last_node = [place // below for place in range(len(active))]
    used = {node for node, flag in zip(last_node, active, strict=True) if flag}
    if len(used) > 1:  # the kernel is a mean over its last nodes, without modes of several of them
        return np.zeros(q ** sum(active))
    u, weights = np.polynomial.legendre.leggauss(NODES)
    average = np.pi * ((u + 1) / 2) ** 2, weights * (u + 1) / 2
    # Angles of other last nodes add a constant to the kernel, of which a mode of this one sees nothing.
    rules = [average if not used or node in used else (np.ones(1), np.ones(1)) for node in last_node]
    # An even function of each angle: half the circle, both ends included, is enough (a cosine transform).
    waves = np.pi * np.arange(q + 1) / q
    found = _values(kernel, [waves if flag else rule[0] for flag, rule in zip(active, rules, strict=True)])
    for axis, (flag, rule) in enumerate(zip(active, rules, strict=True)):
        if flag:
            found = cast(FloatArray, dct(found, type=1, axis=axis)) / (2 * q)
            # The last coefficient stands for +q and -q at once.
            found = np.delete(found, 0, axis) * np.r_[np.ones(q - 1), 0.5].reshape(
                [-1 if place == axis else 1 for place in range(found.ndim)]
            )
        else:
            found = np.expand_dims(np.tensordot(found, rule[1], axes=(axis, 0)), axis)
    values = found.ravel()
    return np.where(values > ROUNDING * _largest(kernel), values, 0.0)


def _largest(kernel: HierarchicalKernel) -> float:
    return len(kernel.filters) + 1.0 if kernel.kind == "ntk" else 1.0


@partial(jax.jit, static_argnums=0)
def _row(kernel: HierarchicalKernel, x: jax.Array, y: jax.Array) -> jax.Array:
    return kernel.block(kernel.features(x), kernel.features(y))[0]


def _values(kernel: HierarchicalKernel, angles: Sequence[FloatArray]) -> FloatArray:
    """The kernel between the input of all angles 0 and those of a grid of angles."""
    grid = np.stack(np.meshgrid(*angles, indexing="ij"), axis=-1)
    flat = grid.reshape(-1, len(angles))
    origin = np.tile([1.0, 0.0], len(angles))[None, :]
    parts = []
    with precision_of(np.float64):
        for start in range(0, len(flat), CHUNK):
            part = flat[start : start + CHUNK]
            inputs = np.stack([np.cos(part), np.sin(part)], axis=-1).reshape(len(part), -1)
            parts.append(np.asarray(_row(kernel, origin, inputs)))
    return np.concatenate(parts).reshape(grid.shape[:-1])
