"""``nstar measure``: one cell, always computed, nothing stored."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from sims.cli.dispatch import Subparsers
from sims.cli.divergence import divergence
from sims.cli.fields import FLAGS, as_given, read_fields, without_twice
from sims.cli.options import integer, made_by, number
from sims.experiments.setting import Setting
from sims.machine.compilation import keep_compiled_programs
from sims.machine.memory import free_memory
from sims.machine.pool import Pool
from sims.measuring.threshold import CellResult
from sims.measuring.units import measure_unit
from sims.pieces import registered
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError, in_words, require
from sims.pieces.outside import piece_of
from sims.protocols import PROTOCOLS
from sims.sweep.progress import Progress, announce
from sims.tables.rows import means_read, numbers_read

LEARNERS = (
    "a registered learner: gradient_descent, two_step, posterior, kernel_regression, ...; or an estimator: "
    "sklearn.svm:SVC, FILE.py:Class"
)
KINDS = ("task", "model", "learner", "criterion", "reading")
"""Kinds of pieces that are named on the command line, and whose fields are."""
MAX_REPS = 1000
"""Most repetitions of one measurement."""
MAX_SEED = 2**32


def add_command(subparsers: Subparsers) -> None:
    """Add ``measure``."""
    parser = subparsers.add_parser(
        "measure", help="measure n* of one model at one setting", allow_abbrev=False
    )
    parser.add_argument("task", metavar="TASK", help="a registered task: dsd, ssd, ...; FILE.py:draw")
    parser.add_argument(
        "--model", required=True, help="a registered model: fcn, lcn, cnn, linear, ...; FILE.py:Net"
    )
    parser.add_argument("--k", type=integer, help="patches (tasks that do not fix them)")
    parser.add_argument("--d", type=integer, help="coordinates a patch (the same)")
    parser.add_argument(
        "--sigma", type=number, help="noise a coordinate; the signal has norm 1 (tasks with noise)"
    )
    _add_fields(parser, "task", "rho_s=0.85, signal=ones")
    parser.add_argument("--reps", type=integer, default=5, help="repetitions (default: %(default)s)")
    parser.add_argument("--seed", type=integer, default=0, help="first of the seeds (default: %(default)s)")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        help="default: honest; direct for a learner that selects nothing: two_step, posterior",
    )
    parser.add_argument("--learner", help=LEARNERS)
    _add_fields(parser, "learner", "bias_1=0.3, samples=shared, lr_w=[0.1,0.01]")
    parser.add_argument("--criterion", help="a registered criterion: risk_level, core_error, ...")
    _add_fields(parser, "criterion", "test_size=4000")
    parser.add_argument("--metric", help="squared, zero_one or top_one (direct, or a criterion with metrics)")
    parser.add_argument("--floor", help="what the target is counted from: oracle, linear, ground_truth, ...")
    parser.add_argument("--tolerance", type=number, help="target = floor + tolerance")
    parser.add_argument("--target", type=number, help="the risk itself: --floor zero --tolerance TARGET")
    parser.add_argument("--n-max", type=integer, help="largest training set (default: the protocol's)")
    parser.add_argument(
        "--ns", type=integer, nargs="+", metavar="N", help="train on each of these n, in place of a search"
    )
    parser.add_argument("--reading", help="what is read off every net: reliance, kernel_movement, ...")
    _add_fields(parser, "reading", "probes=400")
    parser.add_argument("--activation", help="lsa (default), relu_pair or relu")
    parser.add_argument("--bias", help="trained (default) or fixed")
    parser.add_argument("--width", type=integer, help="neurons of the fcn (default: k)")
    _add_fields(parser, "model", "depth=2, channels=[8,16]")
    parser.add_argument(
        "--paired",
        action="store_true",
        help="draw samples from task and seed alone: the same for all models and learners",
    )
    parser.add_argument("--workers", type=integer, help="trainings side by side (default: one a core)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _add_fields(parser: argparse.ArgumentParser, kind: str, examples: str) -> None:
    """``--KIND-option``."""
    parser.add_argument(
        f"--{kind}-option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"a field of the {kind}, as JSON: {examples}; repeatable",
    )


def _handle(args: argparse.Namespace) -> int:
    require(1 <= args.reps <= MAX_REPS, "reps", args.reps, f"an integer >= 1 and <= {MAX_REPS}")
    require(0 <= args.seed <= MAX_SEED, "seed", args.seed, f"an integer >= 0 and <= {MAX_SEED}")
    require(args.workers is None or args.workers >= 1, "workers", args.workers, "an integer >= 1")
    setting = _setting(args)
    pieces: dict[str, Any] = {}
    try:
        cell = setting.cell()
        pieces = cell.pieces()
        result, seconds = measure_at_once(cell, args.workers)
    except InputError as error:
        named = as_given(error, pieces)
        if error.option == "floor" and args.floor is None:
            named.allowed += f" ({error.value} is the protocol's own)"
        raise named from error
    except Exception as error:
        if not pieces:
            raise
        print(f"nstar measure: failed: {cell.label}: {in_words(error)}", file=sys.stderr)
        return 1
    answer = answer_of(setting, cell, result, seconds)
    print(json.dumps(answer, allow_nan=False) if args.json else text_of(answer))
    said = divergence({"": result})
    if said is not None:
        print(f"nstar measure: {said}", file=sys.stderr)
    return 0


def _setting(args: argparse.Namespace) -> Setting:
    """What the arguments ask for. Raises `InputError` for what is no field, or is given twice."""
    objects: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        named = getattr(args, kind)
        if named is not None and ":" in named:
            objects[kind] = piece_of(kind, named)
            setattr(args, kind, objects[kind].pop("name"))
        elif named is not None:
            known = sorted(registered(kind))
            require(named in known, kind, named, f"{', '.join(known)}, or FILE.py:NAME")
    protocol = args.protocol or default_protocol(args.learner)
    judged = f"nothing for protocol {protocol}, which judges squared risk; it is an option of direct"
    fine = args.metric is None or args.criterion is not None or protocol == "direct"
    require(fine, "metric", args.metric, judged)
    if args.target is not None:
        alone = args.floor is None and args.tolerance is None and (protocol == "direct" or args.criterion)
        allowed = "nothing with --floor or --tolerance, and direct or a criterion that takes floor zero"
        require(bool(alone), "target", args.target, allowed)
        require(args.target > 0, "target", args.target, "a risk > 0")
        args.floor, args.tolerance = "zero", args.target
    fields = {}
    require(args.n_max is None or args.ns is None, "n_max", args.n_max, "nothing with --ns")
    unread = args.reading is None and args.reading_option
    require(not unread, "reading_option", args.reading_option, "nothing without --reading")
    for kind in KINDS:
        fields[kind] = objects[kind] | read_fields(kind, getattr(args, f"{kind}_option"))
        without_twice(kind, fields[kind], {flag: getattr(args, flag) for flag in FLAGS.get(kind, ())})
    for kind in ("learner", "criterion", "reading"):
        name = getattr(args, kind)
        fields[kind] |= {} if name is None else {"name": name}
    judging = {name: getattr(args, name) for name in ("metric", "tolerance")}
    return Setting(
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
        learner=fields["learner"],
        criterion=fields["criterion"] | {name: value for name, value in judging.items() if value is not None},
        task_options=fields["task"],
        model_options=fields["model"],
        n_max=args.n_max,
        ns=None if args.ns is None else tuple(args.ns),
        reading=fields["reading"],
        paired=args.paired,
        seeds=tuple(range(args.seed, args.seed + args.reps)),
    )


def default_protocol(learner: str | None) -> str:
    """The protocol that suits a learner: honest if it selects, along a path of steps or ridges, else direct.

    Of a learner that is not registered nothing is known: honest, and the cell refuses it by name.
    """

    known = registered("learner")
    return "direct" if learner in known and not known[learner].selects else "honest"


def _announce(cell: Cell) -> None:
    """Say what a long measurement takes. Raises `InputError` for one that cannot be, see
    `sims.costs.feasible`.
    """
    from sims.costs.feasible import require_memory, require_patience
    from sims.costs.work import cell_work

    require_memory(cell, free_memory())
    announce("measure", require_patience(cell), counted=cell_work(cell).flops is not None)


def measure_at_once(
    cell: Cell, workers: int | None = None, *, silent: bool = False
) -> tuple[CellResult, float]:
    """The result, and the seconds that it took once everything is imported.

    silent: whether standard error says nothing of its progress. Raises `InputError`, before anything starts,
    for what the task, the memory or patience does not allow.
    """

    cell.criterion.target(cell.task)
    _announce(cell)
    keep_compiled_programs()
    start = time.perf_counter()
    progress = Progress(None if silent else sys.stderr)
    progress.begin(found=0, waiting=["cell"], say=False)
    progress.started(cell.label, "cell")
    try:
        with Pool(workers) as pool:
            result = measure_unit(cell, pool, on_outcome=lambda outcome: progress.trained(outcome.trainings))
        assert isinstance(result, CellResult)
    except BaseException:
        progress.give_way()
        raise
    progress.finished(cell.label)
    progress.end()
    return result, time.perf_counter() - start


def answer_of(setting: Setting, cell: Cell, result: CellResult, seconds: float) -> dict[str, Any]:
    """What a measurement found, JSON-ready, and how it came about."""

    stored = result.to_json()
    read = means_read({"cell": cell.id, **number} for number in numbers_read(result))
    columns = {"quantity": "quantity", "n": "at", "mean": "value", "error": "error", "seeds": "repetitions"}
    readings = [{name: row[column] for name, column in columns.items()} for row in read]
    kept = ("seed", "low", "high", "censored", "monotone", "evaluations")
    return {
        "task": setting.task,
        "model": setting.model,
        "protocol": setting.protocol,
        "k": cell.task.k,
        "d": cell.task.d,
        "sigma": getattr(cell.task, "sigma", None),
        "n_star": stored["n_star"],
        "per_seed": [{key: seed[key] for key in kept} for seed in stored["per_seed"]],
        **({"readings": readings} if cell.reading is not None else {}),
        "target": result.target,
        "floor": result.floor,
        "trainings": result.trainings,
        "steps": result.steps,
        **made_by(cell, seconds),
    }


def text_of(answer: dict[str, Any]) -> str:
    """The answer for people."""
    n_star = answer["n_star"]
    sizes = f"k = {answer['k']}, d = {answer['d']}"
    if answer["sigma"] is not None:
        sizes += f", sigma = {answer['sigma']:g}"
    metric = answer["config"]["criterion"].get("metric", "squared")
    metric = {"zero_one": "0-1", "top_one": "top-1"}.get(metric, metric)
    learner = answer["config"]["learner"]
    model = answer["config"]["model"].get("of", answer["model"])
    learns = model if model != "none" else learner.get("of", learner["name"])
    lines = [
        f"{learns} on {answer['task']}, {sizes}, protocol {answer['protocol']}",
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
    others = [one["selected"].get("others", 0) for seed in answer["per_seed"] for one in seed["evaluations"]]
    if any(others):
        lines.append(f"beside the n that are counted, the learner saw up to {max(others)} other samples")
    lines += _text_of_readings(answer.get("readings", ()))
    lines.append(f"{answer['trainings']} trainings in {answer['seconds']:.1f} s")
    return "\n".join(lines)


def _text_of_readings(readings: Sequence[dict[str, Any]]) -> list[str]:
    lines = [f"{'n':>6} {'seeds':>6} {'mean':>10} {'error':>10}  read off the nets"] if readings else []
    for row in sorted(readings, key=lambda row: row["n"]):
        error = "-" if row["error"] is None else f"{row['error']:.3g}"
        lines.append(f"{row['n']:>6g} {row['seeds']:>6} {row['mean']:>10.4g} {error:>10}  {row['quantity']}")
    return lines


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
