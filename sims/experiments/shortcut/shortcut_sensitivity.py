"""The theorems of Hermann et al. 2024, section 6, at the class means of its figure 5."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

MU_1 = 1.0
MU_2 = (0.1, 0.5, 1.0, 2.0, 10.0)
"""Figure 5 has mu_1 = 1 and these mu_2."""
AVAILABILITIES = {
    "quick": ((1.5, 1.0), (0.5, 1.5)),
    "paper": ((1.25, 1.0), (1.5, 0.5), (0.5, 1.5), (3.0, 0.7)),
    "full": ((1.25, 1.0), (1.5, 0.5), (0.5, 1.5), (3.0, 0.7), (0.01, 1.0), (64.0, 1.0)),
}
"""Off the boundaries a_1 mu_1 = a_2 mu_2 and a_1 = a_2, where the bias is 0."""


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting(
            "availability_sensitivity",
            {"kernel": kernel, "a_1": a_1, "a_2": a_2, "mu_1": MU_1, "mu_2": mu_2},
        )
        for kernel in ("linear", "relu")
        for mu_2 in MU_2
        for a_1, a_2 in AVAILABILITIES[preset]
    ]


EXPERIMENT = Experiment(
    name="shortcut-sensitivity",
    title="theorems on availability",
    question="Do the paper's spectra and its closed form of the sensitivity to availability follow from its "
    "definitions?",
    make=_make,
)
