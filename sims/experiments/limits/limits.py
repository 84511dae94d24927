"""The least n* that any algorithm can have: the Bayes posterior under each architecture's group."""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.presets import SEEDS
from sims.experiments.setting import Setting

# The least n* that any learner equivariant under the group of an architecture can have: at the noise and the
# target of the nets, and at more noise towards the Bayes risk, where signals are hard to tell and not only
# patches to see. "chains" are states of the sampler under the FCN's prior.
LIMITS = {
    "quick": {
        "d": 8,
        "n_max": 400,
        "test_size": 2000,
        "parts": ({"sigma": 0.15, "floor": "oracle", "k": (5, 8), "fcn_k": (5,), "chains": 16},),
        "fcn_seeds": (0, 1),
    },
    "paper": {
        "d": 10,
        "n_max": 2000,
        "test_size": 10_000,
        "parts": (
            {"sigma": 0.15, "floor": "oracle", "k": (5, 6, 8, 10), "fcn_k": (5, 6, 8, 10), "chains": 32},
            {"sigma": 0.3, "floor": "bayes", "k": (4, 6, 8), "fcn_k": (4, 6, 8), "chains": 64},
        ),
        "fcn_seeds": (0, 1, 2),
    },
    "full": {
        "d": 10,
        "n_max": 8000,
        "test_size": 10_000,
        "parts": (
            {"sigma": 0.15, "floor": "oracle", "k": (5, 6, 8, 10, 16), "fcn_k": (5, 6, 8, 10), "chains": 64},
            {"sigma": 0.3, "floor": "bayes", "k": (4, 6, 8, 12), "fcn_k": (4, 6, 8), "chains": 128},
        ),
        "fcn_seeds": tuple(range(10)),
    },
}


def _settings(preset: str, part: dict[str, Any]) -> list[Setting]:
    size = LIMITS[preset]
    posterior = {"name": "posterior", "sigma": part["sigma"]}
    frame = {**posterior, "chains": part["chains"]}
    return [
        Setting(
            k=k,
            d=size["d"],
            sigma=part["sigma"],
            model=model,
            protocol="direct",
            learner=frame if model == "fcn" else posterior,
            criterion={"metric": "squared", "floor": part["floor"], "test_size": size["test_size"]},
            seeds=size["fcn_seeds"] if model == "fcn" else SEEDS[preset],
            n_max=size["n_max"],
        )
        for model in ("fcn", "lcn", "cnn")
        for k in (part["fcn_k"] if model == "fcn" else part["k"])
    ]


def _make(preset: str) -> list[Setting]:
    return [setting for part in LIMITS[preset]["parts"] for setting in _settings(preset, part)]


EXPERIMENT = Experiment(
    name="limits",
    title="limits of equivariant learning",
    question="How few samples could the best algorithm with an architecture's symmetry do with?",
    make=_make,
)
