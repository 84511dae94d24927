"""What several tests of commands share: a store whose answers grow."""

from pathlib import Path

import pytest

from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.measuring.threshold import measure_with
from sims.search import Outcome
from sims.store import Store


class LawEvaluator:
    """Success from 5 d samples on, within 5 % by seed."""

    target = 0.1
    floor = 0.07

    def __init__(self, cell):
        self.cell = cell

    def __call__(self, requests, /):
        switch = {seed: 5 * self.cell.task.d * (0.95 + 0.05 * seed) for seed in self.cell.seeds}
        return [Outcome(seed, n, n >= switch[seed], risk=0.1) for seed, n in requests]


def growing(preset):
    del preset
    return [
        Setting(k=2, d=d, sigma=0.3, model=model, protocol="honest", seeds=(0, 1, 2), floor=floor)
        for model, floor in (("cnn", None), ("linear", "oracle"))
        for d in (6, 12, 24, 48)
    ]


@pytest.fixture
def growing_store(monkeypatch, tmp_path):
    """`sweeps` replaced by an experiment whose stored answers grow as d."""
    experiment = Experiment(name="sweeps", title="growing", question="?", make=growing)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    store = Store.open(Path("results/quick"))
    for cell in experiment.cells("quick"):
        store.save(cell, measure_with(cell, LawEvaluator(cell)), {})
