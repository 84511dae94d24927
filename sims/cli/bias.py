"""``nstar bias``: how much a model leans on one feature of a task: one cell, computed, nothing stored."""

import argparse
import dataclasses
import json
import sys
import time
from typing import Any

from sims.cli.dispatch import Subparsers
from sims.cli.options import integer, made_by, number
from sims.experiments.setting import ProbeSetting
from sims.machine.compilation import keep_compiled_programs
from sims.machine.memory import free_memory
from sims.machine.pool import Pool
from sims.measuring.units import measure_probe
from sims.pieces import registered
from sims.pieces.cell import ProbeCell
from sims.pieces.errors import InputError, in_words, require
from sims.pieces.quantity import Quantity
from sims.sweep.progress import announce

METHOD = "mean over seeds with the 95 % interval of Student's t, cut to the range of the measure"


PROBES = {
    "shortcut": ("shortcut_bias", "mlp"),
    "footprint": ("footprint_bias", "resnet"),
    "digits": ("digits_bias", "resnet"),
    "image_folder": ("image_folder_bias", "resnet"),
}
"""The probe and the model of every task with a core and a shortcut feature."""

NUMBERS = {
    "rho_c": "predictivity of the core (default: 0.9; image_folder: 0.99)",
    "ratio": "availability of shortcut over core: amplitude (shortcut) or pixels (footprint)",
    "probe_ratio": "ratio of the images that nets are judged on (footprint; default: the same ratio)",
    "sigma_sc": "covariance of the two given the label (0.6)",
    "footprint": "pixels of the core (400)",
    "share": "share of the background that shows (1)",
    "rate": "learning rate of Adam (0.001)",
}
INTEGERS = {
    "eta_s": "layers that nest the shortcut (0)",
    "eta_c": "layers that nest the core (0)",
    "d": "coordinates of an input (100)",
    "depth": "hidden layers of the perceptron (1)",
    "width": "units of a hidden layer (128)",
    "rates": "rates tried, half a decade apart around --rate (1)",
    "size": "pixels along an edge of an image",
    "scale": "size of the digit, in pixels for one of its own (1)",
    "channels": "channels of the residual net's first stage (8)",
    "stages": "its stages, each with twice the channels of the last (3)",
    "blocks": "blocks of a stage (2)",
    "epochs": "passes over the training set",
    "batch": "samples a step (64)",
    "side": "probes along each axis, even (30), for task shortcut",
    "probes": "probes in all (900), for images",
    "train": "training samples (3200)",
    "validation": "validation samples (1000)",
}
WORDS = {
    "activation": "of the perceptron: relu (default), tanh, linear",
    "learner": "adam (default), or kernel for infinite width",
    "ratio_of": "of the footprint: area (default), side",
    "stem": "of the residual net: small (default), imagenet",
    "folder": "images with a table of attributes",
    "layout": "of the folder: waterbirds, celeba",
    "shortcut": "attribute that is the shortcut (place, Smiling)",
    "core": "attribute that is the core (y, Attractive)",
}
FIELDS = ("rho_s", *NUMBERS, *INTEGERS, *WORDS, "seeds")


