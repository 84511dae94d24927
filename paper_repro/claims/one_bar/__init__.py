"""Claims: one required cosine at all sizes, under budgets that are meant not to bind."""
