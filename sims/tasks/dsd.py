"""Dynamic Signal Distribution (DSD) and its static version (SSD): a signal hidden in one of k noisy patches.

    y ~ Unif{-1, +1},  t ~ Unif{1..k},  xi ~ N(0, sigma^2 I_kd),   x = y mu_t + xi,

where mu_t is the unit signal w* in patch t and zero elsewhere (Lahoti et al. 2024, arXiv 2403.15707). In SSD
the patch t is fixed.
"""

import dataclasses
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

import theory.dsd.risks
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.tasks.base import Batch
from sims.tasks.signal_in_patch import COMPILED_ONCE, WithSignal, labels_and_patches

SIGNALS = ("random", "ones")
FLOORS = ("oracle", "linear", "ground_truth", "bayes", "zero")
"""Reference predictors: the ground-truth LSA net of unit norm at its best bias, the best linear one, the
ground-truth net of unit norm without a threshold, the posterior mean, and nothing (0).
"""
MAX_SIZE = 100_000
"""Largest k and largest d."""
MAX_INPUT = 1_000_000
"""Largest k d: a sample of 4 MB."""
MIN_SIGMA, MAX_SIGMA = 1e-6, 1e3
"""Beyond these, squares of the noise leave what float32 resolves beside a signal of norm 1."""


@partial(jax.jit, static_argnames=("k", "d"), compiler_options=COMPILED_ONCE)
def _images(
    keys: jax.Array, y: jax.Array, t: jax.Array, signal: jax.Array, sigma: float, *, k: int, d: int
) -> jax.Array:
    """Noise from one key a sample, and the signal times the label in the sample's patch."""

    def one(key: jax.Array, y: jax.Array, t: jax.Array) -> jax.Array:
        noise = sigma * jax.random.normal(key, (k, d), jnp.float32)
        return noise + y * (jnp.arange(k) == t)[:, None] * signal[None, :]

    return jax.vmap(one)(keys, y, t)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _SignalInOnePatch(Checked, WithSignal):
    """Common part of DSD and SSD: sizes, noise and how the unit signal w* is chosen.

    Parameters
    ----------
    k, d: patches and coordinates a patch, integers from 1 to 100 000, with k d <= 1 000 000.
    sigma: standard deviation of the noise of every coordinate, 1e-6 to 1e3 (the signal has norm 1).
    signal: "random" draws w* uniformly on the sphere for every key; "ones" takes (1, ..., 1)/sqrt(d).

    Raises `InputError` for anything else.
    """

    k: Annotated[int, Whole(1, MAX_SIZE)]
    d: Annotated[int, Whole(1, MAX_SIZE)]
    sigma: Annotated[float, Number(least=MIN_SIGMA, most=MAX_SIGMA)]
    signal: Annotated[str, OneOf(SIGNALS)] = "random"

    def __post_init__(self) -> None:
        super().__post_init__()
        most = MAX_INPUT // self.k
        require(self.d <= most, "d", self.d, f"an integer <= {most}, as k d <= {MAX_INPUT} and k = {self.k}")
        object.__setattr__(self, "sigma", float(self.sigma))

    def _sample(self, key: jax.Array, n: int, stream: int, patch: int) -> Batch:
        require(n >= 0, "n", n, "an integer >= 0")
        signal = self.signal_vector(key)
        y, t, keys = labels_and_patches(key, stream, self.k, patch, n=n)
        x = _images(keys, y, t, signal, self.sigma, k=self.k, d=self.d)
        return Batch(x, y, {"patch": t, "signal": signal})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of a reference predictor; see `FLOORS`."""
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        if kind == "zero":
            return 0.0
        k, sigma = self.k, self.sigma
        if kind == "oracle" and metric == "squared":
            return float(theory.dsd.risks.oracle_risk(k, sigma).risk)
        if kind == "oracle":
            risks = theory.dsd.risks.lsa_risk(k, sigma, 1.0, theory.dsd.risks.oracle_risk(k, sigma).bias)
        elif kind == "ground_truth":
            risks = theory.dsd.risks.lsa_risk(k, sigma, 1.0, 0.0)
        else:
            risks = {"linear": theory.dsd.risks.linear_risk, "bayes": theory.dsd.risks.bayes_risk}[kind](
                k, sigma
            )
        return float(getattr(risks, metric))


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class DSD(_SignalInOnePatch):
    """Dynamic Signal Distribution: the signal's patch t is uniform on {0..k-1} in every sample.

    Latents: ``patch`` (n,) and ``signal`` (d,).

    >>> import jax
    >>> DSD(k=6, d=8, sigma=0.15).sample(jax.random.key(0), 3).x.shape
    (3, 6, 8)
    """

    name: ClassVar[str] = "dsd"
    version: ClassVar[int] = 1
    keeps_label: ClassVar[tuple[str, ...]] = ("permute_patches",)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32."""
        return self._sample(key, n, stream, -1)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class SSD(_SignalInOnePatch):
    """Static Signal Distribution: the signal always sits in patch `patch` (0 <= patch < k).

    >>> SSD(k=6, d=8, sigma=0.15, patch=2).patch
    2
    """

    patch: Annotated[int, Whole(0)] = 0
    name: ClassVar[str] = "ssd"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.patch < self.k, "patch", self.patch, f"0 to {self.k - 1}")

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32."""
        return self._sample(key, n, stream, self.patch)
