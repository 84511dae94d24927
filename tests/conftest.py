"""Settings that every test shares."""

import os
from pathlib import Path

# A short training is mostly compilation, so compiled programs are kept between
# test runs. Set before jax is imported; a path already in the environment wins.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parent.parent / ".cache" / "jax-tests")
)