def add_command(subparsers: Subparsers) -> None:
    """Add ``bias``."""
    parser = subparsers.add_parser(
        "bias", help="measure how far a model leans on a shortcut feature", allow_abbrev=False
    )
    parser.add_argument("task", choices=PROBES, help="the task with a core and a shortcut feature")
    parser.add_argument("--rho-s", type=number, required=True, help="predictivity of the shortcut")
    models = sorted({model for _, model in PROBES.values()})
    parser.add_argument("--model", choices=models, help="mlp for task shortcut, resnet for images")
    for kind, options in ((number, NUMBERS), (integer, INTEGERS), (str, WORDS)):
        for name, words in options.items():
            parser.add_argument(f"--{name.replace('_', '-')}", type=kind, help=words)
    parser.add_argument("--grey", action="store_true", help="digits: backgrounds without colour")
    parser.add_argument(
        "--seeds", type=integer, default=5, help="repetitions, at least 2 (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


def _handle(args: argparse.Namespace) -> int:
    cell = _cell(args)
    _announce(cell)
    try:
        found, seconds = _measure(cell)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - said in one line, as `nstar run` says it of a cell
        message = in_words(error)
        print(f"nstar bias: failed: {cell.label}: {message}", file=sys.stderr)
        return 1
    answer = _answer(args.task, cell, found, seconds)
    print(json.dumps(answer, allow_nan=False) if args.json else _text(answer))
    return 0


def _cell(args: argparse.Namespace) -> ProbeCell:
    """The cell asked for. Raises `InputError` for an option that the task does not have, or lacks."""

    probe, model = PROBES[args.task]
    require(args.model in (None, model), "model", args.model, f"{model} for task {args.task}")
    given = {name: getattr(args, name) for name in FIELDS if getattr(args, name) is not None}
    if args.grey:
        given["colour"] = False
    fields = {field.name: field for field in dataclasses.fields(registered("probe")[probe])}
    for name, value in given.items():
        option = "grey" if name == "colour" else name
        require(name in fields, option, value, f"nothing for task {args.task}, which has no such option")
    for name, field in fields.items():
        there = name in given or field.default is not dataclasses.MISSING
        require(there, name, None, f"a value: task {args.task} needs one")
    return ProbeSetting(probe, given).cell()


def _announce(cell: ProbeCell) -> None:
    """Say what a long measurement takes. Raises `InputError` for one that cannot be, see
    `sims.costs.feasible`.
    """
    from sims.costs.feasible import require_trainings

    probe: Any = cell.probe
    announce("bias", require_trainings(probe.trainings(), free_memory()))


def _measure(cell: ProbeCell) -> tuple[tuple[Quantity, ...], float]:
    """The quantities, and the seconds that they took once everything is imported."""

    keep_compiled_programs()
    start = time.perf_counter()
    with Pool(1) as pool:
        result = measure_probe(cell, pool)
    return result.quantities, time.perf_counter() - start


def _answer(task: str, cell: ProbeCell, found: tuple[Quantity, ...], seconds: float) -> dict[str, Any]:

    named = {quantity.name: quantity for quantity in found if quantity.at is None}
    names = [name.removeprefix("bias_") for name in named if name.startswith("bias_")]
    config = cell.config()["probe"]
    bias: dict[str, dict[str, Any]] = {}
    per_seed: list[dict[str, Any]] = [{"seed": seed} for seed in range(config["seeds"])]
    reliances: dict[str, dict[str, Any]] = {}
    for name in names:
        form, checkpoint = name.split("_", 1)
        bias.setdefault(form, {})[checkpoint] = _interval(config["name"], named[f"bias_{name}"])
        reliances.setdefault(form, {})[checkpoint] = _interval(config["name"], named[f"reliance_{name}"])
        for quantity in found:
            if quantity.name == f"seed_bias_{name}" and quantity.at is not None:
                per_seed[int(quantity.at)][f"{form}_{checkpoint}"] = quantity.value
    return {
        "task": task,
        "rho_s": config["rho_s"],
        "ratio": config.get("ratio"),
        "bias": bias,
        "reliance": reliances,
        "per_seed": per_seed,
        "optimal": {form: _optimal(named, form) for form in bias},
        "accuracy": {
            name.removeprefix("accuracy_"): quantity.value
            for name, quantity in named.items()
            if name.startswith("accuracy_")
        },
        **made_by(cell, seconds),
    }


def _optimal(named: dict[str, Quantity], form: str) -> dict[str, float | None]:
    """Reliance of the optimal classifier: of LDA with its closed form, or for images the latter alone."""
    if f"lda_{form}" in named:
        return {"lda": named[f"lda_{form}"].value, "closed_form": named[f"lda_{form}"].predicted}
    return {"lda": None, "closed_form": named[f"optimal_{form}"].value}


def _interval(probe: str, quantity: Quantity) -> dict[str, Any]:
    from sims.probes.intervals import interval, range_of

    within = range_of(probe, quantity.name)
    low, high = interval(quantity.value, quantity.error, quantity.repetitions, within)
    return {"low": low, "best": quantity.value, "high": high, "method": METHOD}


def _text(answer: dict[str, Any]) -> str:
    probe = answer["config"]["probe"]
    ratio = "" if answer["ratio"] is None else f", ratio = {answer['ratio']:g}"
    lines = [f"{probe.get('learner', 'adam')} on {answer['task']}, rho_s = {answer['rho_s']:g}{ratio}"]
    for form, checkpoints in answer["bias"].items():
        for checkpoint, found in checkpoints.items():
            interval = f"[{found['low']:.3f}, {found['high']:.3f}]"
            lines.append(f"bias, {form}, {checkpoint}: {found['best']:.3f} {interval}")
        optimal = answer["optimal"][form]
        names = {"lda": "LDA", "closed_form": "the optimum in closed form"}
        known = [f"{names[name]} {value:.3f}" for name, value in optimal.items() if value is not None]
        lines.append(f"reliance, {form}: {', '.join(known)}")
    for checkpoint, value in answer["accuracy"].items():
        lines.append(f"accuracy, {checkpoint}: {value:.3f}")
    lines += [f"     {METHOD}", f"{probe['seeds']} seeds in {answer['seconds']:.1f} s"]
    return "\n".join(lines)
