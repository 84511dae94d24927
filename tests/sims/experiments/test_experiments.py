"""Experiments: what each preset holds, and that no cell is listed twice."""

import dataclasses
import importlib
import itertools
import json

import pytest

import theory.dsd.risks
from sims.experiments import EXPERIMENTS, PRESETS, Setting
from sims.measuring.units import unit_from_config
from sims.models import FCN
from sims.pieces.cell import Cell
from sims.pieces.errors import InputError
from sims.pieces.listing import FAMILIES, modules_of
from sims.search import Grid

EVERY = [(name, preset) for name in EXPERIMENTS for preset in PRESETS]


def test_experiments_come_by_family_and_each_family_in_its_order():
    modules = [module.__name__ for module in modules_of("sims.experiments") if hasattr(module, "EXPERIMENT")]
    families = list(dict.fromkeys(name.split(".")[2] for name in modules))
    assert families == [*FAMILIES, *sorted(set(families) - set(FAMILIES))]
    for family in families:
        package = f"sims.experiments.{family}"
        own = [name.removeprefix(f"{package}.") for name in modules if name.startswith(f"{package}.")]
        order = getattr(importlib.import_module(package), "ORDER", ())
        assert [name for name in own if name in order] == [name for name in order if name in own]
    assert [importlib.import_module(name).EXPERIMENT for name in modules] == list(EXPERIMENTS.values())
    assert all(name == experiment.name for name, experiment in EXPERIMENTS.items())


@pytest.mark.parametrize(("name", "preset"), EVERY)
def test_every_setting_makes_a_unit_of_its_own(name, preset):
    settings, units = EXPERIMENTS[name].settings(preset), EXPERIMENTS[name].units(preset)
    assert len(units) == len(settings) > 0
    assert len({unit.id for unit in units}) == len(units)
    assert all(first != second for first, second in itertools.combinations(settings, 2))


@pytest.mark.parametrize(("name", "preset"), EVERY)
def test_an_experiment_is_of_cells_or_of_probes_of_one_kind(name, preset):
    experiment = EXPERIMENTS[name]
    cells, probes = experiment.cells(preset), experiment.probes(preset)
    if experiment.probe is None:
        assert [cell.id for cell in cells] == [unit.id for unit in experiment.units(preset)]
        assert probes == []
    else:
        assert cells == []
        assert {type(cell.probe).name for cell in probes} == {experiment.probe}
        assert {setting.protocol for setting in experiment.settings(preset)} == {None}


@pytest.mark.parametrize(("name", "preset"), EVERY)
def test_every_unit_survives_its_configuration_and_has_a_target_that_its_task_knows(name, preset):
    for unit in EXPERIMENTS[name].units(preset):
        assert unit_from_config(json.loads(json.dumps(unit.config()))).id == unit.id
        if isinstance(unit, Cell):
            assert 0 <= unit.criterion.reference(unit.task) < unit.criterion.target(unit.task) <= 1


def test_a_protocol_chooses_among_cells_and_probes_have_none():
    every = EXPERIMENTS["quadratics"].units("quick")
    parts = [EXPERIMENTS["quadratics"].units("quick", protocol=name) for name in ("honest", "direct")]
    assert sorted(unit.id for part in parts for unit in part) == sorted(unit.id for unit in every)
    assert all(parts)
    assert EXPERIMENTS["packings"].units("quick", protocol="honest") == []


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_unknown_preset_is_refused(name):
    with pytest.raises(InputError, match=r"^preset: got 'huge'; allowed: quick, paper, full"):
        EXPERIMENTS[name].settings("huge")


def test_the_paper_preset_of_the_sweeps_is_the_papers():
    settings = EXPERIMENTS["sweeps"].settings("paper")
    for model in ("cnn", "lcn"):
        for protocol in ("lahoti", "honest"):
            own = [s for s in settings if (s.model, s.protocol) == (model, protocol)]
            assert {s.k for s in own if s.d == 20} == {10, 15, 20, 25, 30}
            assert {s.d for s in own if s.k == 20} == {10, 15, 20, 25, 30}
            assert len(own) == 9
            assert {(len(s.seeds), s.sigma) for s in own} == {(5, 0.1)}
    cells = EXPERIMENTS["sweeps"].cells("paper", protocol="lahoti")
    assert {cell.search.n_max for cell in cells} == {1000}
    assert {cell.criterion.tolerance for cell in cells} == {0.03}
    assert len(cells) == len(settings) // 2


