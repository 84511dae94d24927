"""Quantities on the reliance of trained models: what probes of shortcut bias share."""

import dataclasses
import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sims.learners import GradientDescent
from sims.learners.base import Trained
from sims.measuring.readings.reliance import TwoFeatureTask, decisions, reliance
from sims.pieces.quantity import Quantity
from sims.probes.intervals import Ranges
from sims.probes.series import mean_quantity
from sims.samples import Samples
from theory.shortcut import Reliance

FORMS = ("signed", "absolute")
RANGES: Ranges = {
    "reliance_*": (-1, 1),
    "optimal_*": (-1, 1),
    "*lda_*": (-1, 1),
    "*bias_*": (-2, 2),  # a difference of two reliances
    "excess_*": (-2, 2),
    "along_*": (-1, 1),
    "accuracy*": (0, 1),
    "surface*": (-1, 1),
}
MAX_EPOCHS = MAX_BATCH = 100_000
MAX_PROBES = 1_000_000
MAX_SEEDS = 1000
CHECKS = 30
"""Looks at the validation set in one training, at least: as many more as it takes to divide the steps."""


def adam(rates: tuple[float, ...], *, epochs: int, train: int, batch: int) -> GradientDescent:
    """Adam on the mean squared error, from a start at standard deviation 1; train/batch steps an epoch."""
    steps = epochs * (train // batch)
    every = next(e for e in range(max(1, steps // CHECKS), 0, -1) if steps % e == 0)
    given = {"lr_w": rates, "lr_b": (1.0,), "steps": steps, "batch": batch, "eval_every": every}
    return GradientDescent(optimizer="adam", init_std=1.0, **given)


class Run(NamedTuple):
    """One seed: reliance of the net at each checkpoint and of the optimal classifier, other numbers by name,
    and the decisions on the probes after the last step.
    """

    reliances: dict[str, Reliance]
    optimal: Reliance
    numbers: dict[str, float]
    decided: np.ndarray


def read_off(
    trained: Trained,
    probes: Samples,
    z: np.ndarray,
    monitor: Samples,
    optimal: Reliance,
    *,
    selected_only: bool = False,
) -> Run:
    """Decisions on probes with latents z (n, 2), shortcut first, and accuracy on `monitor`, for the final net
    and the one of least validation error; a learner without steps has only the final one.

    selected_only: leave the final net aside, which may have diverged after the step that was selected. Raises
    `FloatingPointError` if a net that is asked for has diverged.
    """
    checkpoints = {"final": trained.final, "best_validation": trained.outputs}
    if selected_only:
        del checkpoints["final"]
    elif trained.final is None:
        checkpoints = {"final": trained.outputs}
    run = Run({}, optimal, {}, np.zeros(0))
    for name, outputs in checkpoints.items():
        assert outputs is not None
        decided = decisions(outputs(probes))
        run.reliances[name] = reliance(decided, z[:, 0], z[:, 1])
        for side, feature in enumerate(("s", "c")):
            run.numbers[f"along_{feature}_{name}"] = float(np.mean(decided * np.sign(z[:, side])))
        run.numbers[f"accuracy_{name}"] = float(np.mean(decisions(outputs(monitor)) == monitor.labels()))
        if name == "final":
            run = run._replace(decided=decided)
    return run


def reliance_quantities(
    runs: list[Run], *, probes: int, predicted: Mapping[str, float] | None = None
) -> list[Quantity]:
    """Means over seeds: "reliance_FORM_CHECKPOINT", "bias_FORM_CHECKPOINT" (with "seed_bias_FORM_CHECKPOINT"
    at = seed), and the other numbers of the runs.

    predicted: the bias of a checkpoint that is known, by checkpoint.
    """
    found: list[Quantity] = []
    for checkpoint, form in itertools.product(runs[0].reliances, FORMS):
        own = [getattr(run.reliances[checkpoint], form) for run in runs]
        each = [value - getattr(run.optimal, form) for value, run in zip(own, runs, strict=True)]
        name = f"{form}_{checkpoint}"
        known = (predicted or {}).get(checkpoint)
        found.append(mean_over_seeds(f"reliance_{name}", own, probes=probes))
        found.append(mean_over_seeds(f"bias_{name}", each, probes=probes, predicted=known))
        found += [Quantity(name=f"seed_bias_{name}", value=value, at=seed) for seed, value in enumerate(each)]
    return found + [mean_quantity(name, [run.numbers[name] for run in runs]) for name in runs[0].numbers]


def optimum_quantities(task: TwoFeatureTask) -> list[Quantity]:
    """ "optimal_FORM": reliance of the optimal classifier of the latents."""
    return [Quantity(name=f"optimal_{form}", value=getattr(task.optimum(), form)) for form in FORMS]


def mean_over_seeds(
    name: str, values: list[float], *, probes: int, predicted: float | None = None
) -> Quantity:
    """The mean. Where all seeds agree, reliance is still known to no more than one of the probes."""
    found = mean_quantity(name, values, predicted=predicted)
    assert found.error is not None
    return dataclasses.replace(found, error=max(found.error, 2 / probes))
