"""The local-signal task in the kernel regime: tangent kernels of the CNN beside the trained one.

The criterion and the trained net are those of `sims.experiments.related.local_signal`, at its sizes and at
larger patches. Thresholds are in units of the noise of the pre-activations at the start, sigma.
"""

from typing import Any

from sims.experiments.experiment import Experiment
from sims.experiments.presets import SEEDS, along_both
from sims.experiments.related.local_signal import DESCENT, ERROR, LOCAL_SIGNAL
from sims.experiments.setting import Setting

SIGMA = 0.2
SIZES: dict[str, dict[str, Any]] = {
    "quick": {
        "k": (50, 100),
        "at_d": 10,
        "d": (30,),
        "at_k": 50,
        "seeds": 2,
        "n_max": 160,
        "channels": 64,
        "exact": (),
    },
    "paper": {
        "k": (50, 100, 200),
        "at_d": 10,
        "d": (30, 60, 120),
        "at_k": 50,
        "seeds": 3,
        "n_max": 640,
        "channels": 128,
        "exact": (30,),
    },
    "full": {
        "k": (50, 100, 200, 400),
        "at_d": 10,
        "d": (30, 60, 120, 240),
        "at_k": 50,
        "seeds": 10,
        "n_max": 2560,
        "channels": 1024,
        "exact": (30,),
    },
}
THRESHOLDS = (0.5, 1.0, 3.0)
"""Below, at and above the noise, in standard deviations of it."""
AT_START = ({"activation": "relu"}, {"threshold_gradient": "shared"}, {"threshold_gradient": "per_channel"})
"""Kernels without a threshold: ReLU, and LSA at the threshold 0 at which it starts, the threshold trained."""
START_CHANNELS = 64
"""Of the kernels of `AT_START`, whose odd part is linear at any number of channels but for what the gradient
in the threshold adds.
"""
EXACT = {
    "name": "kernel_regression",
    "activation": "lsa",
    "threshold": round(SIGMA * THRESHOLDS[-1], 6),
    "ridge": (1e-3, 1e-1),
}
EXACT_N_MAX = 80
"""The kernel of infinite width takes an integral for every pair of patches: few samples, at few sizes."""
KERNEL_ERROR = ERROR | {"test_size": 1000}


def _settings(preset: str, k: int, d: int) -> list[Setting]:
    """The trained net, LSA kernels with each threshold and, at the common d, those at the start."""
    size = SIZES[preset]
    known = d == size["at_d"]
    few, known_seeds = tuple(range(size["seeds"])), SEEDS[preset]
    lsa = {"threshold_gradient": "shared", "channels": size["channels"]}
    thresholds = [{"threshold": round(SIGMA * b, 6), **lsa} for b in THRESHOLDS]
    # Above the noise, few of the channels hear a signal that is short beside it: there the width is infinite.
    kernels = [(few, options) for options in (thresholds if known else thresholds[:-1])]
    kernels += [(known_seeds, {"channels": START_CHANNELS, **options}) for options in AT_START if known]
    # The trained net's cells at the common d are those of the experiment that it comes from.
    most = LOCAL_SIGNAL[preset]["n_max"]
    learners = [(known_seeds if known else few, most, DESCENT, ERROR)]
    learners += [
        (seeds, size["n_max"], {"name": "channel_regression", **options}, KERNEL_ERROR)
        for seeds, options in kernels
    ]
    if d in size["exact"]:
        learners.append((few, EXACT_N_MAX, EXACT, ERROR | {"test_size": 300}))
    return [
        Setting(
            task="local_signal",
            k=k,
            d=d,
            sigma=SIGMA,
            model="cnn",
            protocol="honest",
            seeds=seeds,
            n_max=n_max,
            learner=learner,
            criterion=criterion,
        )
        for seeds, n_max, learner, criterion in learners
    ]


def _make(preset: str) -> list[Setting]:
    return [setting for k, d in along_both(SIZES[preset]) for setting in _settings(preset, k, d)]


EXPERIMENT = Experiment(
    name="local-signal-kernels",
    title="one noise-free patch amid noise, in the kernel regime",
    question="From how many samples do tangent kernels of the CNN find the signal, at which thresholds?",
    make=_make,
)
