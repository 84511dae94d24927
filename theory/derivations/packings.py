"""The counting bounds on packings, derived in sympy: the cubic polynomial's, and what Massart's lemma gives
with the parameters of the paper's corollary."""

from typing import Any

import sympy as sp

DIMENSION, COSINE = sp.symbols("N c", positive=True)
_T, _BETA = sp.symbols("t beta", positive=True)


def cubic_limit() -> tuple[Any, dict[str, Any]]:
    """Levenshtein's bound for small c, and the coefficients that have to be >= 0 for it.

    f(t) = (t - c)(t + beta)^2 is <= 0 on [-1, c]. For M unit vectors sum_{u,v} f(<u, v>) is at most M f(1),
    as all terms with u != v are <= 0, and at least M^2 f_0, f_0 = E f(<u, v>) over the sphere, if the
    coefficients of t, t^2 - 1/N and t^3 - 3 t / (N + 2), the Gegenbauer polynomials, are >= 0 (Schoenberg
    1942; Delsarte, Goethals and Seidel 1977). So M <= f(1) / f_0, least at the beta where its slope is 0.
    """
    f = sp.expand((_T - COSINE) * (_T + _BETA) ** 2)
    coefficient = [f.coeff(_T, power) for power in range(4)]
    # E t^2 = 1/N, odd powers have the mean 0.
    mean = coefficient[0] + coefficient[2] / DIMENSION
    limit = f.subs(_T, 1) / mean
    slope = sp.numer(sp.together(sp.diff(limit, _BETA)))
    best = next(root for root in sp.solve(slope, _BETA) if sp.simplify(root + 1) != 0)
    needed = {
        "beta": best,
        "first": coefficient[1] + 3 * coefficient[3] / (DIMENSION + 2),
        "second": coefficient[2],
        "mean": mean,
    }
    least = sp.factor(sp.simplify(limit.subs(_BETA, best)))
    return least, {name: sp.factor(sp.simplify(value.subs(_BETA, best))) for name, value in needed.items()}


def massart_size() -> sp.Expr:
    """rho D ln(N / D) of Massart's lemma 4.7 with the corollary's alpha = c/2, beta = 1/c, D = N/2.

    rho = alpha (-ln beta + beta - 1) / -ln(alpha beta): a quarter of the (c ln c - c + 1) N that is printed.
    """
    alpha, beta, weight = COSINE / 2, 1 / COSINE, DIMENSION / 2
    rho = alpha / -sp.log(alpha * beta) * (-sp.log(beta) + beta - 1)
    return sp.simplify(sp.expand_log(rho * weight * sp.log(DIMENSION / weight), force=True))
