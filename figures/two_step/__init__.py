"""Figures: the two-step algorithm of the upper bounds."""

ORDER = (
    "two_step_road",
    "two_step",
    "two_step_sensitivity",
    "alignment",
)
