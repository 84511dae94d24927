"""``nstar bias``: how much a model leans on one feature of a task: one cell, computed, nothing stored."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from sims.cli.options import integer, number
from sims.errors import require

if TYPE_CHECKING:
    from sims.cli.dispatch import Subparsers
    from sims.probes import ProbeCell, Quantity

METHOD = "mean over seeds with the 95 % interval of Student's t"
MAX_SEEDS = 1000


def add_command(subparsers: "Subparsers") -> None:
    """Add ``bias``."""
    parser = subparsers.add_parser(
        "bias", help="measure how far a model leans on a shortcut feature", allow_abbrev=False
    )
    parser.add_argument("task", choices=("shortcut",), help="the task with a core and a shortcut feature")
    parser.add_argument("--rho-s", type=number, required=True, help="predictivity of the shortcut")
    parser.add_argument("--ratio", type=number, required=True, help="availability of shortcut over core")
    parser.add_argument("--rho-c", type=number, help="predictivity of the core (default: 0.9)")
    parser.add_argument("--sigma-sc", type=number, help="covariance of the two given the label (0.6)")
    parser.add_argument("--eta-s", type=integer, help="layers that nest the shortcut (0)")
    parser.add_argument("--eta-c", type=integer, help="layers that nest the core (0)")
    parser.add_argument("--d", type=integer, help="coordinates of an input (100)")
    parser.add_argument("--model", choices=("mlp",), default="mlp", help="the perceptron, the only one")
    parser.add_argument("--depth", type=integer, help="hidden layers (1)")
    parser.add_argument("--width", type=integer, help="units of a hidden layer (128)")
    parser.add_argument("--activation", help="relu (default), tanh, linear")
    parser.add_argument("--learner", help="adam (default), or kernel for infinite width")
    parser.add_argument("--rate", type=number, help="learning rate of Adam (0.001)")
    parser.add_argument("--rates", type=integer, help="rates tried, half a decade apart around it (1)")
    parser.add_argument("--epochs", type=integer, help="passes over the training set (30)")
    parser.add_argument("--batch", type=integer, help="samples a step (64)")
    parser.add_argument("--side", type=integer, help="probes along each axis, even (30)")
    parser.add_argument("--train", type=integer, help="training samples (3200)")
    parser.add_argument("--validation", type=integer, help="validation samples (1000)")
    parser.add_argument(
        "--seeds", type=integer, default=5, help="repetitions, at least 2 (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(handler=_handle)


FIELDS = (
    *("rho_s", "ratio", "rho_c", "sigma_sc", "eta_s", "eta_c", "d", "depth", "width", "activation"),
    *("learner", "rate", "rates", "epochs", "batch", "side", "train", "validation", "seeds"),
)


def _handle(args: argparse.Namespace) -> int:
    from sims.experiments.setting import ProbeSetting

    require(args.seeds <= MAX_SEEDS, "seeds", args.seeds, f"an integer from 2 to {MAX_SEEDS}")
    given = {name: getattr(args, name) for name in FIELDS if getattr(args, name) is not None}
    cell = ProbeSetting("shortcut_bias", given).cell()
    try:
        found, seconds = _measure(cell)
    except (ArithmeticError, MemoryError, RuntimeError) as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"nstar bias: failed: {cell.label}: {message}", file=sys.stderr)
        return 1
    answer = _answer(cell, found, seconds)
    print(json.dumps(answer, allow_nan=False) if args.json else _text(answer))
    return 0


def _measure(cell: "ProbeCell") -> "tuple[tuple[Quantity, ...], float]":
    """The quantities, and the seconds that they took once everything is imported."""
    from sims.compilation import keep_compiled_programs
    from sims.pool import Pool
    from sims.probes import measure_probe

    keep_compiled_programs()
    start = time.perf_counter()
    with Pool(1) as pool:
        result = measure_probe(cell, pool)
    return result.quantities, time.perf_counter() - start


def _answer(cell: "ProbeCell", found: "tuple[Quantity, ...]", seconds: float) -> dict[str, Any]:
    from sims.versions import device, versions

    named = {quantity.name: quantity for quantity in found if quantity.at is None}
    names = [name.removeprefix("bias_") for name in named if name.startswith("bias_")]
    config = cell.config()["probe"]
    bias: dict[str, dict[str, Any]] = {}
    per_seed: list[dict[str, Any]] = [{"seed": seed} for seed in range(config["seeds"])]
    reliances: dict[str, dict[str, Any]] = {}
    for name in names:
        form, checkpoint = name.split("_", 1)
        bias.setdefault(form, {})[checkpoint] = _interval(named[f"bias_{name}"])
        reliances.setdefault(form, {})[checkpoint] = _interval(named[f"reliance_{name}"])
        for quantity in found:
            if quantity.name == f"seed_bias_{name}" and quantity.at is not None:
                per_seed[int(quantity.at)][f"{form}_{checkpoint}"] = quantity.value
    return {
        "task": "shortcut",
        "rho_s": config["rho_s"],
        "ratio": config["ratio"],
        "bias": bias,
        "reliance": reliances,
        "per_seed": per_seed,
        "optimal": {
            form: {"lda": named[f"lda_{form}"].value, "closed_form": named[f"lda_{form}"].predicted}
            for form in bias
        },
        "accuracy": {
            name.removeprefix("accuracy_"): quantity.value
            for name, quantity in named.items()
            if name.startswith("accuracy_")
        },
        "seconds": round(seconds, 3),
        "versions": versions(),
        "device": device(),
        "cell": cell.id,
        "config": cell.config(),
    }


def _interval(quantity: "Quantity") -> dict[str, Any]:
    from scipy.stats import t

    assert quantity.error is not None
    half = float(t.ppf(0.975, quantity.repetitions - 1)) * quantity.error
    low, high = quantity.value - half, quantity.value + half
    return {"low": low, "best": quantity.value, "high": high, "method": METHOD}


def _text(answer: dict[str, Any]) -> str:
    probe = answer["config"]["probe"]
    lines = [f"{probe['learner']} on shortcut, rho_s = {answer['rho_s']:g}, ratio = {answer['ratio']:g}"]
    for form, checkpoints in answer["bias"].items():
        for checkpoint, found in checkpoints.items():
            interval = f"[{found['low']:.3f}, {found['high']:.3f}]"
            lines.append(f"bias, {form}, {checkpoint}: {found['best']:.3f} {interval}")
        optimal = answer["optimal"][form]
        exact = optimal["closed_form"]
        beside = "" if exact is None else f" (closed form {exact:.3f})"
        lines.append(f"reliance of LDA, {form}: {optimal['lda']:.3f}{beside}")
    for checkpoint, value in answer["accuracy"].items():
        lines.append(f"accuracy, {checkpoint}: {value:.3f}")
    lines += [f"     {METHOD}", f"{probe['seeds']} seeds in {answer['seconds']:.1f} s"]
    return "\n".join(lines)
