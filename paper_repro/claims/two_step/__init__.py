"""Claims: the two-step algorithm of the upper bounds."""

ORDER = ("lahoti2024_two_step",)
