"""The digest of code of a user's own has all that the code names."""

import functools
import json
import logging
import sys
import threading
import types

import jax
import numpy as np
import pandas
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from sims.pieces import objects
from sims.pieces.errors import InputError


def function_of(scale):
    return lambda x, y, test, seed: scale * test[:, 0]


def wrapped(scale):
    @functools.lru_cache
    def inner(x):
        return scale * x

    return inner


def helping(size):
    module = types.ModuleType("helping_module")
    space = {"__name__": "__main__"}
    exec(f"def given(x): return {size} * x", space)
    module.given = space["given"]
    return module


class Holder:
    """An object of a user's own in a module."""

    def __init__(self, size):
        self.size = size


@pytest.mark.parametrize(
    "of",
    [
        lambda size: SVC(C=size),
        lambda size: SVC(C=size).fit([[0.0], [size]], [0, 1]),
        lambda size: SVC if size > 1.7 else LogisticRegression,
        lambda size: jax.numpy.full(3, size),
        lambda size: np.full(3, size),
        lambda size: {1, size},
        lambda size: {1: size},
        lambda size: functools.partial(np.add, size),
        lambda size: jax.jit(function_of(size)),
        lambda size: wrapped(size),
        lambda size: [function_of(size)],
        lambda size: Holder(size),
        lambda size: np.sin if size > 1.7 else np.cos,
        lambda size: jax.nn.relu if size > 1.7 else jax.nn.gelu,
        lambda size: pandas.DataFrame({"a": [size, 1.0]}),
        lambda size: pandas.DataFrame({f"a{size}": ["x", "y"]}),
        lambda size: helping(size),
        lambda size: float(size),
    ],
)
def test_whatever_a_function_names_in_its_module_is_part_of_it(of):
    text = "def draw(rng, n): return GIVEN.given(n) if n else GIVEN"

    def code(size):
        space = {"__name__": "__main__", "GIVEN": of(size)}
        exec(text, space)
        return objects.fields_of(space["draw"])["code"]

    assert code(1.5) == code(1.5) != code(2)
    assert code(2) == code(2)


def test_what_does_not_say_what_it_is_asks_for_a_name_and_what_computes_nothing_does_not():
    def draw(given):
        space = {"__name__": "__main__", "GIVEN": given}
        exec("def draw(rng, n): return GIVEN", space)
        return space["draw"]

    with pytest.raises(InputError, match="GIVEN is a Generator"):
        objects.fields_of(draw(np.random.default_rng(0)))
    for given in (threading.Lock(), logging.getLogger("here"), sys.stderr, np, json):
        assert objects.fields_of(draw(given))["code"]


@pytest.mark.parametrize(
    "line",
    [
        "@functools.cached_property\n    def more(self): return {}",
        "@property\n    def more(self): return {}",
        "@functools.lru_cache\n    def more(self): return {}",
        "more = functools.partialmethod(fit, {})",
        "inner = SVC(C={})",
    ],
)
def test_every_member_of_a_class_is_part_of_it(line):
    def code(number):
        space = {"__name__": "__main__", "functools": functools, "SVC": SVC}
        text = "class Own:\n    def fit(self, x, y): pass\n    def predict(self, x): return x\n    "
        exec(text + line.format(number), space)
        return objects.fields_of(space["Own"])["code"]

    assert code(1) == code(1) != code(2)
