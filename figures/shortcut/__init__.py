"""Figures: shortcut features."""
