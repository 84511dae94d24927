"""Sweeps from TOML files: which settings they make, and what is refused before anything is written."""

import datetime
import re
from pathlib import Path

import pytest

from sims.experiments import EXPERIMENTS, Setting
from sims.experiments.from_toml import read_toml, settings_of
from sims.pieces.errors import InputError

ROOT = Path(__file__).resolve().parents[3]
SWEEP = {"model": "cnn", "k": 4, "d": 3, "sigma": 0.1, "protocol": "honest", "seeds": 2}


def written(folder, text, name="my_sweep.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_readme_s_sweep_is_every_combination_at_every_preset(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```toml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    experiment = read_toml(written(tmp_path, text))
    assert (experiment.name, experiment.question) == ("my-sweep", "How does n* of both nets grow with k?")
    expected = [
        Setting(model=model, k=k, d=8, sigma=0.15, protocol="honest", seeds=(0, 1, 2, 3, 4))
        for k in (5, 6, 8, 10)
        for model in ("lcn", "cnn")
    ]
    for preset in ("quick", "paper", "full"):
        assert experiment.settings(preset) == expected
    assert len({cell.id for cell in experiment.cells("quick")}) == 8


def test_a_cell_is_that_of_the_same_setting_in_an_experiment_of_ours():
    ours = EXPERIMENTS["sweeps"].cells("quick")[0]
    setting = EXPERIMENTS["sweeps"].settings("quick")[0]
    table = {"model": setting.model, "k": setting.k, "d": setting.d, "sigma": setting.sigma}
    table |= {"protocol": setting.protocol, "seeds": list(setting.seeds), "n_max": setting.n_max}
    assert [one.cell().id for one in settings_of(table)] == [ours.id]


def test_tables_are_values_lists_of_tables_axes_and_ns_and_seeds_are_whole():
    learner = {"name": "kernel_regression", "activation": "erf"}
    table = SWEEP | {
        "learner": [{}, learner],
        "seeds": [3, 5],
        "ns": [10, 20],
        "criterion": {"tolerance": 0.1},
    }
    settings = settings_of(table)
    assert [one.learner for one in settings] == [{}, learner]
    assert {(one.seeds, one.ns) for one in settings} == {((3, 5), (10, 20))}
    assert all(one.cell().criterion.tolerance == 0.1 for one in settings)


def test_more_tables_are_more_cells(tmp_path):
    lines = "\n".join(f"{name} = {value!r}" for name, value in SWEEP.items() if name != "model")
    text = f'name = "both"\n[[sweep]]\nmodel = "cnn"\n{lines}\n[[sweep]]\nmodel = "fcn"\nwidth = 6\n{lines}\n'
    experiment = read_toml(written(tmp_path, text))
    assert experiment.name == "both"
    assert [(one.model, one.width) for one in experiment.settings("quick")] == [("cnn", None), ("fcn", 6)]


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"kk": 3}, "kk"),
        ({"k": []}, "k"),
        ({"k": "four"}, "k"),
        ({"k": [4, 5.5]}, "k"),
        ({"k": True}, "k"),
        ({"sigma": ["low"]}, "sigma"),
        ({"sigma": float("nan")}, "sigma"),
        ({"task_options": {"signal": datetime.date(2026, 1, 1)}}, "task_options"),
        ({"model": 3}, "model"),
        ({"paired": 1}, "paired"),
        ({"learner": "kernel_regression"}, "learner"),
        ({"seeds": 0}, "seeds"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [0, -1]}, "seeds"),
        ({"seeds": 2.5}, "seeds"),
        ({"ns": 10}, "ns"),
    ],
)
def test_bad_tables_are_refused_by_their_key(change, option):
    with pytest.raises(InputError) as refused:
        settings_of(SWEEP | change)
    assert refused.value.option == option


@pytest.mark.parametrize("missing", ["model", "protocol", "seeds"])
def test_what_every_sweep_needs_is_asked_for(missing):
    with pytest.raises(InputError) as refused:
        settings_of({name: value for name, value in SWEEP.items() if name != missing})
    assert refused.value.option == missing


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("k = [", "experiment"),
        ("question = 'none'\n", "sweep"),
        ("sweep = 3\n", "sweep"),
        ("sweep = []\n", "sweep"),
        ("axes = 3\n[sweep]\n", "axes"),
        ("title = 3\n[sweep]\nmodel = 'cnn'\nprotocol = 'honest'\nseeds = 1\n", "title"),
        ("[sweep]\nmodel = ['cnn', 'cnn']\nprotocol = 'honest'\nseeds = 1\n", "sweep"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, option):
    with pytest.raises(InputError) as refused:
        read_toml(written(tmp_path, text))
    assert refused.value.option == option


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_toml(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["../../evil", "a/b", "A b", "", "-x"])
def test_a_name_is_no_path(tmp_path, name):
    lines = "model = 'cnn'\nk = 4\nd = 3\nsigma = 0.1\nprotocol = 'honest'\nseeds = 1\n"
    with pytest.raises(InputError) as refused:
        read_toml(written(tmp_path, f"name = '{name}'\n[sweep]\n{lines}"))
    assert refused.value.option == "name"


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"seeds": 10**9}, "seeds"),
        ({"seeds": [10**20]}, "seeds"),
        ({"k": list(range(2, 1000)), "d": list(range(2, 1000))}, "sweep"),
    ],
)
def test_too_much_is_refused_before_it_is_made(change, option):
    with pytest.raises(InputError) as refused:
        settings_of(SWEEP | change)
    assert refused.value.option == option


def test_noise_that_is_said_twice_has_to_be_the_same():
    with pytest.raises(InputError) as refused:
        settings_of(SWEEP | {"task_options": {"sigma": 0.3}})[0].cell()
    assert refused.value.option == "sigma"
