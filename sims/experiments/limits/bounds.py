"""Lower bounds as numbers, at the sizes where n* is measured."""

from sims.experiments.dsd import architectures, sweeps, unit_norm
from sims.experiments.experiment import Experiment
from sims.experiments.presets import along_both
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    places = []
    of_experiments: list[tuple[dict, float, tuple[str, ...]]] = [
        (architectures.ARCHITECTURES[preset], architectures.SIGMA, ("fcn", "lcn", "cnn"))
    ]
    if preset != "quick":
        of_experiments.append((sweeps.SWEEPS[preset], sweeps.SIGMA, ("lcn", "cnn")))
    for size, sigma, models in of_experiments:
        places += [(model, k, d, sigma) for model in models for k, d in along_both(size)]
    held = unit_norm.UNIT_NORM[preset]["places"]
    places += [(model, k, d, unit_norm.SIGMA) for model, points in held.items() for k, d in points]
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
