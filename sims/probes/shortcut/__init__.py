"""Probes: shortcut features."""
