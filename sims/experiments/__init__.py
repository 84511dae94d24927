"""Experiments: questions and the cells that answer them. A new one is a file here and a line below."""

from sims.experiments import (
    activations,
    architectures,
    bounds,
    cnn_growth,
    curves,
    divergence,
    equivariance,
    final_bias,
    limits,
    one_patch,
    oracles,
    packings,
    sigma,
    sigma_scaling,
    sweeps,
    width,
)
from sims.experiments.experiment import PRESETS, Experiment
from sims.experiments.setting import ProbeSetting, Setting

EXPERIMENTS: dict[str, Experiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        sweeps,
        architectures,
        sigma,
        sigma_scaling,
        activations,
        width,
        one_patch,
        curves,
        final_bias,
        cnn_growth,
        limits,
        bounds,
        oracles,
        divergence,
        packings,
        equivariance,
    )
}

__all__ = ["EXPERIMENTS", "PRESETS", "Experiment", "ProbeSetting", "Setting"]
