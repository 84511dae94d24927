"""Settings that every test shares."""

import os
from pathlib import Path

# A short training is mostly compilation: compiled programs outlive a test run and are shared by its processes.
# Set before jax is imported; a path already in the environment wins.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parent.parent / ".cache" / "jax-tests")
)
