"""How n* grows with k, d and sigma: `fit`."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nstar.frames import Framed
from nstar.measuring import plain
from nstar.showing import Pictured, table
from sims.cli.fit import fits_of, group_of, law, text_of
from sims.fits import Fit, FitStatus
from sims.pieces.errors import is_number, require
from sims.tables.sweeps import SIZES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OF_CELL = ("cell", "n_low", "n_best", "n_high", "monotone")
"""Columns of rows that know the n* of their cell, which is drawn then."""


@dataclasses.dataclass(frozen=True)
class Growth:
    """The laws fitted to one series of brackets.

    fits: every law of `sims.fits`, each with its status, parameters and their intervals; chosen: the one with
    the fewest parameters among those within two units of the best AICc that the seeds do not refute (see
    `sims.fits.choose`), None where the data do not tell.
    """

    series: str
    fits: tuple[Fit, ...] = dataclasses.field(repr=False)
    chosen: Fit | None
    group: Mapping[str, Any] = dataclasses.field(repr=False)
    rows: tuple[dict[str, Any], ...] = dataclasses.field(default=(), repr=False)

    @property
    def power(self) -> Fit | None:
        """The power law a k^alpha d^beta sigma^gamma; None where no size varies, or where it did not
        converge.
        """
        found = (fit for fit in self.fits if (fit.family, fit.log, fit.offset) == ("power", False, False))
        return next((fit for fit in found if fit.status is FitStatus.CONVERGED), None)

    def __str__(self) -> str:
        return text_of({**self.group})


class Growths(dict[str, Growth], Framed, Pictured):
    """The growth of every series by its name; prints as ``nstar fit`` does. As a frame it has one row a
    series, law and parameter.
    """

    def _records(self) -> Iterable[Mapping[str, Any]]:
        for name, growth in self.items():
            for fit in growth.group["fits"]:
                of_law = {"series": name, "law": law(fit), "status": fit["status"], "aicc": fit["aicc"]}
                chosen = fit is growth.group["chosen"]
                for parameter, found in fit["parameters"].items():
                    ends = {end: None if found is None else found[end] for end in ("best", "low", "high")}
                    yield {**of_law, "chosen": chosen, "parameter": parameter, **ends}

    @property
    def varying(self) -> tuple[str, ...]:
        """Which of k, d and sigma vary in some series."""
        return tuple(size for size in SIZES if any(size in one.group["varying"] for one in self.values()))

    def plot(self, x: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw the power law and the chosen law of every series over what they were fitted to, along a size.
        x: k, d or sigma, None for the first that varies; ax: where to draw, None for a new figure.
        """
        from nstar.drawing import draw_growth

        require(bool(self.varying), "rows", "one size", "sizes that vary: there is no growth to draw")
        along = x or self.varying[0]
        require(along in self.varying, "x", x, ", ".join(self.varying))
        return draw_growth(self.values(), along, ax)

    def _draw(self, ax: "Axes") -> bool:
        if self.varying:
            self.plot(ax=ax)
        return bool(self.varying)

    def __str__(self) -> str:
        return "\n\n".join(str(growth) for growth in self.values())

    def _repr_html_(self) -> str:
        rows = []
        for name, growth in self.items():
            power = {} if growth.power is None else growth.power.parameters
            exponents = {
                size: None if (found := power.get(parameter)) is None else _interval(found)
                for size, parameter in (("k", "alpha"), ("d", "beta"), ("sigma", "gamma"))
            }
            chosen = growth.group["chosen"]
            rows.append(
                {
                    "series": name,
                    "brackets": growth.group["seeds"],
                    **{f"exponent of {size}": words for size, words in exponents.items()},
                    "chosen law": None if chosen is None else law(chosen),
                }
            )
        return table(rows, title="growth of n*, with 95 % intervals", image=self._image())


def fit(rows: Any) -> Growths:
    """The laws of growth of every series among rows of brackets, as ``nstar fit`` fits them.

    rows: dicts, one a seed, or a DataFrame of pandas or polars: n* lies in (low, high] at the sizes k, d and
    sigma (any may be missing), with 0 or None for an end that was not found; ``series`` tells series apart.
    The rows of a sweep are such rows. Raises `InputError` for others.

    >>> import nstar
    >>> sizes = 2 * [4, 6, 9, 13, 19]
    >>> rows = [{"k": k, "low": 2 * k**1.5, "high": 2.2 * k**1.5} for k in sizes]
    >>> growth = nstar.fit(rows)["n*"]
    >>> round(growth.power.parameters["alpha"].best, 3)
    1.5
    >>> round(growth.power.predict(k=25, d=1, sigma=1))
    262
    """
    if hasattr(rows, "to_dicts"):  # polars
        rows = rows.to_dicts()
    records = rows.to_dict("records") if hasattr(rows, "to_dict") else rows
    series: dict[str, list[dict[str, Any]]] = {}
    for row in _checked(records):
        series.setdefault(str(row["series"]), []).append(row)
    found = Growths()
    for name, own in series.items():
        fits, best = fits_of(own)
        found[name] = Growth(name, tuple(fits), best, group_of("n*", name, own, fits, best), tuple(own))
    return found


def _checked(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with all that fits ask for. Raises `InputError`."""
    require(isinstance(rows, Iterable), "rows", rows, "rows of brackets, each a dict, or a DataFrame")
    found = []
    for row in rows:
        require(isinstance(row, Mapping), "rows", row, "rows of brackets, each a dict, or a DataFrame")
        ends = {"low": row.get("low"), "high": row.get("high")}
        ends = {name: None if _is_missing(value) else plain(value) for name, value in ends.items()}
        fine = all(value is None or is_number(value) for value in ends.values()) and any(ends.values())
        allowed = "rows of brackets, each with low, high or both, in samples"
        require(fine, "rows", {name: row.get(name) for name in ends}, allowed)
        sizes = {name: row.get(name) for name in ("k", "d", "sigma")}
        sizes = {name: 1 if _is_missing(value) else plain(value) for name, value in sizes.items()}
        for name, value in sizes.items():
            require(is_number(value) and value >= 0, name, value, "a size in every row, a number >= 0")
        censored = "right" if ends["high"] is None else "none" if ends["low"] else "left"
        names = {"series": row.get("series", "n*"), "protocol": row.get("protocol", "")}
        of_cell = {name: None if _is_missing(row[name]) else row[name] for name in OF_CELL if name in row}
        found.append(
            {**of_cell, **names, "model": row.get("model", ""), **sizes, **ends, "censored": censored}
        )
    require(bool(found), "rows", found, "at least one row")
    return found


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _interval(estimate: Any) -> str:
    best, low, high = (
        "?" if value is None else f"{value:.3g}" for value in (estimate.best, estimate.low, estimate.high)
    )
    return f"{best} [{low}, {high}]"
