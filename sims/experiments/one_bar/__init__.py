"""Experiments: one required cosine at all sizes, under budgets that are meant not to bind."""

ORDER = (
    "sweeps_cosine_6",
    "sweeps_cosine_8",
    "architectures_cosine_8",
    "sigma_cosine_8",
    "fcn_recipes",
    "budgets",
    "rates",
    "wide_grid",
    "cross_validation",
)
