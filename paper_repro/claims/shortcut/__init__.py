"""Claims: shortcut features."""

ORDER = (
    "hermann2024",
    "hermann2024_extended",
    "hermann2024_theory",
    "lim2025",
)
