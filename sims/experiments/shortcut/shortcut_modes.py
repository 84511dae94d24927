"""Modes of kernels on clustered data, over the amplitude of the shortcut, its predictivity and the noise."""

import math

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

RATIOS = {
    "quick": (0.5, 1.0, 2.0),
    "paper": (0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0),
    "full": (0.125, 0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 2.0, 4.0, 8.0),
}
RHO = 0.95
RHOS = {"quick": (), "paper": (0.7, 0.99), "full": (0.7, 0.85, 0.99)}
"""Further predictivities, each at the ratios next to the crossover."""
AROUND = (0.8, 1.0, 1.25)
SIGMA = math.sqrt(0.1)
SIGMAS = {"quick": (), "paper": (0.1, 0.5), "full": (0.1, 0.2, 0.5)}
"""Further noises, at ratio 1."""
DEPTH = 3
"""Hidden layers of the deep kernel."""
SIZES = {
    "quick": {"train": 200, "probes": 400, "width": 32, "steps": 200, "seeds": 3},
    "paper": {"train": 600, "probes": 1000, "width": 64, "steps": 1000, "seeds": 20},
    "full": {"train": 2000, "probes": 2000, "width": 128, "steps": 4000, "seeds": 40},
}


def _make(preset: str) -> list[ProbeSetting]:
    places = [(ratio, SIGMA, RHO) for ratio in RATIOS[preset]]
    places += [(ratio, SIGMA, rho) for rho in RHOS[preset] for ratio in AROUND]
    places += [(1.0, sigma, RHO) for sigma in SIGMAS[preset]]
    sizes = {"depth": DEPTH, **SIZES[preset]}
    return [
        ProbeSetting("clustered_modes", {"ratio": ratio, "sigma": sigma, "rho": rho, **sizes})
        for ratio, sigma, rho in places
    ]


EXPERIMENT = Experiment(
    name="shortcut-modes",
    title="modes of clustered data",
    question="Which feature is a kernel's top mode, and how much of the shortcut is left after training?",
    make=_make,
)
