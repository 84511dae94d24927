"""The experiment on growth with k and d: its target asks every cell for the same alignment."""

import pytest

from sims.experiments import EXPERIMENTS, PRESETS
from sims.experiments.dsd.cnn_growth import CNN_GROWTH
from theory.dsd.required_alignment import required_alignment


@pytest.mark.parametrize("preset", PRESETS)
def test_every_target_asks_for_the_same_alignment_at_the_same_noise(preset):
    size = CNN_GROWTH[preset]
    cells = EXPERIMENTS["cnn-growth"].cells(preset)
    assert len(cells) == len(size["k"]) * len(size["d"])
    for cell in cells:
        target = cell.criterion.target(cell.task)
        assert target > cell.criterion.reference(cell.task)
        # The tolerance is rounded to 1e-6; the risk falls by at least 0.05 for each unit of the cosine.
        needed = required_alignment(cell.task.k, cell.task.sigma, target)
        assert needed == pytest.approx(size["cosine"], abs=2e-5)
        assert cell.task.sigma == size["sigma"]
