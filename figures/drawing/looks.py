"""Looks: the colour, marker and name that a model keeps in every figure; a family's are in its ``looks.py``.

The colours are Okabe and Ito's palette, which readers with any common colour-vision deficiency can tell
apart; markers and line styles repeat what colour says, so that the figures also survive a grey printer.
"""

import dataclasses
import hashlib
import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

from sims.pieces.listing import inside

COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A6D00", "#444444")
MARKERS = ("s", "o", "^", "D", "v", "P", "X")
"""What models without a look of their own take, by a hash of their name."""


@dataclasses.dataclass(frozen=True)
class Look:
    """How a model is drawn. name: in legends and titles; late: whether legends list it after the others."""

    colour: str
    marker: str
    name: str
    late: bool = False


_LOOKS: dict[str, Look] = {}


def look(model: str, colour: str, marker: str, name: str, *, late: bool = False) -> None:
    """Give a model its look. Raises `ValueError` if it has one."""
    if model in _LOOKS:
        raise ValueError(f"{model} has a look already: {_LOOKS[model]}")
    _LOOKS[model] = Look(colour, marker, name, late)


def look_of(model: str) -> Look:
    """The model's look; of a model without one, such as a user's own, always the same by its name."""
    _load()
    if model in _LOOKS:
        return _LOOKS[model]
    number = int.from_bytes(hashlib.sha256(model.encode()).digest()[:8], "big")
    marker = MARKERS[number // len(COLOURS) % len(MARKERS)]
    return Look(COLOURS[number % len(COLOURS)], marker, model)


def place_of(model: str) -> int:
    """The model's place in legends: by the order of looks, a model without one at the end."""
    _load()
    order = sorted(_LOOKS, key=lambda name: _LOOKS[name].late)
    return order.index(model) if model in _LOOKS else len(order)


@contextmanager
def told_apart(models: Iterable[str]) -> Iterator[None]:
    """Inside, those of the models that have no look of their own have different ones, in their order: colours
    that no other of the models has, as far as there are any.
    """
    _load()
    named = list(dict.fromkeys(models))
    own = [model for model in named if model not in _LOOKS]
    taken = {_LOOKS[model].colour for model in named if model in _LOOKS}
    free = [colour for colour in COLOURS if colour not in taken] or list(COLOURS)
    _LOOKS.update(
        {
            model: Look(free[place % len(free)], MARKERS[place % len(MARKERS)], model)
            for place, model in enumerate(own)
        }
    )
    try:
        yield
    finally:
        for model in own:
            del _LOOKS[model]


@cache
def _load() -> None:
    for family, is_package in inside(importlib.import_module("figures")):
        name = f"figures.{family}.looks"
        if is_package and family != "drawing" and importlib.util.find_spec(name):
            importlib.import_module(name)


look("fcn", "#D55E00", "s", "FCN")
look("lcn", "#0072B2", "o", "LCN")
look("cnn", "#009E73", "^", "CNN")
look("linear", "#CC79A7", "D", "linear")
look("oracle", "#E69F00", "o", "LSA oracle")
look("bayes", "#000000", "o", "Bayes")
look("ratio", "#444444", "o", "LCN / CNN")
