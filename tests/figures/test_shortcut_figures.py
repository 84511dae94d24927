"""Figures on shortcut features: every cell and probe is there, in its place and with its value."""

import math

import jax
import numpy as np
import pytest

from figures.drawing.marks import of
from figures.shortcut import (
    shortcut_bias,
    shortcut_factors,
    shortcut_images,
    shortcut_paired,
    shortcut_patches,
    shortcut_pictures,
    shortcut_samples,
    shortcut_theory,
)
from sims.tasks import Digits
from tests.figures import synthetic_shortcut as synthetic


def test_the_heat_map_has_every_cell_with_its_value():
    content = shortcut_bias.content(synthetic.shortcut_bias())
    cells = {(mark.x, float(mark.variant)): mark for mark in of(content.marks, panel="bias")}
    assert len(cells) == 9
    assert cells[64.0, 0.9].y == pytest.approx(0.6)
    assert cells[1.0, 0.7].y == pytest.approx(0.0)
    # Student's t with four degrees of freedom.
    assert cells[8.0, 0.8].high - cells[8.0, 0.8].low == pytest.approx(2 * 2.776 * 0.02, rel=1e-3)
    figure = shortcut_bias.draw(content)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert "0.60\n[0.54, 0.66]" in words
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
        "depth": 8,
        "nesting": 12,
        "kernel": 4,
    }
    assert {mark.model for mark in found["activation"]} == {"mlp_linear", "mlp_relu", "mlp_tanh"}
    assert max(mark.y for mark in found["activation"]) < 1  # those at the other rate are left out
    nested = {(mark.model, mark.variant, mark.x): mark.y for mark in found["nesting"]}
    assert nested["lda", "core nested", 2] == pytest.approx(-0.8)
    assert nested["lda", "shortcut nested", 2] == pytest.approx(-0.4)
    assert nested["latent_lda", "core nested", 2] == pytest.approx(-0.65)
    deep = {(mark.variant, mark.x): mark.y for mark in found["depth"]}
    assert deep["width 512", 4] == pytest.approx(0.4)
    assert nested["mlp_relu", "core nested", 2] == nested["mlp_relu", "shortcut nested", 0] == -0.6
    kernels = {mark.model: mark.y for mark in found["kernel"] if mark.x == 64}
    assert kernels["ntk_relu"] == pytest.approx(kernels["mlp_relu"] / 3)


def test_paired_activations_have_a_panel_for_each_predictivity():
    content = shortcut_paired.content(synthetic.shortcut_paired())
    assert [panel.title for panel in content.panels] == ["ρ_s = 0.8", "ρ_s = 0.9"]
    found = {(m.model, m.variant, m.x): m.y for m in of(content.marks, panel="0.9", kind="estimate")}
    assert found["mlp_tanh", "", 64.0] == pytest.approx(0.24)
    assert found["mlp_relu", "two layers", 32.0] == pytest.approx(0.2)
    assert found["mlp_linear", "two layers", 32.0] == 0
    assert len(found) == 9
    assert len(of(content.marks, panel="0.8", kind="estimate")) == 6


def test_patches_have_a_panel_for_each_placement_and_the_ratio_across():
    content = shortcut_patches.content(synthetic.shortcut_patches())
    for panel in ("patch", "all"):
        marks = of(content.marks, panel=panel, kind="estimate")
        assert sorted((mark.series, mark.x) for mark in marks) == [
            (model, ratio) for model in ("cnn", "fcn", "lcn") for ratio in (0.5, 1.0, 2.0)
        ]
        found = {(mark.series, mark.x): mark.y for mark in marks}
        assert found["fcn", 2.0] > 2 * found["lcn", 2.0] > 4 * found["cnn", 2.0]


def test_images_have_their_cells_by_predictivity_and_manipulation():
    content = shortcut_images.content(synthetic.shortcut_images())
    biases = {(m.x, m.variant): m.y for m in of(content.marks, panel="footprint", kind="estimate")}
    assert biases[0.9, "5 times the pixels"] == pytest.approx(0.36)
    assert len(biases) == 4
    for panel, sign in (("s", -1), ("c", 1)):
        marks = of(content.marks, panel=panel, kind="estimate")
        found = {mark.model: mark.y for mark in marks if mark.x == 0.9}
        order = ["resnet_none", "resnet_larger_digit", "resnet_less_background", "resnet_no_colour"]
        assert sorted(found, key=lambda model: sign * found[model]) == order
    with pytest.raises(ValueError, match="scale 3"):
        shortcut_images.manipulation({"scale": 3, "share": 1.0, "colour": True})


def test_theory_shows_the_larger_training_set_and_one_line_for_all_kernels():
    content = shortcut_theory.content(synthetic.shortcut_theory())
    biases = {(mark.model, mark.x): mark.y for mark in of(content.marks, panel="bias", kind="estimate")}
    assert biases["ntk_relu", 8.0] == pytest.approx(0.3)
    assert max(biases.values()) < 1
    assert len(of(content.marks, panel="limit", kind="estimate")) == 12
    line = of(content.marks, panel="limit", kind="line")
    assert [mark.y for mark in line] == pytest.approx([-0.9, 0.0, 0.9])
    assert {mark.model for mark in of(content.marks, panel="term", kind="estimate")} == {
        "kernel_quadratic",
        "kernel_arc_cosine",
        "ntk_relu",
    }


def test_pictures_are_the_tasks_own_samples():
    content = shortcut_pictures.content([])
    assert len(content.panels) == 18
    figure = shortcut_pictures.draw(content)
    pictures = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    task = Digits(rho_s=0.8, size=20, colour=False)
    batch = task.sample(jax.random.key(shortcut_pictures.SEED), 3)
    assert pictures[-1] == pytest.approx(np.asarray(batch.x[2]).reshape(20, 20, 3), abs=1e-3)
    assert np.ptp(pictures[0], axis=2).max() == 0
    assert pictures[0].max() > 0
    signs = ["+1" if y > 0 else "−1" for y in batch.y]
    assert [panel.title[-2:] for panel in content.panels[-3:]] == signs


def test_samples_have_a_panel_for_each_ratio_and_quantity():
    content = shortcut_samples.content(synthetic.shortcut_samples())
    assert [panel.title for panel in content.panels] == ["ratio 1", "ratio 4", "ratio 1", "ratio 4"]
    for panel, factor in zip(content.panels, (1, 4, 0.5, 2), strict=True):
        found = {(m.model, m.x): m.y for m in of(content.marks, panel=panel.key, kind="estimate")}
        assert found["cnn", 320] == pytest.approx(factor / 960)
        assert len(found) == 9
