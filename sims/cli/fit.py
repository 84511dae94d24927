"""``nstar fit``: how n* grows in the stored cells of an experiment, for each architecture and protocol."""

import argparse
import dataclasses
import json
import math
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sims.cli.options import add_experiment, add_preset_and_store, chosen, integer, store_path
from sims.errors import require
from sims.experiments import Experiment

if TYPE_CHECKING:
    from sims.cli.dispatch import Subparsers
    from sims.estimate import Estimate
    from sims.fits import Fit, Observation
    from sims.store import Store

_SIZES = ("k", "d", "sigma")
FEWEST_RESAMPLES = 100
"""What `sims.fits.bootstrap` takes at least: fewer give no percentiles to speak of."""


def add_command(subparsers: "Subparsers") -> None:
    """Add ``fit``."""
    parser = subparsers.add_parser("fit", help="fit how n* grows with k, d and sigma", allow_abbrev=False)
    add_experiment(parser, optional=True)
    add_preset_and_store(parser)
    parser.add_argument(
        "--bootstrap",
        type=integer,
        metavar="N",
        help="add intervals from N resamples of the seeds within each cell, for the chosen law and the power "
        f"law (N >= {FEWEST_RESAMPLES}; 400 is plenty)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    from sims.store import Store

    resamples: int | None = args.bootstrap
    require(
        resamples is None or resamples >= FEWEST_RESAMPLES,
        "bootstrap",
        resamples,
        f"an integer >= {FEWEST_RESAMPLES}",
    )
    store = Store(store_path(args))
    groups = [
        group
        for experiment in chosen(args)
        for group in _fit_experiment(store, experiment, args.preset, resamples)
    ]
    if args.json:
        print(json.dumps({"store": str(store.root), "preset": args.preset, "groups": groups}, indent=1))
    else:
        print("\n\n".join(_text(group) for group in groups) or "nothing to fit")
    if not groups:
        command = f"nstar run {args.experiment} --preset {args.preset}"
        if args.store is not None:
            command += f" --store {shlex.quote(args.store)}"
        what = "any experiment" if args.experiment == "all" else args.experiment
        print(
            f"nstar fit: {store.root} holds no cell of {what} at preset {args.preset}; first: {command}",
            file=sys.stderr,
        )
        return 1
    return 0


def series_of(row: dict[str, Any]) -> tuple[str, ...]:
    """What a row's architecture and protocol are, in words; rows of one series are fitted together."""
    parts = [row["protocol"], row["model"]]
    if row["activation"] not in (None, "lsa"):
        parts.append(row["activation"])
    if row["bias"] not in (None, "trained"):
        parts.append(f"bias {row['bias']}")
    if row["width"] not in (None, row["k"]):
        parts.append(f"width {row['width'] / row['k']:g} k")
    if row["model"] == "linear":
        parts.append(f"to the {row['floor']} floor")
    return tuple(parts)


def _fit_experiment(
    store: "Store", experiment: Experiment, preset: str, resamples: int | None
) -> list[dict[str, Any]]:
    from sims.fits import Observation, choose, fit_all
    from sims.table import collect

    series: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in collect(store, experiment.cells(preset)):
        series.setdefault(series_of(row), []).append(row)
    groups = []
    for name, rows in series.items():
        ranges = {size: sorted({row[size] for row in rows}) for size in _SIZES}
        varying = {size: values for size, values in ranges.items() if len(values) > 1}
        group = {
            "experiment": experiment.name,
            "protocol": rows[0]["protocol"],
            "model": rows[0]["model"],
            "series": " ".join(name),
            "seeds": len(rows),
            "right_censored": sum(row["censored"] == "right" for row in rows),
            "left_censored": sum(row["censored"] == "left" for row in rows),
            "varying": varying,
            "fits": [],
            "chosen": None,
            "bootstrap": None,
        }
        if varying:
            observations = [
                Observation(**{name: row[name] for name in (*_SIZES, "low", "high")}) for row in rows
            ]
            fits = fit_all(observations)
            best = choose(fits)
            group["fits"] = plain = [_plain(fit) for fit in fits]
            if resamples is not None:
                group["bootstrap"] = _bootstrap_note(observations, resamples)
                if _every_cell_repeats(observations):
                    for fit, written in zip(fits, plain, strict=True):
                        written["bootstrap"] = _bootstrap(
                            fit, resamples, wanted=fit is best or _is_power(fit)
                        )
            group["chosen"] = next((p for p, fit in zip(plain, fits, strict=True) if fit is best), None)
        groups.append(group)
    return groups


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


def _estimates(parameters: "dict[str, Estimate | None]") -> dict[str, Any]:
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
        "bootstrap": None,
    }


def _text(group: dict[str, Any]) -> str:
    varying = ", ".join(
        f"{size} = {values[0]:g} to {values[-1]:g}" for size, values in group["varying"].items()
    )
    lines = [f"{group['experiment']}: {group['series']}; {varying or 'nothing varies: no growth to fit'}"]
    lines[0] += f"; {group['seeds']} brackets"
    for side in ("left", "right"):
        if group[f"{side}_censored"]:
            lines[0] += f", {group[f'{side}_censored']} {side}-censored"
    if group["fits"]:
        lines.append(f"  {'law':<40}{'AICc':>9}{'LOO error':>11}  status; parameters")
    for fit in sorted(group["fits"], key=lambda fit: (fit["aicc"] is None, fit["aicc"])):
        mark = "*" if fit == group["chosen"] else " "
        values = _values(fit["parameters"])
        numbers = f"{_number(fit['aicc'], 1):>9}{_number(fit['loo_error'], 3):>11}"
        lines.append(f"{mark} {law(fit):<40}{numbers}  {fit['status']}{'; ' + values if values else ''}")
        if fit["bootstrap"]:
            lines.append(f"    {'bootstrap over seeds':<58}  {_values(fit['bootstrap'])}")
    if group["bootstrap"]:
        lines.append(f"  bootstrap: {group['bootstrap']}")
    return "\n".join(lines)


def _values(parameters: dict[str, Any]) -> str:
    return "; ".join(f"{name} = {_interval(estimate)}" for name, estimate in parameters.items() if estimate)


def law(fit: dict[str, Any]) -> str:
    """The fitted law as a formula."""
    exponents = {"alpha": "k^alpha", "beta": "d^beta", "gamma": "sigma^gamma"}
    found = [text for name, text in exponents.items() if fit["parameters"].get(name) is not None]
    formula = " ".join(found or exponents.values()) if fit["family"] == "power" else fit["family"]
    bracketed = f"({formula})" if "+" in formula and "(" not in formula else formula
    return f"a {bracketed}{' ln(kd)' if fit['log'] else ''}{' + c' if fit['offset'] else ''}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _interval(estimate: dict[str, Any]) -> str:
    ends: Sequence[str] = [
        "?" if estimate[key] is None else f"{estimate[key]:.3g}" for key in ("best", "low", "high")
    ]
    return f"{ends[0]} [{ends[1]}, {ends[2]}]"
