"""Provenance: which software and which device made a result."""

import importlib.metadata
import os
import platform
from functools import cache


@cache
def versions() -> dict[str, str]:
    """Versions of Python, of the libraries that compute, and of nstar ("source tree" if not installed)."""
    found = {"python": platform.python_version()}
    for name in ("jax", "jaxlib", "numpy", "optax", "scipy"):
        found[name] = importlib.metadata.version(name)
    try:
        found["nstar"] = importlib.metadata.version("nstar")
    except importlib.metadata.PackageNotFoundError:
        found["nstar"] = "source tree"
    return found


@cache
def device() -> str:
    """The device that trainings run on, e.g. ``cpu (x86_64, 2 cores)`` or ``gpu (NVIDIA H100)``."""
    import jax

    first = jax.devices()[0]
    if first.platform == "cpu":
        return f"cpu ({platform.machine()}, {os.cpu_count()} cores)"
    return f"{first.platform} ({first.device_kind})"
