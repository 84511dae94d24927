"""An experiment with a learner from outside: how its n* grows with the number of patches."""

from sims.experiments import Experiment, Setting

JUDGED = {"name": "risk_level", "metric": "zero_one", "tolerance": 0.3, "test_size": 200}


def _make(preset):
    shared = {"model": "none", "protocol": "direct", "floor": "zero", "seeds": (0, 1), "criterion": JUDGED}
    learner = {"name": "nearest"}
    return [Setting(k=k, d=2, sigma=0.1, n_max=100, learner=learner, **shared) for k in (1, 2, 4)]


EXPERIMENT = Experiment(name="growth", title="growth", question="How does n* grow with k?", make=_make)
