"""One noise-free patch amid noise: the CNN with soft thresholds against a linear model."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import ERROR_OF_ONE_TENTH, honest
from sims.experiments.setting import Setting

# One noise-free patch amid noise (Karp et al. 2021): n*, and training online on fresh batches.
LOCAL_SIGNAL = {
    "quick": {"k": (50, 100), "d": 10, "sigma": 0.2, "n_max": 640},
    "paper": {"k": (50, 100, 200), "d": 10, "sigma": 0.2, "n_max": 640},
    "full": {"k": (50, 100, 200, 400), "d": 10, "sigma": 0.2, "n_max": 2560},
}


DESCENT = {
    "name": "gradient_descent",
    "lr_w": (0.1,),
    "lr_b": (1e-3, 1e-2),
    "init_std": 1e-3,
    "steps": 1000,
    "patience": 300,
}
ERROR = ERROR_OF_ONE_TENTH | {"validation_every": 5, "test_size": 2000}


def _make(preset: str) -> list[Setting]:
    size = LOCAL_SIGNAL[preset]
    places = [("cnn", k, DESCENT) for k in size["k"]]
    places += [("linear", k, DESCENT | {"lr_b": (1e-3,)}) for k in size["k"][-2:]]
    return [
        honest(
            preset,
            size,
            task="local_signal",
            model=model,
            k=k,
            d=size["d"],
            learner=learner,
            criterion=ERROR,
        )
        for model, k, learner in places
    ]


EXPERIMENT = Experiment(
    name="local-signal",
    title="one noise-free patch amid noise",
    question="From how many samples does the CNN learn to threshold the noise, where a linear model fails?",
    make=_make,
)
