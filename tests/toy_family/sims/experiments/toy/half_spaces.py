"""Half-spaces: how n* of a linear model grows with the number of patches."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import Setting

SIZES = {"quick": (2, 4, 8), "paper": (2, 4, 8, 16), "full": (2, 4, 8, 16, 32)}
DESCENT = {"name": "gradient_descent", "lr_w": (0.1,), "steps": 100}
JUDGED = {"name": "risk_level", "metric": "zero_one", "floor": "bayes", "tolerance": 0.15, "test_size": 1000}


def _make(preset: str) -> list[Setting]:
    shared = {"task": "half_space", "d": 4, "model": "linear", "protocol": "direct", "seeds": (0, 1, 2)}
    more = {"n_max": 400, "learner": DESCENT, "criterion": JUDGED}
    return [Setting(k=k, **shared, **more) for k in SIZES[preset]]


EXPERIMENT = Experiment(
    name="half-spaces",
    title="half-spaces",
    question="Does a linear model need samples in proportion to the patches?",
    make=_make,
)
