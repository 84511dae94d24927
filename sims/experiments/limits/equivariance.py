"""Which learners are equivariant under which groups: architecture x optimizer x group."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting

# Equivariance: architectures x optimizers x groups (None for all), at the probe's own sizes.
EQUIVARIANCE = {
    "quick": {
        "optimizer": ("sgd", "adam"),
        "group": ("orthogonal", "patchwise_orthogonal", "shared_signed_permutations"),
        "matrices": 1,
    },
    "paper": {"optimizer": ("sgd", "momentum", "adam", "two_step"), "group": None, "matrices": 2},
    "full": {"optimizer": ("sgd", "momentum", "adam", "two_step"), "group": None, "matrices": 3},
}


GROUPS = (
    "orthogonal",
    "patchwise_orthogonal",
    "shared_orthogonal",
    "signed_permutations",
    "patchwise_signed_permutations",
    "shared_signed_permutations",
)


def _make(preset: str) -> list[ProbeSetting]:
    size = EQUIVARIANCE[preset]
    return [
        ProbeSetting(
            "equivariance",
            {"model": model, "optimizer": optimizer, "group": group, "matrices": size["matrices"]},
        )
        for model in ("fcn", "lcn", "cnn")
        for optimizer in size["optimizer"]
        for group in size["group"] or GROUPS
    ]


EXPERIMENT = Experiment(
    name="equivariance",
    title="equivariance of architectures and optimizers",
    question="Under which groups do training on turned images and turning the trained net agree?",
    make=_make,
)
