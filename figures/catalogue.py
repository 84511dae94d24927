"""Every figure of the suite, in the order of the report."""

from figures import (
    activations,
    alignment,
    cnn_growth,
    cyclic_pooling,
    equivariance,
    exponents,
    final_bias,
    hierarchical_kernels,
    hierarchical_spectra,
    learning_curves,
    local_signal_training,
    lower_bounds,
    n_star_d,
    n_star_k,
    n_star_sigma,
    one_patch,
    overlapping_patches,
    ratio,
    related_tasks,
    sigma_scaling,
    task_picture,
    two_step,
    two_step_sensitivity,
    width,
)
from figures.spec import FigureSpec

FIGURES: dict[str, FigureSpec] = {
    module.FIGURE.name: module.FIGURE
    for module in (
        task_picture,
        learning_curves,
        n_star_k,
        n_star_d,
        n_star_sigma,
        ratio,
        exponents,
        sigma_scaling,
        activations,
        width,
        one_patch,
        final_bias,
        cnn_growth,
        lower_bounds,
        equivariance,
        two_step,
        two_step_sensitivity,
        alignment,
        related_tasks,
        local_signal_training,
        overlapping_patches,
        hierarchical_kernels,
        hierarchical_spectra,
        cyclic_pooling,
    )
}
"""Figures by name."""
