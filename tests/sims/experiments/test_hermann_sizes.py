"""The numbers of Hermann et al. 2024 (2310.16228), each with the place in the paper that has it."""

import dataclasses
import math

import jax
import numpy as np
import pytest

from sims.experiments import EXPERIMENTS
from sims.measuring.readings.reliance import reliance
from sims.probes.shortcut.availability_sensitivity import KERNELS
from sims.probes.shortcut.image_bias import FootprintBias, ImageFolderBias
from sims.probes.shortcut.paired_activations import PairedActivations
from sims.probes.shortcut.shortcut_bias import ShortcutBias
from sims.tasks import ImageFolder, Shortcut
from theory.shortcut import optimal_reliance, reliance_of_weights

VECTORS = ("shortcut-bias", "shortcut-paired", "shortcut-depth", "shortcut-width", "shortcut-nesting")


def probes(name):
    return [unit.probe for unit in EXPERIMENTS[name].probes("paper")]


@pytest.mark.parametrize("name", VECTORS)
def test_sizes_are_those_of_section_4(name):
    """Section 4, methodology: 3200 train, 1000 validation, 30 by 30 probes, d = 100, rho_c, sigma_sc."""
    for probe in probes(name):
        assert (probe.train, probe.validation, probe.side**2) == (3200, 1000, 900)
        assert (probe.d, probe.rho_c, probe.sigma_sc) == (100, 0.9, 0.6)


def test_probes_reach_to_three_class_means():
    """Section 4, methodology: 30 evenly spaced z_i in [-3 mu_i, 3 mu_i]; section 3: mu_i from rho_i."""
    grid = Shortcut(rho_s=0.8).probe_grid(30).astype(float)
    for axis, rho in enumerate((0.8, 0.9)):
        places = np.unique(grid[:, axis])
        assert len(places) == 30
        mu = places[-1] / 3
        assert 0.5 * (1 + math.erf(mu / math.sqrt(2))) == pytest.approx(rho, abs=1e-6)
        assert np.ptp(np.diff(places)) < 1e-5
        assert places[0] == -places[-1]


def test_predictivities_of_the_heat_map_lie_between_chance_and_the_core():
    """Section 4, methodology: 0.5 < rho_s < rho_c = 0.9, and matched in figure 2; ratio >= 1."""
    found = probes("shortcut-bias")
    assert all(0.5 < probe.rho_s <= 0.9 and probe.ratio >= 1 for probe in found)
    assert max(probe.rho_s for probe in found) == 0.9


def test_the_cell_of_figure_3a():
    """Section 4, model depth: alpha_s/alpha_c = 64 and rho_s = 0.85, ReLU."""
    for name in ("shortcut-depth", "shortcut-width"):
        found = [probe for probe in probes(name) if (probe.ratio, probe.rho_s) == (64.0, 0.85)]
        assert len({probe.depth for probe in found}) > 1
        assert {probe.activation for probe in found} == {"relu"}
    assert len({probe.width for probe in probes("shortcut-width")}) > 1


def test_the_cell_of_figure_3b():
    """Caption of figure 3: width 128 and depth 2, rho_s = rho_c = 0.9, alpha_s/alpha_c = 32; three
    activations from the same start.
    """
    (probe,) = (probe for probe in probes("shortcut-paired") if probe.depth == 2)
    assert isinstance(probe, PairedActivations)
    assert (probe.width, probe.rho_s, probe.rho_c, probe.ratio) == (128, 0.9, 0.9, 32.0)
    assert {name: probe.of(name).activation for name in ("linear", "relu", "tanh")} == {
        "linear": "linear",
        "relu": "relu",
        "tanh": "tanh",
    }


def test_figure_3c_has_a_single_hidden_layer_over_ratio_and_predictivity():
    """Caption of figure 3."""
    found = [probe for probe in probes("shortcut-paired") if probe.depth == 1]
    assert len({probe.ratio for probe in found}) > 1
    assert len({probe.rho_s for probe in found}) > 1


def test_figure_4_is_at_matched_predictivity_and_at_ratio_4():
    """Caption of figure 4: B at rho_s = rho_c = 0.9 over the ratio, C at alpha_s/alpha_c = 4 over rho_s."""
    found = probes("shortcut-footprint")
    assert {probe.ratio for probe in found if probe.rho_s == 0.9} == {1.0, 3.0, 4.0, 5.0}
    assert {probe.rho_s for probe in found if probe.ratio == 4} == {0.6, 0.7, 0.8, 0.9}
    assert all(isinstance(probe, FootprintBias) and probe.rho_c == 0.9 for probe in found)


def test_the_bird_predicts_as_in_figure_6():
    """Caption of figure 6: Bird (core) predictivity fixed at 0.99."""
    for cls in (ImageFolder, ImageFolderBias):
        assert {field.name: field.default for field in dataclasses.fields(cls)}["rho_c"] == 0.99


def test_figure_5_has_these_class_means():
    """Caption of figure 5: mu_1 = 1, mu_2 = 0.1, 0.5, 1, 2, 10."""
    found = probes("shortcut-sensitivity")
    assert {probe.kernel for probe in found} == set(KERNELS)
    assert {probe.mu_1 for probe in found} == {1.0}
    assert {probe.mu_2 for probe in found} == {0.1, 0.5, 1.0, 2.0, 10.0}


def test_reliance_as_printed_with_labels_0_and_1_is_ours_with_labels_of_both_signs():
    """Section 3 prints (2/n)(|sum yhat sign z_s| - |sum yhat sign z_c|) and a range of [-1, 1]."""
    grid = Shortcut(rho_s=0.85).probe_grid(30)
    z_s, z_c = grid[:, 0], grid[:, 1]
    for seed in range(5):
        decided = np.sign(grid @ jax.random.normal(jax.random.key(seed), (2,)))
        labels = (decided + 1) / 2
        sums = [abs(np.sum(labels * np.sign(z))) for z in (z_s, z_c)]
        printed = 2 / len(grid) * (sums[0] - sums[1])
        assert reliance(decided, z_s, z_c).absolute == pytest.approx(printed, abs=1e-12)
        assert -1 <= printed <= 1
    assert reliance(np.sign(z_s), z_s, z_c).absolute == 1
    assert reliance_of_weights(0.0, 1.0, 1.0, 1.0).absolute == -1


def test_matched_features_are_weighed_alike_by_the_optimum():
    """Section 4: at rho_s = rho_c the optimum has reliance 0, so that all reliance is bias."""
    assert optimal_reliance(0.9, 0.9, 0.6).absolute == pytest.approx(0.0, abs=1e-12)


def test_a_linear_net_has_the_start_of_a_relu_net_only_in_pairs():
    """Section 4: "while holding weight initialization and data fixed"."""
    assert ShortcutBias(rho_s=0.9, ratio=1.0, activation="linear")._net().gain is None
    assert PairedActivations(rho_s=0.9, ratio=1.0).of("linear")._net().gain == 2.0
