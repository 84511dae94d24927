"""Experiments: what no learner can do: lower bounds, packings, equivariance."""

ORDER = (
    "limits",
    "bounds",
    "oracles",
    "divergence",
    "packings",
    "equivariance",
)
