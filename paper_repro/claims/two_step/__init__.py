"""Claims: the two-step algorithm of the upper bounds."""
