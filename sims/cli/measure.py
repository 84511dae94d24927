"""``nstar measure``: one cell, always computed, nothing stored."""

import argparse
import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from sims.cli.options import integer, number
from sims.errors import require
from sims.experiments.setting import Setting
from sims.experiments.sizes import PROTOCOLS
from sims.progress import Progress

if TYPE_CHECKING:
    from sims.cell import Cell
    from sims.cli.dispatch import Subparsers
    from sims.measure import CellResult

LEARNERS = "a registered learner: gradient_descent, two_step, posterior, kernel_regression, ..."
MAX_REPS = 1000
"""Most repetitions of one measurement."""


def add_command(subparsers: "Subparsers") -> None:
    """Add ``measure``."""
    parser = subparsers.add_parser(
        "measure", help="measure n* of one model at one setting", allow_abbrev=False
    )
    parser.add_argument("task", metavar="TASK", help="a registered task: dsd, ssd, ...")
    parser.add_argument("--model", required=True, help="a registered model: fcn, lcn, cnn, linear, ...")
    parser.add_argument("--k", type=integer, required=True, help="patches")
    parser.add_argument("--d", type=integer, required=True, help="coordinates a patch")
    parser.add_argument(
        "--sigma", type=number, help="noise a coordinate; the signal has norm 1 (tasks with noise)"
    )
    parser.add_argument("--reps", type=integer, default=5, help="repetitions (default: %(default)s)")
    parser.add_argument("--seed", type=integer, default=0, help="first of the seeds (default: %(default)s)")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        help="default: honest; direct for a learner that selects nothing: two_step, posterior",
    )
    parser.add_argument("--learner", help=LEARNERS)
    parser.add_argument(
        "--learner-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a field of the learner, as JSON: bias_1=0.3, samples=shared, lr_w=[0.1,0.01]; repeatable",
    )
    parser.add_argument("--metric", help="squared or zero_one (protocol direct)")
    parser.add_argument("--floor", help="what the target is counted from: oracle, linear, ground_truth, ...")
    parser.add_argument("--tolerance", type=number, help="target = floor + tolerance")
    parser.add_argument("--n-max", type=integer, help="largest training set (default: the protocol's)")
    parser.add_argument("--activation", help="lsa (default), relu_pair or relu")
    parser.add_argument("--bias", help="trained (default) or fixed")
    parser.add_argument("--width", type=integer, help="neurons of the fcn (default: k)")
    parser.add_argument("--workers", type=integer, help="trainings side by side (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    require(1 <= args.reps <= MAX_REPS, "reps", args.reps, f"an integer >= 1 and <= {MAX_REPS}")
    require(args.seed >= 0, "seed", args.seed, "an integer >= 0")
    require(args.workers is None or args.workers >= 1, "workers", args.workers, "an integer >= 1")
    protocol = args.protocol or default_protocol(args.learner)
    judged = f"nothing for protocol {protocol}, which judges squared risk; it is an option of direct"
    require(args.metric is None or protocol == "direct", "metric", args.metric, judged)
    criterion = {name: getattr(args, name) for name in ("metric", "tolerance")}
    setting = Setting(
        task=args.task,
        k=args.k,
        d=args.d,
        sigma=args.sigma,
        model=args.model,
        activation=args.activation,
        bias=args.bias,
        width=args.width,
        protocol=protocol,
        floor=args.floor,
        learner=learner_options(args.learner, args.learner_option),
        criterion={name: value for name, value in criterion.items() if value is not None},
        n_max=args.n_max,
        seeds=tuple(range(args.seed, args.seed + args.reps)),
    )
    cell = setting.cell()
    cell.criterion.target(cell.task)  # refuses a floor that the task does not have, before anything starts
    try:
        result, seconds = _measure(cell, args.workers)
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"nstar measure: failed: {cell.label}: {message}", file=sys.stderr)
        return 1
    answer = _answer(setting, cell, result, seconds)
    print(json.dumps(answer, allow_nan=False) if args.json else _text(answer))
    return 0


