"""Probes: what no learner can do: lower bounds, packings, equivariance."""