def test_the_linear_model_is_measured_against_both_floors():
    settings = EXPERIMENTS["sweeps"].settings("quick")
    assert {s.floor for s in settings if s.model == "linear"} == {"linear", "oracle"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_fully_connected_net_is_measured_at_four_values_of_k_at_least(preset):
    settings = EXPERIMENTS["architectures"].settings(preset)
    for model in ("fcn", "lcn", "cnn"):
        assert len({s.k for s in settings if s.model == model}) >= 4


def test_sigma_scaling_holds_both_readings_and_they_meet_at_the_reference():
    settings = [s for s in EXPERIMENTS["sigma-scaling"].settings("paper") if s.model == "cnn"]
    by_k = {k: sorted(s.sigma for s in settings if s.k == k) for k in {s.k for s in settings}}
    assert by_k.pop(20) == [0.1]
    for k, sigmas in by_k.items():
        assert sigmas == pytest.approx(sorted([0.1, 0.1 * (20 / k) ** 0.5]), rel=1e-4)


def test_widths_are_multiples_of_k_and_width_k_is_the_cell_of_the_other_experiments():
    widths = [cell.model.width for cell in EXPERIMENTS["width"].cells("quick")]
    assert widths == [3, None, 24]
    shared = {c.id for c in EXPERIMENTS["width"].cells("quick")}
    shared &= {c.id for c in EXPERIMENTS["architectures"].cells("quick")}
    assert len(shared) == 1, "measured once for both experiments"


def test_unit_norm_measures_every_size_within_the_class_and_with_free_filters():
    cells = EXPERIMENTS["unit-norm"].cells("paper")
    held = [cell for cell in cells if cell.learner.project]
    assert 2 * len(held) == len(cells)
    assert {cell.model.name for cell in held} == {"fcn", "lcn", "cnn"}
    free = {cell.id for cell in cells} & {cell.id for cell in EXPERIMENTS["architectures"].cells("paper")}
    assert len(free) == 5, "free filters are measured once for both experiments"
    sizes = {(cell.model.name, cell.task.k, cell.task.d, cell.task.sigma) for cell in held}
    bounds = [setting.fields for setting in EXPERIMENTS["bounds"].settings("paper")]
    assert sizes <= {(of["model"], of["k"], of["d"], of["sigma"]) for of in bounds}


def test_one_patch_is_one_patch_for_all_three_architectures():
    cells = EXPERIMENTS["one-patch"].cells("quick")
    assert {cell.task.k for cell in cells} == {1}
    assert {cell.model.name for cell in cells} == {"fcn", "lcn", "cnn"}


def test_curves_evaluate_fixed_sizes():
    cells = EXPERIMENTS["curves"].cells("quick")
    assert {cell.model.name for cell in cells} == {"fcn", "lcn", "cnn", "linear"}
    assert all(isinstance(cell.search, Grid) for cell in cells)


def setting(**changes):
    base = {"k": 4, "d": 5, "sigma": 0.1, "model": "lcn", "protocol": "honest", "seeds": (0,)}
    return Setting(**(base | changes))


def test_a_setting_passes_everything_on_to_its_cell():
    cell = setting(
        model="fcn", width=3, activation="relu", bias="fixed", n_max=77, floor="linear", seeds=(4, 5)
    ).cell()
    assert cell.model == FCN(width=3, activation="relu", bias="fixed")
    assert (cell.search.n_max, cell.criterion.floor, cell.seeds) == (77, "linear", (4, 5))
    assert (cell.task.k, cell.task.d, cell.task.sigma, cell.task.name) == (4, 5, 0.1, "dsd")
    assert setting(ns=(5, 9)).cell().search == Grid(ns=(5, 9))
    assert setting(task="ssd").cell().task.name == "ssd"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("k", 0),
        ("d", 0),
        ("sigma", -1.0),
        ("sigma", float("nan")),
        ("model", "transformer"),
        ("protocol", "hopeful"),
        ("activation", "tanh"),
        ("bias", "free"),
        ("width", 3),
        ("task", "mnist"),
        ("n_max", 0),
        ("floor", "ceiling"),
    ],
)
def test_a_bad_setting_is_refused_by_the_name_of_the_option(option, value):
    with pytest.raises(InputError) as caught:
        dataclasses.replace(setting(), **{option: value}).cell()
    assert caught.value.option == option


@pytest.mark.parametrize("preset", PRESETS)
def test_no_linear_predictor_reaches_the_target_of_a_trained_net_on_dsd(preset):
    """Otherwise n* would measure how many samples a linear map takes. On one patch a net is a linear map."""
    seen = set()
    for name, experiment in EXPERIMENTS.items():
        for cell in experiment.cells(preset):
            nets = cell.model.name != "linear" and cell.learner.name == "gradient_descent"
            if nets and cell.task.name == "dsd" and cell.task.k > 1:
                best_linear = theory.dsd.risks.linear_risk(cell.task.k, cell.task.sigma).squared
                assert cell.criterion.target(cell.task) < 0.9 * best_linear, cell.label
                seen.add(name)
    assert {"sweeps", "architectures", "curves", "final-bias", "cnn-growth"} <= seen
