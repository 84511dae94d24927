"""Sign and value of a difference of quadratic forms: FCN, LCN and CNN with squares as activations."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import ERROR_OF_ONE_TENTH, seeds_of
from sims.experiments.setting import Setting

# Sign of a difference of quadratic forms (Li, Zhang, Arora 2021) and its regression (after Wang, Wu 2023).
QUADRATICS = {
    "quick": {"fcn_d": (3, 6), "d": (4, 12)},
    "paper": {"fcn_d": (4, 6, 8, 12), "d": (4, 8, 16, 32)},
    "full": {"fcn_d": (4, 8, 16, 24), "d": (4, 8, 16, 32, 64)},
}


DESCENT = {
    "name": "gradient_descent",
    "optimizer": "momentum",
    "lr_w": (0.03, 0.1, 0.3),
    "init_std": 1.0,
    "steps": 600,
    "patience": 200,
}
REGRESSION = DESCENT | {"lr_w": (0.1, 0.3), "steps": 1000, "patience": 300}
SIGN = ERROR_OF_ONE_TENTH | {"validation_every": 5, "test_size": 4000}
VALUE = SIGN | {"metric": "squared", "validation_every": None}


def _make(preset: str) -> list[Setting]:
    size = QUADRATICS[preset]
    settings = []
    for architecture, per_sign, per_value in (
        ("fcn", lambda d: 64 * d**2, lambda d: 16 * d**2),
        ("lcn", lambda d: 256 * d, lambda d: 32 * d),
        ("cnn", lambda d: 320, lambda d: 64),
    ):
        for d in size["fcn_d"] if architecture == "fcn" else size["d"]:
            for task, protocol, learner, criterion, n_max in (
                ("sign_of_quadratics", "honest", DESCENT, SIGN, per_sign(d)),
                ("quadratic_regression", "direct", REGRESSION, VALUE, per_value(d)),
            ):
                settings.append(
                    Setting(
                        task=task,
                        k=2,
                        d=d,
                        model=f"quadratic_{architecture}",
                        protocol=protocol,
                        seeds=seeds_of(architecture, preset),
                        n_max=n_max,
                        learner=learner,
                        criterion=criterion,
                    )
                )
    return settings


EXPERIMENT = Experiment(
    name="quadratics",
    title="difference of quadratic forms",
    question="Does n* grow as d^2 for the FCN, as d for the LCN, and not at all for the CNN?",
    make=_make,
)
