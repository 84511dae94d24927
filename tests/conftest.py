"""Settings that every test shares."""

import os
from pathlib import Path

# Read by jax when it is first imported; what is already in the environment wins.
# A short training is mostly compilation, so compiled programs are kept between test runs.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parent.parent / ".cache" / "jax-tests")
)
# Shapes of different rank must not meet by accident: (n,) against (n, 1) is an (n, n) nobody asked for.
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
