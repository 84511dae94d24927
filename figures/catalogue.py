"""Every figure of the suite, in the order of the report."""

from figures.drawing.spec import FigureSpec
from figures.dsd import (
    activations,
    cnn_growth,
    exponents,
    final_bias,
    learning_curves,
    n_star_d,
    n_star_k,
    n_star_sigma,
    one_patch,
    ratio,
    sigma_scaling,
    task_picture,
    test_error,
    width,
)
from figures.kernels import (
    cyclic_pooling,
    hierarchical_kernels,
    hierarchical_spectra,
    kernel_convergence,
    kernel_exponents,
    kernel_learning_curves,
    kernel_movement,
    kernels,
    lazy_rich,
    local_signal_kernel_curves,
    local_signal_kernels,
    overlapping_patches,
)
from figures.limits import equivariance, lower_bounds
from figures.related import local_signal_training, related_tasks
from figures.shortcut import (
    shortcut_bias,
    shortcut_factors,
    shortcut_images,
    shortcut_modes,
    shortcut_paired,
    shortcut_patches,
    shortcut_pictures,
    shortcut_samples,
    shortcut_theory,
)
from figures.two_step import alignment, two_step, two_step_road, two_step_sensitivity

FIGURES: dict[str, FigureSpec] = {
    module.FIGURE.name: module.FIGURE
    for module in (
        task_picture,
        learning_curves,
        test_error,
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
        two_step_road,
        two_step,
        two_step_sensitivity,
        alignment,
        related_tasks,
        local_signal_training,
        overlapping_patches,
        hierarchical_kernels,
        hierarchical_spectra,
        cyclic_pooling,
        kernels,
        kernel_exponents,
        kernel_learning_curves,
        kernel_convergence,
        kernel_movement,
        lazy_rich,
        local_signal_kernels,
        local_signal_kernel_curves,
        shortcut_bias,
        shortcut_paired,
        shortcut_factors,
        shortcut_theory,
        shortcut_modes,
        shortcut_patches,
        shortcut_samples,
        shortcut_pictures,
        shortcut_images,
    )
}
"""Figures by name."""
