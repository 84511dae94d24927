"""n* of kernel regression on DSD, predicted from the kernels' spectra alone."""

from sims.experiments.experiment import Experiment
from sims.experiments.kernels import kernels
from sims.experiments.setting import ProbeSetting


def _make(preset: str) -> list[ProbeSetting]:
    return [
        ProbeSetting(
            "kernel_sample_complexity",
            {
                "arch": arch,
                "k": k,
                "d": d,
                "sigma": kernels.SIGMA,
                "activation": kernels.ACTIVATION,
                "floor": "oracle",
                "tolerance": kernels.TOLERANCE,
                "inputs": kernels.SIZES[preset]["inputs"],
            },
        )
        for arch in kernels.ARCHITECTURES
        for k, d in kernels.places(preset)
    ]


EXPERIMENT = Experiment(
    name="kernel-predictions",
    title="predicted n* of kernels",
    question="Which n* do the spectra of the FCN, LCN and CNN kernels predict on DSD?",
    make=_make,
)
