"""Claims: the Dynamic Signal Distribution: floors, sweeps, architectures."""

ORDER = (
    "lahoti2024",
    "lahoti2024_test_error",
    "lahoti2024_growth",
    "lahoti2024_reviews",
)
