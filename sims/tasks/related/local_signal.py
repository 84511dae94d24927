"""The local-signal task of Karp et al. 2021 (NeurIPS): one noise-free patch y w* amid k - 1 patches of noise.

    y ~ Unif{-1, +1},  t ~ Unif{1..k},  x_t = y w*,  x_i ~ N(0, sigma^2 I_d) for i != t,  |w*| = 1.

The paper's synthetic run has sigma = ln k / sqrt k and w* = (1, ..., 1)/sqrt d (read off its released code,
github.com/skarp/local-signal-adaptivity, synthetic_data_sim.py). At that noise the sum over patches drowns
the signal, sigma sqrt k = ln k, while its largest entry does not, once sigma sqrt(2 ln k) < 1: from k of
about 500 on.
"""

import dataclasses
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

import theory.related.local_signal
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.tasks.base import Batch
from sims.tasks.signal_in_patch import COMPILED_ONCE, WithSignal, labels_and_patches

SIGNALS = ("ones", "random")
FLOORS = ("oracle", "linear", "ground_truth", "bayes", "zero")
"""Reference predictors: the LSA net at w* (norm 1) with the bias of least squared risk, the best linear one,
that net without a threshold, the best of all (the signal patch can be read off exactly), and nothing (0).
"""
MAX_INPUT = 1_000_000
"""Largest k d: a sample of 4 MB."""
MIN_SIGMA, MAX_SIGMA = 1e-6, 1e3


@partial(jax.jit, static_argnames=("k", "d"), compiler_options=COMPILED_ONCE)
def _images(
    keys: jax.Array, y: jax.Array, t: jax.Array, signal: jax.Array, sigma: float, *, k: int, d: int
) -> jax.Array:
    """Noise from one key a sample, and in the sample's patch the signal times the label instead."""

    def one(key: jax.Array, y: jax.Array, t: jax.Array) -> jax.Array:
        noise = sigma * jax.random.normal(key, (k, d), jnp.float32)
        return jnp.where((jnp.arange(k) == t)[:, None], y * signal[None, :], noise)

    return jax.vmap(one)(keys, y, t)


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalSignal(Checked, WithSignal):
    """k patches of d coordinates, one of them y w* and nothing else, the others noise.

    Parameters
    ----------
    k, d: patches and coordinates a patch, integers >= 1 (k >= 2) with k d <= 1 000 000.
    sigma: noise of every coordinate, 1e-6 to 1e3; None for ln k / sqrt k, which then is the field's value.
    signal: "ones" takes (1, ..., 1)/sqrt(d); "random" draws w* uniformly on the sphere for every key.

    Latents: ``patch`` (n,) and ``signal`` (d,). Raises `InputError` for anything else.

    >>> round(LocalSignal(k=9, d=8).sigma, 3)
    0.732
    """

    k: Annotated[int, Whole(2, MAX_INPUT)]
    d: Annotated[int, Whole(1)]
    sigma: Annotated[float | None, Number(least=MIN_SIGMA, most=MAX_SIGMA)] = None
    signal: Annotated[str, OneOf(SIGNALS)] = "ones"
    name: ClassVar[str] = "local_signal"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        most = MAX_INPUT // self.k
        require(self.d <= most, "d", self.d, f"an integer from 1 to {most}, as k d <= {MAX_INPUT}")
        sigma = theory.related.local_signal.published_sigma(self.k) if self.sigma is None else self.sigma
        object.__setattr__(self, "sigma", float(sigma))

    @property
    def noise(self) -> float:
        """sigma as a number."""
        assert self.sigma is not None  # set in __post_init__
        return self.sigma

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        signal = self.signal_vector(key)
        y, t, keys = labels_and_patches(key, stream, self.k, n=n)
        x = _images(keys, y, t, signal, self.noise, k=self.k, d=self.d)
        return Batch(x, y, {"patch": t, "signal": signal})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of a reference predictor; see `FLOORS`."""
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        if kind in ("zero", "bayes"):
            return 0.0
        if kind == "linear":
            risks = theory.related.local_signal.linear_risk(self.k, self.noise)
        else:
            oracle = theory.related.local_signal.oracle_risk(self.k, self.noise)
            bias = oracle.bias if kind == "oracle" else 0.0
            risks = theory.related.local_signal.lsa_risk(self.k, self.noise, 1.0, bias)
        return float(getattr(risks, metric))
