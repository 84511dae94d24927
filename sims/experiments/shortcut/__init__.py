"""Experiments: shortcut features."""
