"""Every figure of the suite, in the order of the report."""

from figures import (
    activations,
    cnn_growth,
    equivariance,
    exponents,
    final_bias,
    learning_curves,
    lower_bounds,
    n_star_d,
    n_star_k,
    n_star_sigma,
    one_patch,
    ratio,
    sigma_scaling,
    task_picture,
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
    )
}
"""Figures by name."""
