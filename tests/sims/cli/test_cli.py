"""The commands that measure: what they print where, and what bad input gets."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sims.measuring.units
from sims.cli import add_commands, dispatch
from sims.cli.measure import n_star_text
from sims.experiments import EXPERIMENTS, PRESETS, Experiment, Setting
from sims.measuring.threshold import measure_cell
from sims.store import Store

ROOT = Path(__file__).resolve().parents[3]
MEASURE = ["measure", "dsd", "--model", "cnn", "--k", "3", "--d", "4", "--sigma", "0.3"]
SMALL = [*MEASURE, "--reps", "2", "--protocol", "lahoti", "--n-max", "40"]


def nstar(*argv):
    return dispatch(argv, [add_commands])


def tiny(preset):
    """Two cells that train in a moment."""
    del preset
    return [
        Setting(k=2, d=d, sigma=0.3, model="cnn", protocol="lahoti", seeds=(0, 1), n_max=30) for d in (3, 4)
    ]


@pytest.fixture
def tiny_experiment(monkeypatch, tmp_path):
    """`sweeps` replaced by a tiny experiment, in an empty current directory."""
    experiment = Experiment(name="sweeps", title="tiny", question="?", make=tiny)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    return experiment


def test_list_names_every_experiment_with_its_presets_and_cells(capsys):
    assert nstar("list", "--json") == 0
    listing = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listing] == list(EXPERIMENTS)
    for entry in listing:
        assert entry["presets"] == list(PRESETS)
        for preset in PRESETS:
            assert entry["cells"][preset] == len(EXPERIMENTS[entry["name"]].settings(preset))


def test_list_in_words_names_every_experiment(capsys):
    assert nstar("list") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in EXPERIMENTS)


@pytest.mark.parametrize("argv", [["list", "--json"], ["--help"], ["measure", "--help"]])
def test_commands_that_do_not_train_do_not_import_jax(argv):
    code = (
        "import sys; from sims.cli import add_commands, dispatch; "
        f"status = dispatch({argv!r}, [add_commands]); sys.exit(9 if 'jax' in sys.modules else status)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0


def test_what_trains_imports_neither_symbols_nor_statistics():
    """Each worker does it anew, and the two take 0.8 s."""
    code = "import sys, sims.protocols.criteria; sys.exit(bool({'sympy', 'scipy.stats'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0


def test_measure_prints_exactly_one_json_object(capsys):
    assert nstar(*SMALL, "--json") == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert {
        "task",
        "model",
        "protocol",
        "n_star",
        "per_seed",
        "target",
        "trainings",
        "seconds",
        "versions",
    } <= (answer.keys())
    assert (answer["task"], answer["model"], answer["protocol"]) == ("dsd", "cnn", "lahoti")
    assert answer["n_star"].keys() == {"low", "best", "high", "method"}
    assert [seed["seed"] for seed in answer["per_seed"]] == [0, 1]
    assert all({"seed", "low", "high", "censored"} <= seed.keys() for seed in answer["per_seed"])
    assert answer["trainings"] > 0
    assert {"python", "jax", "jaxlib", "numpy", "optax", "scipy", "nstar"} == answer["versions"].keys()
    assert "trainings/s" in err


@pytest.mark.parametrize("damage", ["truncated", "unwritable"])
def test_a_bad_cache_of_compiled_programs_is_nobodys_concern(damage, tmp_path):
    code = (
        "import warnings; from sims.machine.compilation import keep_compiled_programs as keep; keep(); "
        "import jax; print(jax.jit(lambda x: x + 1)(1)); warnings.warn('another')"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JAX_")}
    cache = tmp_path / "nstar" / "jax"
    environment |= {"XDG_CACHE_HOME": str(tmp_path), "PYTHONWARNINGS": "always"}

    def run():
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "2\n"
        return done.stderr

    if damage == "unwritable":
        (tmp_path / "nstar").write_text("in the way")
    else:
        run()
        entries = [path for path in cache.iterdir() if path.name.endswith("-cache")]
        assert entries
        for entry in entries:
            entry.write_bytes(entry.read_bytes()[:20])
    err = run()
    assert "persistent" not in err
    assert "another" in err


def test_measure_always_computes_and_gives_the_same_answer_whatever_the_workers(capsys):
    answers = []
    for workers in ("1", "3"):
        assert nstar(*SMALL, "--json", "--workers", workers) == 0
        answers.append(json.loads(capsys.readouterr().out))
    for key in ("n_star", "per_seed", "target", "trainings", "steps", "cell"):
        assert answers[0][key] == answers[1][key]


def test_measure_in_words_gives_the_interval_and_every_seed(capsys):
    assert nstar(*SMALL, "--seed", "7") == 0
    out = capsys.readouterr().out
    assert "n* = " in out
    assert "interval [" in out
    seeds = [line.split()[0] for line in out.splitlines() if line.strip()[:1].isdigit()]
    assert seeds[:2] == ["7", "8"]


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((0.0, None, 5.0), "n* at most 5.0"),
        ((1000.0, None, None), "n* above 1000.0"),
        ((20.0, 31.25, None), "n* = 31.2, interval [20.0, unbounded]"),
        ((20.0, None, 40.0), "n* = not determined, interval [20.0, 40.0]"),
    ],
)
def test_an_estimate_says_only_what_is_known(ends, text):
    assert n_star_text(dict(zip(("low", "best", "high"), ends, strict=True))) == text


def test_measure_writes_no_file(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert nstar(*SMALL) == 0
    assert list(tmp_path.iterdir()) == []
    capsys.readouterr()


BAD = [
    ([*MEASURE, "--k", "0"], "--k", "an integer >= 1"),
    ([*MEASURE, "--k", "three"], "--k", "an integer"),
    ([*MEASURE, "--d", "-2"], "--d", "an integer >= 1"),
    ([*MEASURE, "--sigma", "-1"], "--sigma", "a number from 1e-06"),
    ([*MEASURE, "--sigma", "nan"], "--sigma", "a number from 1e-06"),
    ([*MEASURE, "--sigma", "inf"], "--sigma", "a number from 1e-06"),
    ([*MEASURE, "--sigma", "loud"], "--sigma", "a number"),
    ([*MEASURE, "--model", "transformer"], "--model", "lcn"),
    ([*MEASURE, "--protocol", "hopeful"], "--protocol", "honest"),
    ([*MEASURE, "--activation", "tanh"], "--activation", "relu_pair"),
    ([*MEASURE, "--bias", "free"], "--bias", "trained, fixed"),
    ([*MEASURE, "--width", "4"], "--width", "fcn"),
    ([*MEASURE, "--reps", "0"], "--reps", "an integer >= 1"),
    ([*MEASURE, "--reps", "1000000000"], "--reps", "<= 1000"),
    ([*MEASURE, "--k", "100000000000"], "--k", "<= 100000"),
    ([*MEASURE, "--d", "100000000"], "--d", "<= 100000"),
    ([*MEASURE, "--k", "100000", "--d", "11"], "--d", "<= 10,"),
    ([*MEASURE, "--sigma", "1e300"], "--sigma", "to 1000"),
    ([*MEASURE, "--sigma", "1e-300"], "--sigma", "from 1e-06"),
    ([*MEASURE, "--n-max", "100000000000000"], "--n-max", "<= 10000000"),
    ([*MEASURE, "--seed", "-1"], "--seed", "an integer >= 0"),
    ([*MEASURE, "--n-max", "1"], "--n-max", "an integer >="),
    ([*MEASURE, "--workers", "0"], "--workers", "an integer >= 1"),
    (["measure", "mnist", *MEASURE[2:]], "TASK", "dsd"),
    (["measure", "dsd", "--model", "cnn"], "--k", "required"),
    (["run", "everything"], "EXPERIMENT", "sweeps"),
    (["run", "sweeps", "--preset", "huge"], "--preset", "quick"),
    (["run", "sweeps", "--workers", "0"], "--workers", "an integer >= 1"),
    (["run", "sweeps", "--protocol", "hopeful"], "--protocol", "honest"),
    (["run", "sweeps", "--store", "file"], "--store", "a folder that can be made"),
    (["run", "sweeps", "--store", "file/below"], "--store", "a folder that can be made"),
    (["run", "sweeps", "--store", "/proc/nstar"], "--store", "a folder that can be made"),
    (["run", "sweeps", "--store", ""], "--store", "an existing folder"),
    (["status", "--store", "mistyped"], "--store", "an existing folder"),
    (["status", "--store", "file"], "--store", "an existing folder"),
    (["fit", "--store", "mistyped"], "--store", "an existing folder"),
    (["status", "everything"], "EXPERIMENT", "sweeps"),
    (["fit", "everything"], "EXPERIMENT", "sweeps"),
    (["fit", "sweeps", "--preset", "huge"], "--preset", "quick"),
    (["dance"], "COMMAND", "list"),
    ([], "COMMAND", "required"),
]


@pytest.mark.parametrize(("argv", "option", "allowed"), BAD, ids=[" ".join(argv[-2:]) for argv, _, _ in BAD])
def test_bad_input_gets_one_line_status_2_and_no_files(argv, option, allowed, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert nstar(*argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert option in err
    assert allowed in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_run_computes_what_is_missing_and_writes_tables_that_never_change(tiny_experiment, capsys):
    assert nstar("run", "sweeps") == 0
    first = capsys.readouterr()
    tables = [Path(line) for line in first.out.splitlines()]
    assert tables[0] == Path("results/quick/tables/sweeps.csv")
    contents = [table.read_bytes() for table in tables]
    assert contents[0].count(b"\n") == 1 + 4
    assert "2/2 cells done, 0 in flight, 0 failed" in first.err
    assert nstar("run", "sweeps", "--workers", "1") == 0
    assert "2/2 cells done (2 already there)" in capsys.readouterr().err
    assert [table.read_bytes() for table in tables] == contents
    assert nstar("run", "sweeps", "--store", "other", "--workers", "3") == 0
    assert Path("other/tables/sweeps.csv").read_bytes() == contents[0]
    capsys.readouterr()


def test_tables_that_cannot_be_written_are_one_line_and_status_1(tiny_experiment, capsys):
    store = Store.open(Path("results/quick"))
    (store.root / "tables").write_text("in the way")
    assert nstar("run", "sweeps") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "2/2 cells done, 0 in flight, 0 failed" in err
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("nstar run: the tables could not be written: ")


def test_what_the_system_refuses_is_one_line_and_status_1(growing_store, capsys, monkeypatch):
    def full(store):
        raise OSError(28, "No space left\non device")

    monkeypatch.setattr(Store, "ids", full)
    assert nstar("status", "sweeps") == 1
    assert capsys.readouterr().err == "nstar status: failed: [Errno 28] No space left on device\n"


def test_run_of_one_protocol_leaves_the_other_out(tiny_experiment, capsys):
    assert nstar("run", "sweeps", "--protocol", "honest") == 0
    assert "0/0 cells done" in capsys.readouterr().err


def test_a_failing_cell_is_named_the_rest_done_and_the_status_is_1(tiny_experiment, capsys, monkeypatch):
    broken, whole = tiny_experiment.cells("quick")

    def measure(cell, pool, **options):
        if cell == broken:
            raise FloatingPointError("the planted failure")
        return measure_cell(cell, pool, **options)

    monkeypatch.setattr(sims.measuring.units, "measure_cell", measure)
    assert nstar("run", "sweeps") == 1
    err = capsys.readouterr().err
    assert f"nstar run: failed: {broken.label}: FloatingPointError: the planted failure" in err
    assert whole.label not in err
    assert nstar("status", "sweeps", "--json") == 0
    status = json.loads(capsys.readouterr().out)["experiments"][0]
    assert (status["cells"], status["done"], status["failed"], status["missing"]) == (2, 1, 1, 0)
    assert status["failures"] == [{"cell": broken.label, "error": "FloatingPointError: the planted failure"}]
    monkeypatch.undo()


def test_run_says_once_in_how_many_cells_training_diverged(tiny_experiment, capsys, monkeypatch):
    lost = tiny_experiment.cells("quick")[1]

    def measure(cell, pool, **options):
        result = measure_cell(cell, pool, **options)
        if cell != lost:
            return result
        first, *rest = result.per_seed
        outcomes = tuple(dataclasses.replace(one, selected={"diverged": True}) for one in first.outcomes)
        return dataclasses.replace(result, per_seed=(dataclasses.replace(first, outcomes=outcomes), *rest))

    monkeypatch.setattr(sims.measuring.units, "measure_cell", measure)
    assert nstar("run", "sweeps") == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "diverged" in line]
    results = [Store(Path("results/quick")).load(cell).result for cell in tiny_experiment.cells("quick")]
    places = [one for result in results for seed in result.per_seed for one in seed.outcomes]
    gone = results[1].per_seed[0].outcomes
    assert line == (
        f"nstar run: training diverged in 1 of 2 cells, at every rate at {len(gone)} of {len(places)} places "
        f"(seed, n), as at seed {gone[0].seed}, n = {gone[0].n} of {lost.label}, and counts as a failure "
        "there; try smaller rates"
    )
    assert nstar("run", "sweeps", "--store", "other", "--protocol", "honest") == 0
    assert "diverged" not in capsys.readouterr().err


def test_status_of_an_empty_store_writes_nothing(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert nstar("status", "width") == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1].split() == ["width", "3", "0", "0", "0", "3"]
    assert list(tmp_path.iterdir()) == []


def test_status_counts_cells_of_other_definitions(growing_store, capsys, monkeypatch):
    assert nstar("status", "sweeps") == 0
    assert "other definitions" not in capsys.readouterr().out
    monkeypatch.setitem(EXPERIMENTS, "sweeps", Experiment(name="sweeps", title="", question="?", make=tiny))
    assert nstar("status", "sweeps") == 0
    assert "8 cells of other definitions" in capsys.readouterr().out.splitlines()
    assert nstar("status", "sweeps", "--json") == 0
    assert json.loads(capsys.readouterr().out)["others"] == 8


def test_fit_says_what_to_run_first_when_there_is_nothing(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert nstar("fit", "width") == 1
    assert "nstar run width --preset quick" in capsys.readouterr().err
    (tmp_path / "my store").mkdir()
    assert nstar("fit", "--store", "my store") == 1
    err = capsys.readouterr().err
    assert "my store holds no cell of any experiment" in err
    assert err.endswith("nstar run all --preset quick --store 'my store'\n")
