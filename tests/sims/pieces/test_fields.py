"""Ranges declared on fields: what they allow and say, and that a piece is held to them where it is made."""

import dataclasses
import math
from typing import Annotated

import pytest

from sims.pieces.errors import InputError
from sims.pieces.fields import Checked, Number, OneOf, Range, Whole, same_fields

NO_NUMBERS = (True, False, None, "1", math.nan, math.inf, -math.inf, (1,))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Net(Checked):
    width: Annotated[int, Whole(1, 8)]
    gain: Annotated[float | None, Number(above=0)] = None
    activation: Annotated[str, OneOf(("relu", "tanh"))] = "relu"
    bias: bool = False
    note: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deep(Net):
    depth: Annotated[int, Whole(2)] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.depth > self.width:
            raise InputError("depth", self.depth, "at most the width")


@pytest.mark.parametrize(
    ("allowed", "words", "inside", "outside"),
    [
        (Whole(1), "an integer >= 1", (1, 10**9), (0, -1, 1.0, *NO_NUMBERS)),
        (Whole(0, 3), "an integer >= 0 and <= 3", (0, 3), (-1, 4, *NO_NUMBERS)),
        (Number(above=0), "a number > 0", (1e-300, 1), (0, -1.0, *NO_NUMBERS)),
        (Number(least=0), "a number >= 0", (0, 0.0, 2.5), (-1e-9, *NO_NUMBERS)),
        (Number(least=0.5, most=1), "a number from 0.5 to 1", (0.5, 1), (0.4, 1.1, *NO_NUMBERS)),
        (Number(above=-1, below=1), "a number > -1 and < 1", (0, 0.9), (-1, 1, *NO_NUMBERS)),
        (Number(above=0, most=1), "a number > 0 and <= 1", (0.1, 1), (0, 1.1, *NO_NUMBERS)),
        (OneOf({"ntk": 1, "nngp": 2}), "ntk, nngp", ("ntk", "nngp"), ("", "x", *NO_NUMBERS)),
    ],
)
def test_a_range_allows_what_its_words_say(allowed: Range, words, inside, outside):
    assert str(allowed) == words
    assert all(allowed.allows(value) for value in inside)
    assert not [value for value in outside if allowed.allows(value)]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("width", 0, "width: got 0; allowed: an integer >= 1 and <= 8"),
        ("width", True, "width: got True; allowed: an integer >= 1 and <= 8"),
        ("width", None, "width: none given; allowed: an integer >= 1 and <= 8"),
        ("gain", 0.0, "gain: got 0.0; allowed: a number > 0, or none"),
        ("activation", "erf", "activation: got 'erf'; allowed: relu, tanh"),
        ("bias", 1, "bias: got 1; allowed: true or false"),
    ],
)
def test_a_piece_is_held_to_its_ranges_where_it_is_made(field, value, said):
    for cls in (Net, Deep):
        with pytest.raises(InputError) as refused:
            cls(**{"width": 4, field: value})
        assert str(refused.value) == said


def test_what_is_in_range_is_kept_as_it_was_given():
    made = Net(width=8, gain=2, bias=True, note="anything")
    assert dataclasses.astuple(made) == (8, 2, "relu", True, "anything")
    assert Net(width=1).gain is None


def test_a_subclass_checks_its_own_after_the_ranges():
    with pytest.raises(InputError, match=r"^depth: got 1; allowed: an integer >= 2"):
        Deep(width=1, depth=1)
    with pytest.raises(InputError, match=r"^depth: got 3; allowed: at most the width"):
        Deep(width=2, depth=3)


def test_the_fields_that_another_class_has_too_are_taken_from_a_piece():
    assert same_fields(Deep(width=3, gain=0.5), Net) == {
        "width": 3,
        "gain": 0.5,
        "activation": "relu",
        "bias": False,
        "note": "",
    }
    assert Deep(**same_fields(Net(width=5), Deep)) == Deep(width=5)
