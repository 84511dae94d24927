"""n* of two-step gradient descent, the algorithm of the upper bounds."""

import math

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting


def _make(preset: str) -> list[Setting]:
    size = sizes.TWO_STEP[preset]
    along_k, along_d = [(k, size["at_d"]) for k in size["k"]], [(size["at_k"], d) for d in size["d"]]
    together = [(side, side) for side in size["both"]]
    settings = []
    for model in ("fcn", "lcn", "cnn", "linear"):
        points = along_k + along_d + (together if model in ("lcn", "cnn") else [])
        for k, d in dict.fromkeys(points):
            sigma = round(1 / math.sqrt(k), 6)
            # At usable noise the published bias_1, a constant of a proof, hardly thresholds; a few sigma do.
            learners: list[dict[str, float]] = [{}]
            if model in ("lcn", "cnn") or (model == "fcn" and (k, d) in along_k and preset != "quick"):
                learners.append({"bias_1": round(sizes.BIAS_IN_SIGMA * sigma, 6)})
            settings += [
                Setting(
                    k=k,
                    d=d,
                    sigma=sigma,
                    model=model,
                    protocol="direct",
                    learner=learner,
                    seeds=sizes.TWO_STEP_SEEDS[preset],
                    n_max=size["n_max"],
                )
                for learner in learners
            ]
    return settings


EXPERIMENT = Experiment(
    name="two-step",
    title="two-step gradient descent",
    question="Does the algorithm of the upper bounds need k (k + d) and k + d, times sigma^2, samples?",
    make=_make,
)
