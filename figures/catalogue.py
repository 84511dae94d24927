"""Every figure of the suite, in the order of the report."""

from figures import (
    activations,
    exponents,
    learning_curves,
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
    )
}
"""Figures by name."""
