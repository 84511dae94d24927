"""A sweep of one's own as a TOML file, through the commands that take an experiment."""

import json

import pytest

import figures.cli
from figures.catalogue import FIGURES
from sims.cli import add_commands, dispatch
from sims.cli.options import _OF_FILES
from sims.experiments import EXPERIMENTS

SWEEP = """
[sweep]
model = "cnn"
k = [2, 3, 4]
d = 3
sigma = 0.2
protocol = "honest"
seeds = 2
n_max = 60
learner = {steps = 20}
criterion = {test_size = 100, tolerance = 0.5}
"""


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    """A folder with the file; what it makes known is forgotten again."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small_sweep.toml"
    path.write_text(SWEEP, encoding="utf-8")
    yield path
    EXPERIMENTS.pop("small-sweep", None)
    _OF_FILES.discard("small-sweep")
    for name in [name for name in FIGURES if name.startswith("small-sweep")]:
        del FIGURES[name]


def run(*argv):
    return dispatch([*argv], [add_commands, figures.cli.add_commands])


def test_run_status_fit_and_figures_take_the_file(sweep, tmp_path, capsys):
    assert run("run", sweep.name, "--store", "mine", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["cells"] == 3
    assert not (tmp_path / "mine").exists()
    assert run("run", sweep.name, "--store", "mine") == 0
    assert (tmp_path / "mine" / "tables" / "small-sweep.csv").exists()
    first = sorted(path.read_bytes() for path in (tmp_path / "mine").rglob("*.csv"))
    assert run("run", sweep.name, "--store", "mine") == 0
    assert sorted(path.read_bytes() for path in (tmp_path / "mine").rglob("*.csv")) == first
    capsys.readouterr()
    assert run("status", sweep.name, "--store", "mine") == 0
    assert "small-sweep" in capsys.readouterr().out
    assert run("fit", sweep.name, "--store", "mine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["groups"]
    assert run("figures", sweep.name, "--store", "mine") == 0
    assert (tmp_path / "mine" / "figures" / "small-sweep-k.png").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SWEEP.replace("k =", "kk ="), "kk: got [2, 3, 4]; allowed: in sweep: "),
        (SWEEP.replace("[2, 3, 4]", "[]"), "k: got []; allowed: at least one value"),
        (SWEEP + "[sweep]\n", "got 'small_sweep.toml'; allowed: a TOML file ("),
        ("name = 'sweeps'\n" + SWEEP, "name: got 'sweeps'; allowed: a name that no other experiment has"),
        (SWEEP.replace('"honest"', '"fair"'), "fair"),
    ],
)
@pytest.mark.parametrize("command", ["run", "status", "fit"])
def test_bad_input_is_one_line_and_nothing_is_written(sweep, tmp_path, capsys, command, text, said):
    sweep.write_text(text, encoding="utf-8")
    status = run(command, sweep.name, *(["--store", "mine"] if command == "run" else []))
    out, err = capsys.readouterr()
    if said == "fair" and command != "run":
        return  # the others make no cell of it
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == [sweep.name]


def test_a_sweep_of_one_size_has_no_figure(sweep, capsys):
    sweep.write_text(SWEEP.replace("[2, 3, 4]", "2"), encoding="utf-8")
    assert run("figures", sweep.name) == 2
    assert "a sweep with two k, d or sigma or more" in capsys.readouterr().err
