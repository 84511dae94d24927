"""Sweeps: what a store lacks is computed, wherever; progress, interrupts and executors."""

from sims.sweep.run import SweepReport, is_finished, sweep
