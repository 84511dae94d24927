"""Provenance: which software and which device made a result."""

import importlib.metadata
import os
import platform
from functools import cache
from typing import Any

from sims.pieces.errors import require
from sims.pieces.outside import identities


def versions() -> dict[str, str]:
    """Versions of Python, of the libraries that compute, and of nstar ("source tree" if not installed); and
    who the modules are that came from outside.
    """
    return {**_own_versions(), **identities()}


@cache
def _own_versions() -> dict[str, str]:
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
    used = default_device()
    if used.platform == "cpu":
        return f"cpu ({platform.machine()}, {os.cpu_count()} cores)"
    return f"{used.platform} ({used.device_kind})"


def default_device() -> Any:
    """Where jax puts arrays: its first device, or what ``jax_default_device`` names."""
    import jax.numpy as jnp

    (used,) = jnp.zeros(()).devices()
    return used


def require_accelerator(option: str, value: Any) -> None:
    """Raise `InputError` for an option that asks for accelerators where jax has none to compute on."""
    require(
        default_device().platform != "cpu", option, value, "accelerators that jax finds; it finds a CPU only"
    )
