"""Settings that every test shares."""

import os
from pathlib import Path

import pytest

# Read by jax when it is first imported; what is already in the environment wins.
# A short training is mostly compilation, so compiled programs are kept between test runs.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).resolve().parent.parent / ".cache" / "jax-tests")
)
# All of them: the small ones take as long together as the large ones, and the processes share them.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
# Half of a short training is compiling, which these more than halve; what that does to numbers is held by
# tests/sims/machine/test_compiled.py. What is set already is taken in place of them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=1 --xla_cpu_use_fusion_emitters=false")
# Shapes of different rank must not meet by accident: (n,) against (n, 1) is an (n, n) nobody asked for.
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test begins first: begun last, it would leave the other processes without work."""
    items.sort(key=lambda item: "fifty_commands" not in item.name)
