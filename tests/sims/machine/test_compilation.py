"""Compiled programs: dropped before the process runs out of memory mappings."""

import jax
import jax.numpy as jnp
import pytest

from sims.machine import compilation


@pytest.mark.parametrize("reason", ["mappings", "programs"])
def test_programs_are_dropped_only_when_there_are_many(monkeypatch, reason):
    doubled = jax.jit(lambda x: 2 * x)
    assert doubled(jnp.ones(3)).tolist() == [2, 2, 2]
    monkeypatch.setattr(compilation, "MOST_MAPPINGS", 10**9)
    count = compilation.drop_programs_if_many(10**9)
    assert count >= 1
    assert doubled._cache_size() == 1
    monkeypatch.setattr(compilation, "MOST_MAPPINGS", 1 if reason == "mappings" else 10**9)
    assert compilation.drop_programs_if_many(1 if reason == "programs" else 10**9) == count
    assert doubled._cache_size() == 0
    assert compilation.compiled_programs() < count
    assert doubled(jnp.ones(3)).tolist() == [2, 2, 2]
