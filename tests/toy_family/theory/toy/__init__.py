"""Theory of a half-space: what no learner goes below."""
