"""Fixtures of the simulation tests."""

import itertools

import jax
import pytest


@pytest.fixture
def getkey():
    """A function that gives a new, reproducible key at every call."""
    counter = itertools.count()
    return lambda: jax.random.fold_in(jax.random.key(5678), next(counter))


@pytest.fixture
def unrolled_blocks(monkeypatch):
    """Small images packed as large ones are: few blocks are arrays of their own."""
    monkeypatch.setattr("sims.samples.layout.SMALL_IMAGE", 0)


@pytest.fixture
def little_optimisation():
    """Programs that run once or twice spend most of their time in the compiler. None of them is left to other
    tests, whose numbers would be rounded otherwise.
    """
    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)
    jax.clear_caches()
