"""Claims: what no learner can do: lower bounds, packings, equivariance."""

ORDER = (
    "lahoti2024_machinery",
    "lahoti2024_theorems",
)
