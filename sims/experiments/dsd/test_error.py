"""The paper's test-error experiment: CNN, LCN and FCN at a list of n for every pair of k and d."""

from sims.experiments.experiment import Experiment
from sims.experiments.presets import seeds_of
from sims.experiments.setting import Options, Setting

# Test error under the paper's protocol, every pair of k and d (Lahoti et al. 2024, appendix "Experiments",
# "Test Error Experiments"). full: also where the paper's line for the FCN is extrapolated to.
TEST_ERROR = {
    "quick": {"k": (8, 12), "d": (8,), "ns": (10, 50, 250)},
    "paper": {"k": (10, 20), "d": (10, 20), "ns": (10, 50, 100, 250, 500)},
    "full": {
        "k": (10, 20),
        "d": (10, 20),
        "ns": (10, 15, 25, 50, 100, 250, 500, 1000, 2500, 5000),
    },
}


COMMON_START: Options = {
    "lr_w": (0.1, 0.01, 0.001),
    "lr_b": (0.01, 0.001, 0.0001),
    "steps": 1200,
    "init_std": 1e-3,
    "init_bias": (0.0,),
}
"""The paper's rates for every net, and the start near zero that the suite gives LCN and CNN; the paper states
no start."""


def _make(preset: str) -> list[Setting]:
    size = TEST_ERROR[preset]
    # The FCN twice: as the other two, and from the start that the suite's protocols give it.
    nets: tuple[tuple[str, Options], ...] = (
        ("cnn", COMMON_START),
        ("lcn", COMMON_START),
        ("fcn", COMMON_START),
        ("fcn", {}),
    )
    return [
        Setting(
            k=k,
            d=d,
            sigma=0.1,
            model=model,
            protocol="lahoti",
            seeds=seeds_of(model, preset),
            ns=size["ns"],
            learner=learner,
            # The protocol's own criterion ends training at the target, so that no curve would fall below it.
            criterion={"name": "lowest_test_error"},
        )
        for k in size["k"]
        for d in size["d"]
        for model, learner in nets
    ]


EXPERIMENT = Experiment(
    name="test-error",
    title="test error against n, the three nets",
    question="How does the test error of CNN, LCN and FCN fall with n under the paper's protocol?",
    make=_make,
)
