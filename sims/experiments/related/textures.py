"""Two textures on a ring of pixels: what permutation equivariance costs, Adam included."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import ERROR_OF_ONE_TENTH, SEEDS
from sims.experiments.setting import Setting

# Two textures on a ring of k pixels (Li, Zhang, Arora 2021).
TEXTURES = {
    "quick": {"k": (8, 16, 32), "optimizer": ("adam",)},
    "paper": {"k": (8, 16, 32, 64), "optimizer": ("adam", "momentum")},
    "full": {"k": (8, 16, 32, 64, 128), "optimizer": ("adam", "momentum")},
}


ADAM = {
    "name": "gradient_descent",
    "optimizer": "adam",
    "lr_w": (0.01,),
    "init_std": 0.1,
    "steps": 300,
    "patience": 100,
}
MOMENTUM = ADAM | {"optimizer": "momentum", "lr_w": (0.03,), "steps": 600, "patience": 200}
ERROR = ERROR_OF_ONE_TENTH | {"test_size": 4000}


def _make(preset: str) -> list[Setting]:
    size = TEXTURES[preset]
    learners = {"adam": ADAM, "momentum": MOMENTUM}
    settings = []
    for k in size["k"]:
        shared = {
            "task": "textures",
            "k": k,
            "d": 1,
            "protocol": "direct",
            "seeds": SEEDS[preset],
            "criterion": ERROR,
        }
        for optimizer in size["optimizer"]:
            settings.append(
                Setting(
                    **shared,
                    model="fcn",
                    activation="relu",
                    bias="fixed",
                    width=32,
                    n_max=16 * k,
                    learner=learners[optimizer],
                )
            )
        settings.append(Setting(**shared, model="pooled_cnn", n_max=64, learner=ADAM | {"init_std": 0.3}))
    return settings


EXPERIMENT = Experiment(
    name="textures",
    title="two textures",
    question="Does the FCN need samples in proportion to the pixels, where a pooled CNN does not?",
    make=_make,
)
