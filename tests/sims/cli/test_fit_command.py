"""``nstar fit``: what it finds in a store, and intervals over seeds beside the profile intervals."""

import json
from pathlib import Path

import pytest

from sims.cli import add_commands, dispatch
from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.measuring.threshold import measure_with
from sims.search import Outcome
from sims.store import Store


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_experiment_that_measures_no_n_star_is_refused_as_such(form, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert dispatch(["fit", "packings", *form], [add_commands]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "argument EXPERIMENT: got 'packings'; allowed: an experiment that measures n*" in err


class SevenTimesKD:
    """Success from 7 k d samples on, within 10 % by seed."""

    target, floor = 0.1, 0.07

    def __init__(self, cell):
        self.cell = cell

    def __call__(self, requests, /):
        switch = {
            seed: 7 * self.cell.task.k * self.cell.task.d * (0.9 + 0.05 * seed) for seed in self.cell.seeds
        }
        return [Outcome(seed, n, n >= switch[seed], risk=0.1) for seed, n in requests]


def fit(monkeypatch, tmp_path, *argv, seeds=(0, 1, 2, 3, 4)):
    """`sweeps` replaced by an experiment in k and d with planted answers in its store; then the command."""

    def make(preset):
        del preset
        common = {"sigma": 0.3, "model": "cnn", "protocol": "honest", "seeds": seeds}
        return [Setting(k=k, d=d, **common) for k in (2, 4) for d in (6, 12, 24)]

    experiment = Experiment(name="sweeps", title="growing", question="?", make=make)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    store = Store.open(Path("results/quick"))
    for cell in experiment.cells("quick"):
        store.save(cell, measure_with(cell, SevenTimesKD(cell)), {})
    return dispatch(["fit", "sweeps", *argv], [add_commands])


def test_lack_of_fit_stands_beside_every_law(monkeypatch, tmp_path, capsys):
    assert fit(monkeypatch, tmp_path, "--json") == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    lacking = {(one["family"], one["log"], one["offset"]): one["lack_of_fit"] for one in group["fits"]}
    assert lacking["kd", False, False] > 0.05
    assert lacking["k+d", False, False] < 1e-6
    assert fit(monkeypatch, tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()
    end = lines[1].index("lack of fit") + len("lack of fit")
    shown = {line[2:42].strip(): line[:end].split()[-1] for line in lines[2:-1]}
    assert shown["a kd"] == f"{lacking['kd', False, False]:.2g}"
    assert shown["a (k+d)"] == f"{lacking['k+d', False, False]:.2g}"


def test_the_local_slope_its_offset_and_the_chosen_law_stand_on_one_line(monkeypatch, tmp_path, capsys):
    assert fit(monkeypatch, tmp_path) == 0
    lines = capsys.readouterr().out.splitlines()

    def exponents(law):
        row = next(line for line in lines if line[2:].startswith(f"{law}  "))
        return ", ".join(part for part in row.split("; ") if part.startswith(("alpha", "beta")))

    plain, moved = exponents("a k^alpha d^beta"), exponents("a k^alpha d^beta + c")
    assert plain.count("[") == moved.count("[") == 2
    place = "  local slope over k = 2 to 4, d = 6 to 24: "
    assert lines[-1] == f"{place}{plain}; with an offset {moved}; chosen: a kd"


def test_bootstrap_gives_intervals_of_the_chosen_and_the_power_law(monkeypatch, tmp_path, capsys):
    assert fit(monkeypatch, tmp_path, "--bootstrap", "200", "--json") == 0
    (group,) = json.loads(capsys.readouterr().out)["groups"]
    with_intervals = [found for found in group["fits"] if found["bootstrap"]]
    power = next(
        found
        for found in with_intervals
        if (found["family"], found["log"], found["offset"]) == ("power", 0, 0)
    )
    assert group["chosen"] in with_intervals
    assert group["chosen"]["family"] == "kd"
    assert len(with_intervals) == 2
    beta, profile = power["bootstrap"]["beta"], power["parameters"]["beta"]
    assert beta["best"] == profile["best"]
    assert beta["low"] < 1 < beta["high"]
    assert "bootstrap over seeds within cells, 200 resamples" in beta["method"]
    assert (beta["low"], beta["high"]) != (profile["low"], profile["high"])
    assert "200 resamples" in group["bootstrap"]


def test_bootstrap_in_words_stands_below_its_law(monkeypatch, tmp_path, capsys):
    assert fit(monkeypatch, tmp_path, "--bootstrap", "100") == 0
    lines = capsys.readouterr().out.splitlines()
    place = next(number for number, line in enumerate(lines) if line[2:].startswith("a k^alpha d^beta  "))
    assert lines[place + 1].strip().startswith("bootstrap over seeds")
    assert "beta = " in lines[place + 1]
    assert fit(monkeypatch, tmp_path) == 0
    assert "bootstrap" not in capsys.readouterr().out


def test_cells_of_one_seed_have_no_bootstrap_and_say_so(monkeypatch, tmp_path, capsys):
    assert fit(monkeypatch, tmp_path, "--bootstrap", "100", seeds=(2,)) == 0
    assert "bootstrap: none: some cell has one seed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("number", "allowed"), [("99", "an integer >= 100"), ("-3", "100"), ("x", "an integer")]
)
def test_a_bad_number_of_resamples_is_one_line(monkeypatch, tmp_path, capsys, number, allowed):
    assert fit(monkeypatch, tmp_path, "--bootstrap", number) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "--bootstrap" in err
    assert allowed in err


def test_fit_recovers_the_growth_of_stored_answers_for_each_series(growing_store, capsys):
    assert dispatch(["fit", "sweeps", "--json"], [add_commands]) == 0
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert [group["series"] for group in groups] == ["honest cnn", "honest linear to the oracle floor"]
    assert groups[0]["varying"] == {"d": [6, 12, 24, 48]}
    assert groups[0]["seeds"] == 12
    power = next(
        fit
        for fit in groups[0]["fits"]
        if (fit["family"], fit["log"], fit["offset"]) == ("power", False, False)
    )
    assert power["status"] == "converged"
    assert power["parameters"]["beta"]["low"] < 1 < power["parameters"]["beta"]["high"]
    assert power["parameters"]["beta"]["best"] == pytest.approx(1, abs=0.1)
    assert power["parameters"]["alpha"] is None


def test_fit_in_words_shows_every_law_with_its_status(growing_store, capsys):
    assert dispatch(["fit", "sweeps"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert "sweeps: honest cnn; d = 6 to 48; 12 brackets" in out
    assert "  a d^beta  " in out
    assert "a (k+d) ln(kd) + c" in out
    assert "converged" in out
