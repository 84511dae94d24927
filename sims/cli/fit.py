"""``nstar fit``: how n* grows in the cells of an experiment, for each architecture and protocol."""

import argparse
import dataclasses
import json
import math
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sims.cli.dispatch import Subparsers
from sims.cli.options import (
    add_experiment,
    add_preset_and_store,
    chosen,
    integer,
    preset_of,
    store_path,
)
from sims.cli.series import SIZES, Row, series
from sims.experiments import EXPERIMENTS
from sims.pieces.errors import require
from sims.search.estimate import Estimate
from sims.store import Store
from sims.tables.configs import with_configs
from sims.tables.rows import collect

if TYPE_CHECKING:
    from sims.fits import Fit, Observation

FEWEST_RESAMPLES = 100
"""What `sims.fits.bootstrap` takes at least: fewer give no percentiles to speak of."""


def add_command(subparsers: Subparsers, *, published: Callable[[str], Sequence[Row]] | None = None) -> None:
    """Add ``fit``.

    published: gives the rows of a preset's published tables, one a cell and seed, each with its
    ``experiment`` and ``config``; without it there is no ``--published``, as these tables belong to a layer
    above this one.
    """
    parser = subparsers.add_parser("fit", help="fit how n* grows with k, d and sigma", allow_abbrev=False)
    add_experiment(parser, optional=True)
    tables = None if published is None else "fit the published tables instead of a store"
    add_preset_and_store(parser, published=tables)
    parser.add_argument(
        "--bootstrap",
        type=integer,
        metavar="N",
        help="add intervals from N resamples of the seeds within each cell, for the chosen law and the power "
        f"law (N >= {FEWEST_RESAMPLES}; 400 is plenty)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle, published=False, published_rows=published)


def _handle(args: argparse.Namespace) -> int:
    resamples: int | None = args.bootstrap
    require(
        resamples is None or resamples >= FEWEST_RESAMPLES,
        "bootstrap",
        resamples,
        f"an integer >= {FEWEST_RESAMPLES}",
    )
    args.preset = preset_of(args)
    others = "an experiment that measures n*; this one measures other quantities"
    measures = args.experiment == "all" or EXPERIMENTS[args.experiment].probe is None
    require(measures, "experiment", args.experiment, others)
    groups = [
        group for experiment, rows in _rows(args) for group in _fit_experiment(experiment, rows, resamples)
    ]
    source = "the published tables" if args.published else str(store_path(args))
    if args.json:
        answer = {"store": None if args.published else source, "preset": args.preset, "groups": groups}
        print(json.dumps(answer, indent=1, allow_nan=False))
    else:
        print("\n\n".join(text_of(group) for group in groups) or "nothing to fit")
    if not groups:
        verb = "hold" if args.published else "holds"
        what = "any experiment" if args.experiment == "all" else args.experiment
        print(
            f"nstar fit: {source} {verb} no cell of {what} at preset {args.preset}{_first(args)}",
            file=sys.stderr,
        )
        return 1
    return 0


def _first(args: argparse.Namespace) -> str:
    """What to run where the store has nothing to fit."""
    if args.published:
        return ""
    command = f"nstar run {args.experiment} --preset {args.preset}"
    return f"; first: {command}" + (f" --store {shlex.quote(args.store)}" if args.store is not None else "")


def _rows(args: argparse.Namespace) -> Iterable[tuple[str, list[Row]]]:
    """The name of every experiment asked for and its rows, one a cell and seed; none of a probe."""
    if args.published:
        rows = args.published_rows(args.preset)
        return [(one.name, [row for row in rows if row["experiment"] == one.name]) for one in chosen(args)]

    store = Store(store_path(args))
    cells = ((one.name, one.cells(args.preset)) for one in chosen(args))
    return ((name, with_configs(collect(store, own), own)) for name, own in cells)


def _fit_experiment(experiment: str, rows: list[Row], resamples: int | None) -> list[dict[str, Any]]:
    return [_fit_series(experiment, name, own, resamples) for name, own in series(rows).items()]


def _fit_series(experiment: str, name: str, rows: list[Row], resamples: int | None) -> dict[str, Any]:
    fits, best = fits_of(rows)
    group = group_of(experiment, name, rows, fits, best)
    if fits and resamples is not None:
        observations = fits[0].observations
        group["bootstrap"] = _bootstrap_note(observations, resamples)
        if _every_cell_repeats(observations):
            for fit, written in zip(fits, group["fits"], strict=True):
                written["bootstrap"] = _bootstrap(fit, resamples, wanted=fit is best or _is_power(fit))
    return group


def fits_of(rows: Sequence[Row]) -> "tuple[list[Fit], Fit | None]":
    """Every law fitted to the rows of a series, and the one that is chosen; none where no size varies."""
    from sims.fits import Observation, choose, fit_all

    if not _varying(rows):
        return [], None
    # A task without noise has none that varies: any number will do.
    observations = [
        Observation(k=row["k"], d=row["d"], sigma=row["sigma"] or 1.0, low=row["low"] or 0, high=row["high"])
        for row in rows
    ]
    fits = fit_all(observations)
    return fits, choose(fits)


def _varying(rows: Sequence[Row]) -> dict[str, list[float]]:
    ranges = {size: sorted({row[size] for row in rows} - {None}) for size in SIZES}
    return {size: values for size, values in ranges.items() if len(values) > 1}


def group_of(
    experiment: str, name: str, rows: Sequence[Row], fits: "Sequence[Fit]", best: "Fit | None"
) -> dict[str, Any]:
    """A series with its fits, JSON-ready."""
    plain = [_plain(fit) for fit in fits]
    return {
        "experiment": experiment,
        "protocol": rows[0]["protocol"],
        "model": rows[0]["model"],
        "series": name,
        "seeds": len(rows),
        "right_censored": sum(row["censored"] == "right" for row in rows),
        "left_censored": sum(row["censored"] == "left" for row in rows),
        "varying": _varying(rows),
        "fits": plain,
        "chosen": next((p for p, fit in zip(plain, fits, strict=True) if fit is best), None),
        "bootstrap": None,
    }


def _every_cell_repeats(observations: Sequence["Observation"]) -> bool:
    return min(Counter(observation.cell for observation in observations).values()) > 1


def _bootstrap_note(observations: Sequence["Observation"], resamples: int) -> str:
    if _every_cell_repeats(observations):
        return f"{resamples} resamples of the seeds within each cell"
    return "none: some cell has one seed, which nothing can be resampled from"


def _is_power(fit: "Fit") -> bool:
    return fit.family == "power" and not fit.log and not fit.offset


def _bootstrap(fit: "Fit", resamples: int, *, wanted: bool) -> dict[str, Any] | None:
    """Bootstrap intervals of the parameters; None for fits that are not wanted or did not converge."""
    from sims.fits import FitStatus, bootstrap

    if not wanted or fit.status is not FitStatus.CONVERGED:
        return None
    return _estimates(bootstrap(fit, resamples=resamples))


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _estimates(parameters: dict[str, Estimate | None]) -> dict[str, Any]:
    return {
        name: None
        if estimate is None
        else {
            key: value if isinstance(value, str) else _finite(value)
            for key, value in dataclasses.asdict(estimate).items()
        }
        for name, estimate in parameters.items()
    }


def _plain(fit: "Fit") -> dict[str, Any]:
    """JSON-ready form of a fit; what is not finite becomes null."""
    return {
        "family": fit.family,
        "log": fit.log,
        "offset": fit.offset,
        "status": fit.status.name.lower(),
        "parameters": _estimates(fit.parameters),
        "sigma_residual": _finite(fit.sigma_residual),
        "log_likelihood": _finite(fit.log_likelihood),
        "aicc": _finite(fit.aicc),
        "loo_error": _finite(fit.loo_error),
        "lack_of_fit": _finite(fit.lack_of_fit),
        "bootstrap": None,
    }


def text_of(group: dict[str, Any]) -> str:
    """A series and its fits for people, the best law first."""
    varying = ", ".join(
        f"{size} = {values[0]:g} to {values[-1]:g}" for size, values in group["varying"].items()
    )
    lines = [f"{group['experiment']}: {group['series']}; {varying or 'nothing varies: no growth to fit'}"]
    lines[0] += f"; {group['seeds']} brackets"
    for side in ("left", "right"):
        if group[f"{side}_censored"]:
            lines[0] += f", {group[f'{side}_censored']} {side}-censored"
    if group["fits"]:
        lines.append(f"  {'law':<40}{'AICc':>9}{'LOO error':>11}{'lack of fit':>13}  status; parameters")
    for fit in sorted(group["fits"], key=lambda fit: (fit["aicc"] is None, fit["aicc"])):
        mark = "*" if fit == group["chosen"] else " "
        values = _values(fit["parameters"])
        numbers = f"{_number(fit['aicc'], '.1f'):>9}{_number(fit['loo_error'], '.3f'):>11}"
        numbers += f"{_number(fit['lack_of_fit'], '.2g'):>13}"
        lines.append(f"{mark} {law(fit):<40}{numbers}  {fit['status']}{'; ' + values if values else ''}")
        if fit["bootstrap"]:
            lines.append(f"    {'bootstrap over seeds':<71}  {_values(fit['bootstrap'])}")
    if any(fit["status"] == "converged" for fit in group["fits"]):
        lines.append(f"  local slope over {varying}: {_slopes(group)}")
    if group["bootstrap"]:
        lines.append(f"  bootstrap: {group['bootstrap']}")
    return "\n".join(lines)


def _slopes(group: dict[str, Any]) -> str:
    """The exponents of the power law, those that an offset allows, and the law that is chosen."""
    plain, moved = (
        next(
            fit for fit in group["fits"] if (fit["family"], fit["log"], fit["offset"]) == ("power", False, c)
        )
        for c in (False, True)
    )
    best = group["chosen"]
    name = law(best) + _misfit(best["lack_of_fit"]) if best else "none"
    return f"{_exponents(plain)}; with an offset {_exponents(moved)}; chosen: {name}"


def _misfit(p: float | None) -> str:
    """What is said of a chosen law that the seeds refute, as all do that are as good."""
    from sims.fits.choice import REFUTED

    return "" if p is None or p >= REFUTED else f", which does not fit (lack of fit {p:.2g})"


def _exponents(fit: dict[str, Any]) -> str:
    found = {name: fit["parameters"].get(name) for name in _POWERS}
    return _values(found, ", ") or f"none ({fit['status']})"


def _values(parameters: dict[str, Any], between: str = "; ") -> str:
    return between.join(f"{name} = {_interval(each)}" for name, each in parameters.items() if each)


_POWERS = {"alpha": "k^alpha", "beta": "d^beta", "gamma": "sigma^gamma"}


def law(fit: dict[str, Any]) -> str:
    """The fitted law as a formula."""
    found = [text for name, text in _POWERS.items() if fit["parameters"].get(name) is not None]
    formula = " ".join(found or _POWERS.values()) if fit["family"] == "power" else fit["family"]
    bracketed = f"({formula})" if "+" in formula and "(" not in formula else formula
    return f"a {bracketed}{' ln(kd)' if fit['log'] else ''}{' + c' if fit['offset'] else ''}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _interval(estimate: dict[str, Any]) -> str:
    ends: Sequence[str] = [
        "?" if estimate[key] is None else f"{estimate[key]:.3g}" for key in ("best", "low", "high")
    ]
    return f"{ends[0]} [{ends[1]}, {ends[2]}]"
