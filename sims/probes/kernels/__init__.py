"""Probes: kernels of wide nets, on DSD and on teachers."""
