"""The families of scaling laws, n* = a g(k, d, sigma) + c, and their logarithms with derivatives."""

from dataclasses import dataclass

import numpy as np

SHAPES = {
    "k+d": lambda k, d: k + d,
    "kd": lambda k, d: k * d,
    "k(k+d)": lambda k, d: k * (k + d),
    "k^2 d": lambda k, d: k**2 * d,
}
"""Shapes g of the families with fixed exponents. Each is multiplied by (sigma / reference)^2, as every rate
of the
theory is proportional to sigma^2; the reference is the design's geometric mean, so that a is in samples."""

FAMILIES = (*SHAPES, "power")

EXPONENTS = {"alpha": "k", "beta": "d", "gamma": "sigma"}
"""Exponents of the power family, k^alpha d^beta sigma^gamma, and the variables that they belong to."""


@dataclass(frozen=True, kw_only=True)
class Law:
    """One family, with or without its log and offset, made ready for a design.

    The parameters are, in this order: "log a"; the exponents of the power family whose variables vary;
    "offset" where there is one. With `log`, g carries the factor ln(kd).
    """

    family: str
    log: bool
    offset: bool
    exponents: tuple[str, ...]
    sigma_reference: float

    @staticmethod
    def on_design(family: str, cells: np.ndarray, *, log: bool, offset: bool) -> "Law":
        """The law for observations at `cells`, shape (n, 3) with columns k, d, sigma."""
        varies = {v: len(np.unique(cells[:, i])) > 1 for i, v in enumerate(EXPONENTS.values())}
        exponents = tuple(e for e, v in EXPONENTS.items() if varies[v]) if family == "power" else ()
        reference = float(np.exp(np.mean(np.log(cells[:, 2]))))
        return Law(family=family, log=log, offset=offset, exponents=exponents, sigma_reference=reference)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return ("log a", *self.exponents, *(("offset",) if self.offset else ()))

    def log_shape(self, cells: np.ndarray, exponents: np.ndarray) -> np.ndarray:
        """log g, shape (R, n), at `cells` (n, 3) for `exponents` (R, len(self.exponents))."""
        fixed, design = self._parts(cells)
        return fixed + exponents @ design.T

    def log_mean(self, theta: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log n* and its derivatives at `theta` (R, p): shapes (R, n) and (R, n, p).

        n* is nan where an offset makes it negative.
        """
        _, design = self._parts(cells)
        count = len(self.exponents)
        log_term = theta[:, :1] + self.log_shape(cells, theta[:, 1 : 1 + count])
        slope = np.broadcast_to(np.column_stack([np.ones(len(cells)), design]), (*log_term.shape, 1 + count))
        if not self.offset:
            return log_term, slope
        with np.errstate(invalid="ignore", over="ignore"):
            term = np.exp(log_term)
            mean = term + theta[:, -1:]
            mean = np.where(mean > 0, mean, np.nan)
            jacobian = np.concatenate([slope * (term / mean)[..., None], 1 / mean[..., None]], axis=-1)
            return np.log(mean), jacobian

    def _parts(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The part of log g without parameters, (n,), and the logs that the exponents multiply, (n,
        exponents).
        """
        k, d, sigma = cells.T
        fixed = np.log(np.log(k * d)) if self.log else np.zeros(len(cells))
        if self.family != "power":
            fixed = fixed + np.log(SHAPES[self.family](k, d)) + 2 * np.log(sigma / self.sigma_reference)
        columns = [list(EXPONENTS).index(e) for e in self.exponents]
        return fixed, np.log(cells[:, columns])
