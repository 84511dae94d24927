"""Figures: the Dynamic Signal Distribution: floors, sweeps, architectures."""
