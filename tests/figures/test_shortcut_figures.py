"""Figures on shortcut features: every cell and probe is there, in its place and with its value."""

import math

import numpy as np
import pytest

from figures import shortcut_bias, shortcut_factors, shortcut_patches
from figures.marks import of
from tests.figures import synthetic_shortcut as synthetic


def test_the_heat_map_has_every_cell_with_its_value():
    content = shortcut_bias.content(synthetic.shortcut_bias())
    cells = {(mark.x, mark.y): mark for mark in of(content.marks, panel="bias")}
    assert len(cells) == 9
    assert shortcut_bias.middle(cells[64.0, 0.9]) == pytest.approx(0.6)
    assert shortcut_bias.middle(cells[1.0, 0.7]) == pytest.approx(0.0)
    # Student's t with four degrees of freedom.
    assert cells[8.0, 0.8].high - cells[8.0, 0.8].low == pytest.approx(2 * 2.776 * 0.02, rel=1e-3)
    figure = shortcut_bias.draw(content)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "0.60\n±0.06" in words
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["1", "8", "64"]


def test_surfaces_lie_with_the_shortcut_across_and_the_core_upwards():
    content = shortcut_bias.content(synthetic.shortcut_bias())
    for panel, coordinate in (("surface", "x"), ("surface_lda", "y")):
        marks = of(content.marks, panel=panel)
        assert len(marks) == synthetic.SIDE**2
        for mark in marks:
            assert mark.high == math.copysign(1, getattr(mark, coordinate))
    surfaces = [axes for axes in shortcut_bias.draw(content).axes if "decisions" in axes.get_title("left")]
    meshes = [np.reshape(axes.collections[0].get_array(), (6, 6)) for axes in surfaces]
    assert np.all(meshes[0][:, 0] == -1)
    assert np.all(meshes[0][:, -1] == 1)
    assert np.all(meshes[1][0] == -1)
    assert np.all(meshes[1][-1] == 1)


def test_factors_have_their_panels():
    content = shortcut_factors.content(synthetic.shortcut_factors())
    found = {panel.key: of(content.marks, panel=panel.key, kind="estimate") for panel in content.panels}
    assert {key: len(marks) for key, marks in found.items()} == {
        "activation": 6,
        "depth": 4,
        "nesting": 8,
        "kernel": 4,
    }
    assert {mark.model for mark in found["activation"]} == {"mlp_linear", "mlp_relu", "mlp_tanh"}
    assert max(mark.y for mark in found["activation"]) < 1  # those at the other rate are left out
    nested = {(mark.model, mark.variant, mark.x): mark.y for mark in found["nesting"]}
    assert nested["lda", "core nested", 2] == pytest.approx(-0.8)
    assert nested["lda", "shortcut nested", 2] == pytest.approx(-0.4)
    assert nested["mlp_relu", "core nested", 2] == nested["mlp_relu", "shortcut nested", 0] == -0.6
    kernels = {mark.model: mark.y for mark in found["kernel"] if mark.x == 64}
    assert kernels["ntk_relu"] == pytest.approx(kernels["mlp_relu"] / 3)


def test_patches_have_a_panel_for_each_placement_and_the_ratio_across():
    content = shortcut_patches.content(synthetic.shortcut_patches())
    for panel in ("patch", "all"):
        marks = of(content.marks, panel=panel, kind="estimate")
        assert sorted((mark.series, mark.x) for mark in marks) == [
            (model, ratio) for model in ("cnn", "fcn", "lcn") for ratio in (0.5, 1.0, 2.0)
        ]
        found = {(mark.series, mark.x): mark.y for mark in marks}
        assert found["fcn", 2.0] > 2 * found["lcn", 2.0] > 4 * found["cnn", 2.0]
