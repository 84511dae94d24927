"""Tables of planted rows, as claims and the report take them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from paper_repro.claims import Claim, Paper
from sims.experiments import EXPERIMENTS
from sims.tables.configs import described
from sims.tables.gather import Tables

Row = dict[str, Any]


def tables(
    thresholds: Sequence[Row] = (),
    evaluations: Sequence[Row] = (),
    quantities: Sequence[Row] = (),
    *,
    preset: str = "paper",
) -> Tables:
    """An experiment without a row has a cell missing, every other is complete."""
    rows = [*thresholds, *evaluations, *quantities]
    cells = {
        name: tuple(dict.fromkeys(row["cell"] for row in rows if row["experiment"] == name))
        for name in EXPERIMENTS
    }
    missing = {name: () if cells[name] else ("dsd k=1",) for name in EXPERIMENTS}
    return Tables(
        preset=preset,
        thresholds=tuple(thresholds),
        evaluations=tuple(evaluations),
        quantities=tuple(quantities),
        cells=cells,
        missing=missing,
    )


def claim(rule: Any, *, experiment: str = "sweeps", protocol: str | None = None) -> Claim:
    """A claim that is decided by `rule`."""
    paper = Paper(id="planted", authors="Nobody 2000", title="Planted", source="nowhere")
    return Claim(
        paper=paper,
        id="planted",
        section="1",
        kind="check",
        statement="Planted.",
        rule=rule,
        experiment=experiment,
        protocol=protocol,
    )


def quantity(
    value: float,
    error: float | None = None,
    *,
    name: str = "alignment",
    predicted: float | None = None,
    repetitions: int = 1,
    at: float | None = None,
    experiment: str = "sweeps",
    **fields: Any,
) -> Row:
    """A row of a probe's quantity; every setting of the probe's fields is a cell."""
    return {
        "experiment": experiment,
        "cell": f"{sorted(fields.items())}",
        "config": {"probe": {"name": "planted", **fields}},
        "probe": "planted",
        **fields,
        "quantity": name,
        "at": at,
        "value": value,
        "error": error,
        "predicted": predicted,
        "repetitions": repetitions,
    }


def means(
    random: np.random.Generator, truths: Sequence[float], spread: Sequence[float], repetitions: int = 10
) -> list[tuple[float, float]]:
    """For each truth the mean of normal draws about it, and the standard error that these draws give."""
    draws = np.asarray(truths) + np.asarray(spread) * random.standard_normal((repetitions, len(truths)))
    errors = draws.std(0, ddof=1) / np.sqrt(repetitions)
    return [(float(mean), float(error)) for mean, error in zip(draws.mean(0), errors, strict=True)]


def curve(
    random: np.random.Generator,
    model: str,
    law: Callable[[int], float],
    *,
    k: int,
    d: int,
    ns: Sequence[int],
    spread: float,
    seeds: int = 5,
    experiment: str = "test-error",
) -> list[Row]:
    """Evaluations of one cell whose errors scatter about a law of n, log-normal with that mean, by seed and
    by n alike."""
    pieces = {"task": "dsd", "model": model, "learner": "gradient_descent"}
    shared = {
        "experiment": experiment,
        "cell": f"{model} {k} {d}",
        "protocol": "lahoti",
        "model": model,
        "config": {kind: described(kind, name) for kind, name in pieces.items()},
        "options": None,
        "k": k,
        "d": d,
        "sigma": 0.1,
        "floor_risk": 0.03,
    }
    rows = []
    for seed in range(seeds):
        own = spread * random.standard_normal()
        for n in ns:
            log = own + spread * random.standard_normal() - spread**2
            rows.append({**shared, "seed": seed, "n": n, "risk": law(n) * float(np.exp(log))})
    return rows
