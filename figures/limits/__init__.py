"""Figures: what no learner can do: lower bounds, packings, equivariance."""

ORDER = (
    "lower_bounds",
    "equivariance",
)
