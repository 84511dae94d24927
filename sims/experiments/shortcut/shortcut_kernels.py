"""Shortcut bias of infinitely wide nets, as kernels, beside that of finite ones of the same depth."""

from sims.experiments.experiment import Experiment
from sims.experiments.setting import ProbeSetting
from sims.experiments.shortcut.shortcut_sizes import COMMON, RHO, of_net

RATIOS = {"quick": (1.0, 64.0), "paper": (1.0, 8.0, 64.0), "full": (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)}
DEPTHS = {"quick": (1,), "paper": (1, 4), "full": (1, 2, 4, 8)}
SEEDS = {"quick": 3, "paper": 20, "full": 50}
"""Of finite nets, whose bias scatters more."""
KERNELS = ("linear", "relu")
"""The linear kernel is a control: a ridge alone draws it to the more available feature."""


def _make(preset: str) -> list[ProbeSetting]:
    kernel = {key: value for key, value in COMMON[preset].items() if key not in ("width", "epochs")}
    found = []
    for ratio in RATIOS[preset]:
        for depth in DEPTHS[preset]:
            place = {"rho_s": RHO, "ratio": ratio, "depth": depth}
            found.append(of_net(preset, **place, seeds=SEEDS[preset]))
            found += [
                ProbeSetting("shortcut_bias", {**place, "learner": "kernel", "activation": one, **kernel})
                for one in KERNELS
                if one != "linear" or depth == 1
            ]
    return found


EXPERIMENT = Experiment(
    name="shortcut-kernels",
    title="shortcut bias in the kernel regime",
    question="Does kernel theory explain the bias: how large is that of the infinitely wide net?",
    make=_make,
)
