"""Does gradient descent on the CNN pay k + d where d is expected?"""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import honest
from sims.experiments.setting import Setting

# The CNN over a grid in both sizes at one noise: does n* grow as d or as k + d? The target of every cell asks
# for the alignment `cosine`; at 0.85 it would lie below the floor from k = 12 on.
CNN_GROWTH = {
    "quick": {"k": (6, 16), "d": (6, 16), "sigma": 0.15, "cosine": 0.8, "n_max": 300},
    "paper": {"k": (6, 12, 24, 40), "d": (6, 12, 24, 40), "sigma": 0.15, "cosine": 0.8, "n_max": 400},
    "full": {"k": (6, 12, 24, 48), "d": (6, 12, 24, 48), "sigma": 0.15, "cosine": 0.8, "n_max": 400},
}


TEST_SIZE = 4000


def tolerance(k: int, sigma: float, cosine: float) -> float:
    """What is added to the oracle's risk so that a CNN needs this cosine with the signal to reach the target.

    A CNN may shrink its filter, the oracle of the floor has unit norm: the target of a cosine well below 1
    still lies above the floor, by an amount that falls with k.
    """
    from theory.dsd.required_alignment import least_risk
    from theory.dsd.risks import oracle_risk  # late: it imports scipy

    return round(float(least_risk(k, sigma, cosine)) - oracle_risk(k, sigma).risk, 6)


def _make(preset: str) -> list[Setting]:
    size = CNN_GROWTH[preset]
    # The floor and what a tolerance asks for depend on k. One tolerance for all would ask for more alignment
    # at some k than at others, and the growth of n* with k would be partly that of the target.
    return [
        honest(
            preset,
            size,
            model="cnn",
            k=k,
            d=d,
            criterion={
                "tolerance": tolerance(k, size["sigma"], size["cosine"]),
                "test_size": TEST_SIZE,
            },
        )
        for k in size["k"]
        for d in size["d"]
    ]


EXPERIMENT = Experiment(
    name="cnn-growth",
    title="does the CNN pay k + d or d?",
    question="At one sigma and one required alignment, does n* of the CNN grow as d alone, or as k + d?",
    make=_make,
)
