"""Replications: the cells of an experiment with more seeds, none of which a table had before."""

import pytest

from sims.experiments import EXPERIMENTS, PRESETS
from sims.experiments.again import FIRST_SEED, again

FIRSTS = {
    "replicated-sweeps": ("sweeps",),
    "replicated-kernels": ("kernels", "local-signal-kernels"),
    "replicated-two-step": ("two-step",),
    "replicated-training": ("local-signal-training",),
    "replicated-digits": ("shortcut-digits",),
    "replicated-patches": ("shortcut-patches-n",),
    "replicated-modes": ("shortcut-modes",),
}
REPEATED = ("seeds", "repetitions", "train")


def ids(names, preset):
    return {unit.id for name in names for unit in EXPERIMENTS[name].units(preset)}


def test_every_replication_is_known_here():
    assert {name for name in EXPERIMENTS if name.startswith("replicated")} == set(FIRSTS)


@pytest.mark.parametrize("name", FIRSTS)
def test_only_the_preset_paper_has_other_cells(name):
    for preset in PRESETS:
        own, first = ids([name], preset), ids(FIRSTS[name], preset)
        assert own.isdisjoint(first) if preset == "paper" else own <= first


@pytest.mark.parametrize("name", [name for name in FIRSTS if EXPERIMENTS[name].probe])
def test_a_probe_differs_by_its_repetitions_or_samples_alone_and_has_more(name):
    (first,) = FIRSTS[name]
    known = [one.fields for one in EXPERIMENTS[first].settings("paper")]
    for one in EXPERIMENTS[name].settings("paper"):
        like = [
            fields
            for fields in known
            if {key for key in fields | one.fields if fields.get(key) != one.fields.get(key)} <= set(REPEATED)
        ]
        assert len(like) == 1
        assert all(one.fields[key] >= like[0][key] for key in REPEATED if key in like[0])


@pytest.mark.parametrize("name", [name for name in FIRSTS if not EXPERIMENTS[name].probe])
def test_a_cell_has_more_seeds_than_the_first_and_they_are_fresh(name):
    first = {
        (cell.task, cell.model, cell.learner): len(cell.seeds)
        for other in FIRSTS[name]
        for cell in EXPERIMENTS[other].cells("paper")
    }
    own = {(cell.task, cell.model, cell.learner): cell.seeds for cell in EXPERIMENTS[name].cells("paper")}
    assert {what[0].d for what in own.keys() - first.keys()} == ({80, 160} if "two-step" in name else set())
    assert all(len(seeds) > first.get(what, 0) for what, seeds in own.items())
    assert {min(seeds) for seeds in own.values()} == {FIRST_SEED}


def test_no_other_experiment_has_their_seeds():
    others = [one for name, one in EXPERIMENTS.items() if name not in {*FIRSTS, "wide-grid", "headline"}]
    used = {seed for one in others for cell in one.cells("paper") for seed in cell.seeds}
    assert max(used) < FIRST_SEED


def test_what_is_not_kept_is_left_out():
    assert again(EXPERIMENTS["sweeps"], "paper", lambda one: False, seeds=3) == []
