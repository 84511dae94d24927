"""Experiments: questions and the cells that answer them. A new one is a file here and a line below."""

from sims.experiments import (
    activations,
    alignment,
    architectures,
    bounds,
    cnn_growth,
    curves,
    divergence,
    equivariance,
    final_bias,
    hierarchical_kernels,
    limits,
    local_signal,
    local_signal_training,
    one_patch,
    oracles,
    overlapping_patches,
    packings,
    quadratics,
    sigma,
    sigma_scaling,
    sweeps,
    textures,
    two_step,
    two_step_sensitivity,
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
        two_step,
        two_step_sensitivity,
        alignment,
        quadratics,
        textures,
        local_signal,
        local_signal_training,
        overlapping_patches,
        hierarchical_kernels,
    )
}

__all__ = ["EXPERIMENTS", "PRESETS", "Experiment", "ProbeSetting", "Setting"]
