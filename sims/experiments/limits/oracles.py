"""Oracle mean estimators, the cleanest separation: squared errors that grow as d, kd and k^2 d."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

# Oracle mean estimators: squared error on n samples, k, d and sigma each varied alone about (8, 8, 0.2).
ORACLES = {
    "quick": {
        "k": (4, 8, 16),
        "d": (4, 8, 16),
        "sigma": (0.1, 0.2, 0.4),
        "n": 1600,
        "repetitions": {"fcn": 10, "lcn": 100, "cnn": 400},
    },
    "paper": {
        "k": (4, 8, 16, 32),
        "d": (4, 8, 16, 32),
        "sigma": (0.1, 0.2, 0.4, 0.8),
        "n": 1600,
        "repetitions": {"fcn": 30, "lcn": 300, "cnn": 1500},
    },
    "full": {
        "k": (4, 8, 16, 32, 64),
        "d": (4, 8, 16, 32),
        "sigma": (0.1, 0.2, 0.4, 0.8),
        "n": 6400,
        "repetitions": {"fcn": 100, "lcn": 1000, "cnn": 5000},
    },
}


def _make(preset: str) -> list[ProbeSetting]:
    size = ORACLES[preset]
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
)
