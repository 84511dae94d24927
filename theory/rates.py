"""What theory predicts for the sample complexity of the DSD task: every claim, as data.

A claim bounds n*, the number of labelled samples, up to a constant that theory leaves open: only its growth
in the number of patches k, the dimension d of a patch and the noise sigma carries meaning.

>>> CLAIMS["LCN-low"].evaluate(k=10, d=20, sigma=0.5)
50.0
>>> CLAIMS["FCN-low"].exponents(k=10, d=20, sigma=0.1)
Exponents(k=2.0, d=1.0, sigma=2.0)
>>> print(CLAIMS["LCN-up"].rate)
k*sigma**2*(d + k)*log(d*k)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import numpy as np
import sympy
from numpy.typing import ArrayLike

from theory.architectures import Architecture
from theory.validation import FloatArray, finite_array

K, D, SIGMA = sympy.symbols("k d sigma", positive=True)
_LOG = sympy.log(K * D)

Kind = Literal["upper", "lower", "exact", "ratio"]
Trust = Literal["theorem", "derived"]


@dataclass(frozen=True, kw_only=True)
class Exponents:
    """The slopes d ln rate / d ln variable, as read off log-log axes, at one point."""

    k: float
    d: float
    sigma: float


@dataclass(frozen=True, kw_only=True)
class RateClaim:
    """One predicted growth of a sample complexity, or of the ratio of two of them.

    Attributes:
        id: short name, such as "LCN-up".
        statement: the claim in one sentence.
        rate: sympy expression in the symbols `K`, `D`, `SIGMA`, with its logarithm if it has one.
        rate_without_log: the same with the logarithm replaced by 1.
        kind: "upper" for O(), "lower" for Omega(), "exact" for an identity, "ratio" for a quotient of claims.
        architectures: the networks bounded; for a ratio the numerator's, then the denominator's.
        algorithms: the class of algorithms bounded.
        conditions: what is assumed, one sentence each; empty if nothing.
        source: where the claim is from.
        constant: the factor of the rate that the proof takes, None where it leaves it open.
        floor: expression in `K`, `D` below which the printed number of samples does not go, None if there is
            none.
        delta: the expected squared risk that is reached or not, None for claims that are about no target.
        trust: "theorem", proved in the source, or "derived", by the elementary argument in docs/theory.md.
    """

    id: str
    statement: str
    rate: sympy.Expr
    rate_without_log: sympy.Expr
    kind: Kind
    architectures: tuple[Architecture, ...]
    algorithms: str
    conditions: tuple[str, ...]
    source: str
    trust: Trust
    constant: float | None = None
    floor: sympy.Expr | None = None
    delta: float | None = None

    def expression(self, *, log: bool = True) -> sympy.Expr:
        """`rate`, or `rate_without_log` for log=False."""
        return self.rate if log else self.rate_without_log

    def evaluate(
        self, k: ArrayLike, d: ArrayLike, sigma: ArrayLike, *, log: bool = True
    ) -> float | FloatArray:
        """The rate at (k, d, sigma) with its open constant set to 1; arrays broadcast, numbers give a float.

        Raises ValueError, naming the argument, unless k >= 1, d >= 1 and sigma > 0, and at k = d = 1, where
        the logarithm is 0.
        """
        point = self._point(k, d, sigma, log)
        # A constant would come back without the shape of the arguments.
        value = _compiled(self.expression(log=log))(*point) * np.ones(np.broadcast(*point).shape)
        return float(value) if np.ndim(value) == 0 else value

    def exponents(self, k: float, d: float, sigma: float, *, log: bool = True) -> Exponents:
        """The log-log slopes of the rate at one point, by symbolic differentiation.

        Raises ValueError as `evaluate` does, and where an argument is not a number.
        """
        point = self._point(k, d, sigma, log)
        for name, value in zip(("k", "d", "sigma"), point, strict=True):
            if value.ndim:
                raise ValueError(f"{name}: got an array; allowed: a number")
        rate = self.expression(log=log)
        slopes = [_compiled(sympy.cancel(v * sympy.diff(rate, v) / rate))(*point) for v in (K, D, SIGMA)]
        return Exponents(k=float(slopes[0]), d=float(slopes[1]), sigma=float(slopes[2]))

    def printed(self, k: ArrayLike, d: ArrayLike, sigma: ArrayLike) -> float | FloatArray:
        """max(constant rate, floor): the number of samples that the proof prints; arrays broadcast.

        Raises ValueError as `evaluate` does, and for a claim whose constant is open.
        """
        if self.constant is None:
            raise ValueError(f"constant: {self.id} leaves it open; allowed: claims with one")
        value = self.constant * np.asarray(self.evaluate(k, d, sigma))
        if self.floor is not None:
            floor = _compiled(self.floor)(*self._point(k, d, sigma, log=True))
            value = np.maximum(value, floor)
        return float(value) if np.ndim(value) == 0 else value

    def at_scaled_noise(self) -> "RateClaim":
        """The claim along sigma = c / sqrt k, the most noise the upper bounds allow; `SIGMA` then means c."""
        return replace(
            self,
            id=f"{self.id} (scaled noise)",
            statement=f"{self.statement} With sigma = c / sqrt(k).",
            rate=self.rate.subs(SIGMA, SIGMA / sympy.sqrt(K)),
            rate_without_log=self.rate_without_log.subs(SIGMA, SIGMA / sympy.sqrt(K)),
            constant=None,
            floor=None,
            trust="derived",
        )

    def _point(self, k: ArrayLike, d: ArrayLike, sigma: ArrayLike, log: bool) -> tuple[FloatArray, ...]:
        k, d, sigma = finite_array("k", k), finite_array("d", d), finite_array("sigma", sigma)
        for name, value in (("k", k), ("d", d)):
            if np.any(value < 1):
                raise ValueError(f"{name}: holds a number below 1; allowed: numbers >= 1")
        if np.any(sigma <= 0):
            raise ValueError("sigma: holds a number that is not positive; allowed: numbers > 0")
        if self.expression(log=log).has(sympy.log) and np.any(k * d == 1):
            raise ValueError("k: k * d is 1, where ln(kd) is 0; allowed: k * d > 1, or log=False")
        return k, d, sigma


@lru_cache(maxsize=256)
def _compiled(expression: sympy.Expr) -> Callable[..., FloatArray]:
    return sympy.lambdify((K, D, SIGMA), expression, "numpy")


_PAPER = "Lahoti et al. 2024, arXiv 2403.15707"
_DELTA = 0.25e-2
"""Of all four theorems; the upper bounds state delta = O(1), their proofs 2.5e-3."""
_UNIT_NORM = "every filter has norm at most 1"
_LARGE = "k and d are large enough"
_SMALL_NOISE = "sigma = O(1 / sqrt(k)) up to logarithms"
_PROOF_NOISE = f"{_SMALL_NOISE}; in the proof 100 sqrt(k ln(kd)^3) sigma <= 1"
_FEW_PATCHES = "k = O(exp(d))"
_PROOF_PATCHES = f"{_FEW_PATCHES}; in the proof sqrt(d) >= 20 sqrt(ln k)"
_ENOUGH = "n >= 40 k, of which the floor is made: the proof assumes it, and does not show that fewer fail"
_REVEALED = "the patch t of every sample is revealed"
_TWO_STEP = "two steps of gradient descent with prescribed biases"
_MEAN = "mean of y x over the samples, restricted to what the architecture knows"


def _ratio(id: str, statement: str, top: RateClaim, bottom: RateClaim) -> RateClaim:
    """The quotient of two claims; its logarithm is what is left of theirs."""
    return RateClaim(
        id=id,
        statement=statement,
        rate=top.rate / bottom.rate,
        rate_without_log=top.rate_without_log / bottom.rate_without_log,
        kind="ratio",
        architectures=(*top.architectures, *bottom.architectures),
        algorithms=f"{top.algorithms}, against {bottom.algorithms}",
        conditions=tuple(dict.fromkeys((*top.conditions, *bottom.conditions))),
        source=f"quotient of {top.id} and {bottom.id}",
        trust="derived",
    )


def _oracle(architecture: Architecture, rate: sympy.Expr, restriction: str) -> RateClaim:
    return RateClaim(
        id=f"{architecture.upper()}-oracle",
        statement=f"Squared error of the mean estimator, {restriction}, times n / (squared error allowed).",
        rate=rate,
        rate_without_log=rate,
        kind="exact",
        architectures=(architecture,),
        algorithms=_MEAN,
        conditions=(_REVEALED, "n much larger than k"),
        source="derived",
        trust="derived",
    )


def _theorem(place: str, number: str) -> str:
    """Where a theorem stands; its printed number is inferred from its position in the section."""
    return f"{_PAPER}, {place} ({number} by its position)"


_FCN_LOW = RateClaim(
    id="FCN-low",
    statement="Every orthogonally equivariant algorithm for the FCN needs Omega(sigma^2 k^2 d) samples.",
    rate=SIGMA**2 * K**2 * D,
    rate_without_log=SIGMA**2 * K**2 * D,
    kind="lower",
    architectures=("fcn",),
    algorithms="O(kd)-equivariant algorithms",
    conditions=(
        f"{_SMALL_NOISE}; the proof needs k Phi(-b / (2 sigma)) to be small",
        _FEW_PATCHES,
        "final bias b >= 0.01",
        _UNIT_NORM,
        _ENOUGH,
        _LARGE,
    ),
    source=_theorem("section 6, first theorem, and its formal statement in the appendix", "6.1"),
    trust="theorem",
    floor=40 * K,
    delta=_DELTA,
)
_LCN_UP = RateClaim(
    id="LCN-up",
    statement="Two-step gradient descent on the LCN succeeds with O(sigma^2 k (k + d) ln(kd)) samples, or "
    "80 k ln(kd) where that is more.",
    rate=SIGMA**2 * K * (K + D) * _LOG,
    rate_without_log=SIGMA**2 * K * (K + D),
    kind="upper",
    architectures=("lcn",),
    algorithms=_TWO_STEP,
    conditions=(_PROOF_NOISE, _PROOF_PATCHES, _UNIT_NORM, _LARGE),
    source=_theorem("section 6, second theorem, and its formal statement in the appendix", "6.2"),
    trust="theorem",
    constant=2.0,
    floor=80 * K * _LOG,
    delta=_DELTA,
)
_LCN_LOW = RateClaim(
    id="LCN-low",
    statement="Every algorithm equivariant under the LCN's group needs Omega(sigma^2 k d) samples.",
    rate=SIGMA**2 * K * D,
    rate_without_log=SIGMA**2 * K * D,
    kind="lower",
    architectures=("lcn",),
    algorithms="algorithms equivariant under one orthogonal block a patch and permutations of the patches",
    conditions=(_UNIT_NORM, _ENOUGH, _LARGE),
    source=_theorem("section 7, first theorem (misprinted there with k^2), and its formal statement", "7.1"),
    trust="theorem",
    constant=1 / 6,
    floor=40 * K,
    delta=_DELTA,
)
_CNN_UP = RateClaim(
    id="CNN-up",
    statement="Two-step gradient descent on the CNN succeeds with O(sigma^2 (k + d) ln(kd)) samples, or 10 "
    "where that is more.",
    rate=SIGMA**2 * (K + D) * _LOG,
    rate_without_log=SIGMA**2 * (K + D),
    kind="upper",
    architectures=("cnn",),
    algorithms=_TWO_STEP,
    conditions=(_PROOF_NOISE, _UNIT_NORM, _LARGE),
    source=_theorem("section 7, second theorem, and its formal statement in the appendix", "7.2"),
    trust="theorem",
    constant=2.0,
    floor=sympy.Integer(10),
    delta=_DELTA,
)

_ALL = (
    _FCN_LOW,
    _LCN_UP,
    _LCN_LOW,
    _CNN_UP,
    _oracle("fcn", SIGMA**2 * K**2 * D, "all kd coordinates of the n/k samples of one patch"),
    _oracle("lcn", SIGMA**2 * K * D, "the d coordinates of the patch in its n/k samples"),
    _oracle("cnn", SIGMA**2 * D, "the d coordinates of the patch, pooled over all n samples"),
    _ratio("LCN-gap", "What is left open for the LCN between its two bounds.", _LCN_UP, _LCN_LOW),
    _ratio(
        "FCN/LCN", "The proven factor between FCN and LCN, min(k, d) up to a logarithm.", _FCN_LOW, _LCN_UP
    ),
    _ratio(
        "LCN/CNN", "The proven factor between LCN and CNN, min(k, d) up to a logarithm.", _LCN_LOW, _CNN_UP
    ),
)

CLAIMS: Mapping[str, RateClaim] = MappingProxyType({claim.id: claim for claim in _ALL})
"""Every claim by its id: the paper's theorems, the oracle estimators, and the gaps between the bounds."""
