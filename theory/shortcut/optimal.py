"""The optimal classifier of two Gaussian latents, and how much it relies on either (Hermann et al. 2024).

Labels y are +-1, each half of the time; latents z = (z_s, z_c), shortcut and core, are

    z | y ~ N(y (mu_s, mu_c), [[1, c], [c, 1]]),     rho_i = P(sign z_i = y) = Phi(mu_i)

rho is a feature's predictivity. Probes lie evenly on the rectangle |z_i| <= 3 mu_i. Reliance compares
decisions yhat there with the signs of the latents.
"""

import dataclasses
import math
from numbers import Real

from scipy.integrate import quad
from scipy.special import ndtr, ndtri

from theory.dsd.risks import Risks


@dataclasses.dataclass(frozen=True)
class Reliance:
    """How decisions on the probes go with the shortcut rather than the core, in [-1, 1].

    signed: mean of yhat (sign z_s - sign z_c) over the probes; absolute: |mean yhat sign z_s| - |mean yhat
    sign z_c|.
    """

    signed: float
    absolute: float


@dataclasses.dataclass(frozen=True)
class Optimum(Reliance):
    """The Bayes classifier sign(w_s z_s + w_c z_c), (w_s, w_c) = covariance^-1 mean, and its accuracy."""

    accuracy: float
    w_s: float
    w_c: float


def class_mean(rho: float) -> float:
    """mu with P(sign z = y) = rho: Phi^-1(rho). Raises `ValueError` unless 1/2 < rho < 1."""
    if isinstance(rho, bool) or not isinstance(rho, Real) or not 0.5 < rho < 1:
        raise ValueError(f"rho: got {rho!r}; allowed: a number above 0.5 and below 1")
    return float(ndtri(rho))


def optimal_reliance(rho_s: float, rho_c: float, sigma_sc: float) -> Optimum:
    """Reliance and accuracy of the Bayes classifier of latents with predictivities rho and covariance
    sigma_sc.

    w is proportional to (mu_s - c mu_c, mu_c - c mu_s); accuracy = Phi(sqrt(mu' covariance^-1 mu)); reliance
    by `reliance_of_weights`. A linear map of the latents that can be undone, such as amplification,
    changes none of it. Where rho_s is small w_s < 0: the shortcut serves to take the common noise out of the
    core, a suppressor. Derived.

    Raises `ValueError`, named by the argument, unless 1/2 < rho < 1 and -1 < sigma_sc < 1.

    >>> round(optimal_reliance(0.8, 0.9, 0.6).signed, 4)
    -0.9385
    """
    mu_s, mu_c, c = _parameters(rho_s, rho_c, sigma_sc)
    scale = 1 - c**2
    w_s, w_c = (mu_s - c * mu_c) / scale, (mu_c - c * mu_s) / scale
    found = reliance_of_weights(w_s, w_c, mu_s, mu_c)
    accuracy = float(ndtr(math.sqrt(w_s * mu_s + w_c * mu_c)))
    return Optimum(found.signed, found.absolute, accuracy, w_s, w_c)


def optimal_risk(rho_s: float, rho_c: float, sigma_sc: float, *, linear: bool = False) -> Risks:
    """Errors of E[y | z], or of the best linear predictor of y, which makes the same decisions.

    With D^2 = mu' covariance^-1 mu the 0-1 error is Phi(-D). E[y | z] = tanh(w . z), and w . z is
    N(y D^2, D^2) given y: the squared risk is E[1 - tanh(t)^2], t ~ N(D^2, D^2), by quadrature. That of the
    best linear predictor is 1/(1 + D^2). Derived.

    Raises `ValueError` as `optimal_reliance` does.
    """
    mu_s, mu_c, c = _parameters(rho_s, rho_c, sigma_sc)
    square = (mu_s**2 - 2 * c * mu_s * mu_c + mu_c**2) / (1 - c**2)
    root = math.sqrt(square)
    zero_one = float(ndtr(-root))
    if linear:
        return Risks(zero_one=zero_one, squared=1 / (1 + square))

    def density(g: float) -> float:
        small = math.exp(-2 * abs(square + root * g))
        return math.exp(-(g**2) / 2) / math.sqrt(2 * math.pi) * 4 * small / (1 + small) ** 2

    # The integrand is below 1e-16 beyond 9 standard deviations.
    squared, _ = quad(density, -9.0, 9.0, epsabs=1e-13, epsrel=1e-11, limit=200)
    return Risks(zero_one=zero_one, squared=squared)


def _parameters(rho_s: float, rho_c: float, sigma_sc: float) -> tuple[float, float, float]:
    """(mu_s, mu_c, c), each checked under its own name."""
    means = []
    for name, rho in (("rho_s", rho_s), ("rho_c", rho_c)):
        try:
            means.append(class_mean(rho))
        except ValueError as error:
            raise ValueError(str(error).replace("rho", name, 1)) from error
    if isinstance(sigma_sc, bool) or not isinstance(sigma_sc, Real) or not -1 < sigma_sc < 1:
        raise ValueError(f"sigma_sc: got {sigma_sc!r}; allowed: a number above -1 and below 1")
    return means[0], means[1], float(sigma_sc)


def reliance_of_weights(w_s: float, w_c: float, mu_s: float, mu_c: float) -> Reliance:
    """Reliance of the decisions sign(w_s z_s + w_c z_c) on the rectangle |z_i| <= 3 mu_i, every point of it a
    probe.

    The larger of the two terms decides. With h_i = |w_i| mu_i and q = min h / max h, the term of the larger h
    is the larger one on 1 - q/2 of the rectangle, the other on q/2, and where a term decides the decision
    goes with the sign of its latent times that of its weight, and with the other latent not at all. Derived.

    Raises `ValueError` if both weights are 0, or unless both means are > 0.
    """
    for name, value in (("mu_s", mu_s), ("mu_c", mu_c)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name}: got {value!r}; allowed: a finite number > 0")
    h_s, h_c = abs(w_s) * mu_s, abs(w_c) * mu_c
    if not (math.isfinite(h_s + h_c) and h_s + h_c > 0):
        raise ValueError(f"w_s: got {w_s!r} with w_c = {w_c!r}; allowed: finite numbers, one not 0")
    smaller = min(h_s, h_c) / max(h_s, h_c) / 2
    share_s = smaller if h_s <= h_c else 1 - smaller
    along_s = math.copysign(share_s, w_s)
    along_c = math.copysign(1 - share_s, w_c)
    return Reliance(along_s - along_c, abs(along_s) - abs(along_c))
