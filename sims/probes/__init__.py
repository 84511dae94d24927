"""Probes: measurements of named quantities, beside n*. A new probe is one file here and one import below."""

from sims.probes.base import Probe, Quantity, jax_key, numpy_generator
from sims.probes.cell import ProbeCell, ProbeResult, measure_probe
from sims.probes.local_signal_training import LocalSignalTraining

__all__ = [
    "LocalSignalTraining",
    "Probe",
    "ProbeCell",
    "ProbeResult",
    "Quantity",
    "jax_key",
    "measure_probe",
    "numpy_generator",
]
