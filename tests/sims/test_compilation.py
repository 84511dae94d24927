"""Compiled programs: dropped before the process runs out of memory mappings."""

import jax
import jax.numpy as jnp

from sims import compilation


def test_programs_are_dropped_only_when_there_are_many(monkeypatch):
    doubled = jax.jit(lambda x: 2 * x)
    assert doubled(jnp.ones(3)).tolist() == [2, 2, 2]
    monkeypatch.setattr(compilation, "MOST_MAPPINGS", 10**9)
    assert not compilation.drop_programs_if_many()
    assert doubled._cache_size() == 1
    monkeypatch.setattr(compilation, "MOST_MAPPINGS", 1)
    assert compilation.drop_programs_if_many()
    assert doubled._cache_size() == 0
    assert doubled(jnp.ones(3)).tolist() == [2, 2, 2]
