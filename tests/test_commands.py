"""Fifty command lines at random; `python -m tests.commands` calls as many as it is asked to."""

import json

import pytest

from tests.called import Call, call
from tests.commands import drawing

LIGHT = {"measure": 30.0, "bias": 3, "list": 1, "status": 1, "fit": 1, "report": 0.3}
"""What takes a moment; the rest is for the long run."""


def test_fifty_commands_end_in_a_result_or_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with drawing(tmp_path) as draw:
        made = [call(draw(seed, LIGHT)) for seed in range(50)]
    assert [(" ".join(one.argv), one.complaint) for one in made if one.complaint] == []
    assert {one.status for one in made} >= {0, 2}
    assert sum(one.status == 0 for one in made) >= 10


@pytest.mark.parametrize(
    "planted",
    [
        {"raised": "Traceback"},
        {"warned": ["numpy: overflow"]},
        {"err": "nstar measure: failed: cell: ValueError: shapes\n", "status": 1},
        {"err": "nstar measure: failed: cell: jax.errors.JaxRuntimeError: INTERNAL\n", "status": 1},
        {"err": "a library's chatter\n"},
        {"status": 3, "err": "nstar measure: error: k\n"},
        {"status": 2, "err": "nstar measure: error: k\nnstar measure: error: d\n", "out": ""},
        {"status": 2, "err": "nstar measure: error: k\n", "out": "half a result"},
        {"status": 1, "err": ""},
        {"out": ""},
        {"argv": ["list", "--json"], "out": '{"risk": NaN}'},
    ],
)
def test_what_a_command_may_not_do_is_found(planted):
    fine = {"argv": ["list"], "status": 0, "out": json.dumps([1]), "err": "", "raised": "", "warned": []}
    assert not Call(**fine).complaint
    assert Call(**{**fine, **planted}).complaint
