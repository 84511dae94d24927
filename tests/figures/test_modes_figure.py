"""The figure of modes: every series in its panel, with the closed form beside the linear kernel."""

import math

import pytest

from figures.drawing.marks import of
from figures.shortcut import shortcut_modes
from tests.figures import synthetic_modes as synthetic


def test_every_panel_has_its_series():
    content = shortcut_modes.content(synthetic.shortcut_modes())
    found = {panel.key: of(content.marks, panel=panel.key, kind="estimate") for panel in content.panels}
    assert {key: len(marks) for key, marks in found.items()} == {
        "eigenvalues": 18,  # three kernels, two modes, three ratios
        "top": 9,
        "time": 9,
        "after": 15,  # with the net and Bayes
        "noise": 15,
        "conflicting": 15,
    }
    assert {mark.x for mark in found["noise"]} == {0.1, math.sqrt(0.1), 0.5}
    assert {mark.x for mark in found["time"]} == set(synthetic.TIMES)
    after = {(mark.model, mark.variant, mark.x): mark.y for mark in found["after"]}
    linear = after["linear", "", 2.0]
    for kind, factor in synthetic.FACTORS.items():
        model, variant = shortcut_modes.LEARNT[kind]
        # A kernel's share at the last time, e^-32 above the final one.
        assert linear is not None
        assert after[model, variant, 2.0] == pytest.approx(factor * linear)


def test_derived_lines_are_predictions_of_the_linear_kernel_alone():
    content = shortcut_modes.content(synthetic.shortcut_modes())
    lines = [mark for mark in content.marks if mark.kind == "line"]
    assert {(mark.model, mark.source) for mark in lines} == {("linear", "derived")}
    top = [(mark.x, mark.y) for mark in lines if mark.panel == "top"]
    assert top == [(0.5, pytest.approx(1 / 3)), (1.0, pytest.approx(0.5)), (2.0, pytest.approx(2 / 3))]
    assert [mark.y for mark in of(content.marks, kind="level")] == [0.5]
