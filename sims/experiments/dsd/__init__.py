"""Experiments: the Dynamic Signal Distribution: floors, sweeps, architectures."""
