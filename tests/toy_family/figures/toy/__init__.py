"""Figures: half-spaces."""
