"""Probes: named quantities that are measured, beside n*. A new one is a file in the folder of its family."""
