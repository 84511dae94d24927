"""Two halves of a Gaussian vector compared by their quadratics: the sign (classification) or the value.

    x = (x_1, x_2) ~ N(0, I_2d),    q(x) = |x_1|^2 - |x_2|^2,    q has mean 0 and variance 4d.

`SignOfQuadratics`, y = sign q, is the task of Theorem 5.2 in Li, Zhang, Arora 2021 (arXiv 2010.08515): any
orthogonally equivariant algorithm needs Omega(d^2) samples, empirical risk minimisation over a two-layer
convolutional net O(1). `QuadraticRegression` has the value itself as its label. Wang, Wu 2023 (arXiv
2305.08404) prove on "a simple regression task" (their abstract) that a CNN needs O~(log^2 d) samples, an LCN
Omega(d) and O~(d), an FCN Omega(d^2). Their text was not found. By Lahoti et al. 2024 (introduction) their
label of x ~ N(0, I_4d) is

    (sum_{i <= d} x_{2i}^2 - x_{2i+1}^2) (sum_{d < i <= 2d} x_{2i}^2 - x_{2i+1}^2),

a product of two differences, of degree four, where the forms below are of degree two: they stand in for it.
"""

import dataclasses
import math
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from sims.pieces import register
from sims.pieces.errors import InputError, require
from sims.pieces.fields import Checked, OneOf, Whole
from sims.tasks.base import Batch

FORMS = ("difference", "interaction")
HALVES = 2
MAX_SIZE = 500_000
"""Largest d: a sample of 4 MB."""


@partial(jax.jit, static_argnames=("n", "d"))
def _halves(key: jax.Array, stream: int, *, n: int, d: int) -> jax.Array:
    """`n` Gaussian images (n, 2, d), one key each, so that sets are nested."""
    key = jax.random.fold_in(jax.random.fold_in(key, 1), stream)
    keys = jax.vmap(lambda index: jax.random.fold_in(key, index))(jnp.arange(n, dtype=jnp.uint32))
    return jax.vmap(lambda one: jax.random.normal(one, (HALVES, d), jnp.float32))(keys)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _TwoHalves(Checked):
    """Common part: Gaussian images of k = 2 patches with d coordinates.

    Raises `InputError` unless k is 2 and d an integer from 1 to 500 000.
    """

    k: int = HALVES
    d: Annotated[int, Whole(1, MAX_SIZE)]

    def __post_init__(self) -> None:
        require(self.k == HALVES, "k", self.k, "2, the two halves")
        super().__post_init__()

    def label(self, x: jax.Array) -> jax.Array:
        """Labels (n,) of images (n, 2, d)."""
        raise NotImplementedError

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, 2, d) and y (n,), float32; no latents."""
        require(n >= 0, "n", n, "an integer >= 0")
        x = _halves(key, stream, n=n, d=self.d)
        return Batch(x, self.label(x), {})


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class SignOfQuadratics(_TwoHalves):
    """y = sign(|x_1|^2 - |x_2|^2), with both labels equally likely and nothing but zero as its floor.

    >>> SignOfQuadratics(d=10).floor("bayes")
    0.0
    """

    name: ClassVar[str] = "sign_of_quadratics"
    version: ClassVar[int] = 1

    def label(self, x: jax.Array) -> jax.Array:
        """-1 or +1; a tie has probability zero and counts as +1."""
        squares = jnp.sum(x**2, -1)
        return jnp.where(squares[:, 0] >= squares[:, 1], 1.0, -1.0).astype(jnp.float32)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """0: "zero" in both metrics, and "bayes", as the label is a function of the image."""
        require(metric in ("squared", "zero_one"), "metric", metric, "squared, zero_one")
        require(kind in ("zero", "bayes"), "floor", kind, "zero, bayes")
        return 0.0


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class QuadraticRegression(_TwoHalves):
    """A real label of mean 0 and variance 1, for the squared loss and the squared metric only.

    form: "difference", y = (|x_1|^2 - |x_2|^2) / sqrt(4d), or "interaction", y = <x_1, x_2> / sqrt(d).
    Rotating every pair (x_1j, x_2j) by 45 degrees turns one into the other, so they are one problem for every
    learner that is equivariant under it (derived).

    >>> QuadraticRegression(d=10, form="interaction").k
    2
    """

    form: Annotated[str, OneOf(FORMS)] = "difference"
    name: ClassVar[str] = "quadratic_regression"
    version: ClassVar[int] = 1

    def label(self, x: jax.Array) -> jax.Array:
        """Real labels (n,)."""
        if self.form == "interaction":
            return jnp.sum(x[:, 0] * x[:, 1], -1) / math.sqrt(self.d)
        squares = jnp.sum(x**2, -1)
        return (squares[:, 0] - squares[:, 1]) / math.sqrt(4 * self.d)

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Squared risk: 0 for "zero" and "bayes"; 1, the variance of y, for "linear", as y is even in x."""
        if metric != "squared":
            raise InputError("metric", metric, "squared: the labels are real numbers")
        require(kind in ("zero", "bayes", "linear"), "floor", kind, "zero, bayes, linear")
        return 1.0 if kind == "linear" else 0.0
