"""Experiments: half-spaces."""