def default_protocol(learner: str | None) -> str:
    """The protocol that suits a learner: honest if it selects, along a path of steps or ridges, else direct.

    Of a learner that is not registered nothing is known: honest, and the cell refuses it by name.
    """
    from sims.cell import register_all
    from sims.pieces import registered

    register_all()
    known = registered("learner")
    return "direct" if learner in known and not known[learner].selects else "honest"


def learner_options(name: str | None, pairs: list[str]) -> dict[str, Any]:
    """The fields of a learner as given on the command line. Raises `InputError` for what is not NAME=VALUE.

    A value is JSON or a number; what is neither is taken as a string.
    """
    options: dict[str, Any] = {} if name is None else {"name": name}
    for pair in pairs:
        field, equals, text = pair.partition("=")
        require(bool(field and equals), "learner_option", pair, "NAME=VALUE")
        options[field] = text
        for read in (float, json.loads):
            with contextlib.suppress(ValueError):
                options[field] = read(text)
    return options


def _measure(cell: "Cell", workers: int | None) -> tuple["CellResult", float]:
    """The result, and the seconds that it took once everything is imported."""
    from sims.compilation import keep_compiled_programs
    from sims.measure import measure_cell
    from sims.pool import Pool

    keep_compiled_programs()
    start = time.perf_counter()
    progress = Progress(sys.stderr)
    progress.begin(found=0, waiting=["cell"])
    progress.started(cell.label, "cell")
    with Pool(workers) as pool:
        result = measure_cell(cell, pool, on_outcome=lambda outcome: progress.trained(outcome.trainings))
    progress.finished(cell.label)
    progress.end()
    return result, time.perf_counter() - start


def _answer(setting: Setting, cell: "Cell", result: "CellResult", seconds: float) -> dict[str, Any]:
    from sims.versions import device, versions

    stored = result.to_json()
    kept = ("seed", "low", "high", "censored", "monotone", "evaluations")
    return {
        "task": setting.task,
        "model": setting.model,
        "protocol": setting.protocol,
        "k": setting.k,
        "d": setting.d,
        "sigma": setting.sigma,
        "n_star": stored["n_star"],
        "per_seed": [{key: seed[key] for key in kept} for seed in stored["per_seed"]],
        "target": result.target,
        "floor": result.floor,
        "trainings": result.trainings,
        "steps": result.steps,
        "seconds": round(seconds, 3),
        "versions": versions(),
        "device": device(),
        "cell": cell.id,
        "config": cell.config(),
    }


def _text(answer: dict[str, Any]) -> str:
    n_star = answer["n_star"]
    sizes = f"k = {answer['k']}, d = {answer['d']}"
    if answer["sigma"] is not None:
        sizes += f", sigma = {answer['sigma']:g}"
    metric = answer["config"]["criterion"].get("metric", "squared").replace("zero_one", "0-1")
    lines = [
        f"{answer['model']} on {answer['task']}, {sizes}, protocol {answer['protocol']}",
        n_star_text(n_star),
        f"     {n_star['method']}",
        f"target: {metric} risk {answer['target']:.4f} = floor {answer['floor']:.4f} + tolerance",
        f"{'seed':>6} {'fails at':>10} {'succeeds at':>12}  censored",
    ]
    for seed in answer["per_seed"]:
        note = "" if seed["monotone"] else "  (not monotone)"
        high = "-" if seed["high"] is None else seed["high"]
        low = seed["low"] if seed["low"] else "-"
        lines.append(f"{seed['seed']:>6} {low:>10} {high:>12}  {seed['censored']}{note}")
    lines.append(f"{answer['trainings']} trainings in {answer['seconds']:.1f} s")
    return "\n".join(lines)


def n_star_text(n_star: dict[str, Any]) -> str:
    """The estimate in words. What the search did not reach on one side is only a bound from that side."""
    low, best, high = n_star["low"], n_star["best"], n_star["high"]
    if best is None:
        if high is not None and not low:
            return f"n* at most {high:.1f}"
        if high is None and low:
            return f"n* above {low:.1f}"
    ends = ["unbounded" if n is None else f"{n:.1f}" for n in (low, high)]
    found = "not determined" if best is None else f"{best:.1f}"
    return f"n* = {found}, interval [{ends[0]}, {ends[1]}]"
