"""Shortcut learning: the optimal classifier, kernel theory of its bias, and eigenmodes of clustered data."""

from theory.shortcut.modes import Mode, clustered_modes
from theory.shortcut.optimal import (
    Optimum,
    Reliance,
    class_mean,
    optimal_reliance,
    optimal_risk,
    reliance_of_weights,
)
from theory.shortcut.predictions import (
    ANGULAR_FUNCTIONS,
    LeadingTerm,
    availability_derivatives,
    first_nonzero_order,
    leading_term,
    prediction_alignment,
)
from theory.shortcut.sensitivity import (
    FIRST_ORDER,
    differences,
    limit_operator,
    printed_difference,
    printed_eigenfunctions,
    printed_eigenvalues,
    printed_kernel,
)
from theory.shortcut.small_covariance import rotation_kernel, small_covariance_reliance

__all__ = [
    "ANGULAR_FUNCTIONS",
    "FIRST_ORDER",
    "LeadingTerm",
    "Mode",
    "Optimum",
    "Reliance",
    "availability_derivatives",
    "class_mean",
    "clustered_modes",
    "differences",
    "first_nonzero_order",
    "leading_term",
    "limit_operator",
    "optimal_reliance",
    "optimal_risk",
    "prediction_alignment",
    "printed_difference",
    "printed_eigenfunctions",
    "printed_eigenvalues",
    "printed_kernel",
    "reliance_of_weights",
    "rotation_kernel",
    "small_covariance_reliance",
]
