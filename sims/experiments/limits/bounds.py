"""Lower bounds as numbers, at the sizes where n* is measured."""

from sims.experiments.dsd.architectures import ARCHITECTURES
from sims.experiments.dsd.sweeps import SWEEPS
from sims.experiments.dsd.unit_norm import UNIT_NORM
from sims.experiments.experiment import Experiment
from sims.experiments.presets import along_both
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    places = []
    of_experiments: list[tuple[dict, tuple[str, ...]]] = [(ARCHITECTURES[preset], ("fcn", "lcn", "cnn"))]
    if preset != "quick":
        of_experiments.append((SWEEPS[preset], ("lcn", "cnn")))
    for size, models in of_experiments:
        places += [(model, k, d, size["sigma"]) for model in models for k, d in along_both(size)]
    held = UNIT_NORM[preset]
    places += [(model, k, d, held["sigma"]) for model, points in held["places"].items() for k, d in points]
    return [
        ProbeSetting("lower_bounds", {"model": model, "k": k, "d": d, "sigma": sigma})
        for model, k, d, sigma in dict.fromkeys(places)
    ]


EXPERIMENT = Experiment(
    name="bounds",
    title="lower bounds as numbers",
    question="How many samples do the lower bounds ask for at the sizes measured, constants and all?",
    make=_make,
)
