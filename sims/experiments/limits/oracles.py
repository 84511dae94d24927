"""Oracle mean estimators, the cleanest separation: squared errors that grow as d, kd and k^2 d."""

from sims.experiments import sizes
from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    size = sizes.ORACLES[preset]
    k, d, sigma = 8, 8, 0.2
    places = [(value, d, sigma) for value in size["k"]]
    places += [(k, value, sigma) for value in size["d"]]
    places += [(k, d, value) for value in size["sigma"]]
    return [
        ProbeSetting(
            "oracle_estimators",
            {
                "architecture": architecture,
                "k": at_k,
                "d": at_d,
                "sigma": at_sigma,
                "n": size["n"],
                "repetitions": size["repetitions"][architecture],
            },
        )
        for architecture in ("fcn", "lcn", "cnn")
        for at_k, at_d, at_sigma in dict.fromkeys(places)
    ]


EXPERIMENT = Experiment(
    name="oracles",
    title="oracle mean estimators",
    question="How does the squared error grow with k, d and sigma if the patch of every sample is revealed?",
    make=_make,
    probe="oracle_estimators",
)
