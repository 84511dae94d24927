"""``nstar run --dry-run``: what it prints, what it knows, what it refuses."""

import argparse
import dataclasses
import json
import threading

import jax
import pytest

from sims.cli import add_commands, dispatch
from sims.cli.dry_run import _rooms
from sims.cli.executors import add_executor, places_of
from sims.costs.work import cell_work
from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.learners import KernelRegression
from sims.machine.memory import Memory
from sims.models import ResNet
from sims.store import Store
from tests.sims.experiments.small_settings import setting


def tiny(preset):
    del preset
    return [setting(k=2, d=d, n_max=30, model="cnn", protocol="lahoti") for d in (3, 4)]


@pytest.fixture
def tiny_experiment(monkeypatch, tmp_path):
    experiment = Experiment(name="sweeps", title="tiny", question="?", make=tiny)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    return experiment


def test_a_dry_run_writes_nothing_and_says_what_is_missing(tiny_experiment, capsys, tmp_path):
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 cells to compute (0 stored), 0 of them probes\n")
    for word in ("trainings", "FLOPs", "memory", "compiling", "process", "local", "slurm", "GFLOP/s"):
        assert word in out
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_in_json_counts_only_what_the_store_lacks(tiny_experiment, capsys):
    assert dispatch(["run", "sweeps", "--store", "s"], [add_commands]) == 0
    cells = tiny_experiment.cells("quick")

    Store("s").path(cells[0].id).unlink()
    capsys.readouterr()
    line = ["run", "sweeps", "--store", "s", "--dry-run", "--json", "--jobs", "3", "--cpus", "2"]
    assert dispatch(line, [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cells"], answer["stored"]) == (1, 1)
    work = cell_work(cells[0])
    assert answer["trainings"] == work.trainings
    assert answer["flops"] == work.flops
    assert answer["seconds"]["slurm"]["jobs"] == 1
    assert answer["seconds"]["slurm"]["cpus"] == 2
    assert answer["seconds"]["process"]["wall"] > 0
    assert answer["calibration"]["not_timed"] == []
    assert answer["memory_gb"]["process"]["cells"] == {"whole": 1, "divided": 0, "too large": 0}


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (["--minutes", "1"], "--minutes"),
        (["--memory-gb", "-3"], "--memory-gb"),
        (["--memory-gb", "0.001"], "--memory-gb"),
        (["--mem-gb", "0"], "--mem-gb"),
        (["--devices", "1,1"], "--devices"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_a_dry_run_refuses_what_no_run_takes(tiny_experiment, capsys, options, option):
    assert dispatch(["run", "sweeps", "--dry-run", *options], [add_commands]) == 2
    assert option in capsys.readouterr().err


def test_a_dry_run_plans_with_the_processes_that_a_run_would_start(monkeypatch, tmp_path, capsys):
    cells = [setting(k=2, n_max=n_max, model="cnn") for n_max in (30, 4_000_000)]
    experiment = Experiment(name="sweeps", title="two", question="?", make=lambda preset: cells)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sims.machine.memory.resident", lambda: 3e8)
    monkeypatch.setattr("sims.costs.calibration.LARGEST", 1e6)  # the large cell is planned, not timed
    line = ["run", "sweeps", "--dry-run", "--json", "--processes", "3", "--mem-gb", "0.7"]
    assert dispatch(line, [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["seconds"]["local"]["processes"] == 3
    most = max(128, int(0.1 * (0.5e9 + 1e9 * answer["memory_gb"]["process"]["room"]) / 4e6))
    assert answer["memory_gb"]["programs"] == pytest.approx(4e-3 * (most - 20))
    assert answer["memory_gb"]["slurm"]["room"] == pytest.approx(0.95 * 0.7 - 0.5)
    assert answer["memory_gb"]["slurm"]["cells"] == {"whole": 1, "divided": 0, "too large": 1}


def test_a_dry_run_on_a_cpu_knows_nothing_of_accelerators(tiny_experiment, capsys):
    line = ["run", "sweeps", "--dry-run", "--devices", "0,1,2", "--gpus", "1"]
    assert dispatch([*line, "--json"], [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["seconds"]["local"]["processes"] == 3
    assert answer["seconds"]["local"]["wall"] is None
    assert answer["seconds"]["slurm"]["wall"] is None
    assert answer["memory_gb"].keys() == {"one_lane", "nothing_waits", "programs", "process"}
    assert dispatch(line, [add_commands]) == 0
    out = capsys.readouterr().out
    for name in ("local", "slurm"):
        assert f"{name:<12}not known: this machine's speed is of another kind of device" in out


def test_a_dry_run_that_could_time_nothing_says_that_it_does_not_know(monkeypatch, tmp_path, capsys):
    large = [setting(k=64, d=64, n_max=200_000)]
    experiment = Experiment(name="sweeps", title="large", question="?", make=lambda preset: large)
    monkeypatch.setitem(EXPERIMENTS, "sweeps", experiment)
    monkeypatch.chdir(tmp_path)
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert "time        not known: of these cells no training is small enough to be timed\n" in out
    assert not any(line.startswith(("process", "local", "slurm", "compiling")) for line in out.splitlines())
    assert dispatch(["run", "sweeps", "--dry-run", "--json"], [add_commands]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["calibration"]["not_timed"] == ["gradient_descent lcn"]
    assert [one["wall"] for one in answer["seconds"].values()] == [None] * 3


def test_a_dry_run_plans_with_an_accelerators_memory_and_the_hosts(tiny_experiment, monkeypatch):
    class Device:
        platform = "gpu"

        @staticmethod
        def memory_stats():
            return {"bytes_limit": 8e10}

    monkeypatch.setattr("sims.machine.memory.default_device", Device)
    monkeypatch.setattr("sims.machine.memory.resident", lambda: 3e8)
    parser = argparse.ArgumentParser()
    add_executor(parser)
    args = parser.parse_args(["--memory-gb", "64", "--devices", "0,1,2,3,4,5,6,7", "--gpus", "1"])
    rooms = _rooms(args, places_of(args), Memory(64e9), accelerated=True)
    # Eight processes share the host's memory; each takes half a gigabyte by itself.
    assert rooms == pytest.approx({"process": 63.5e9, "local": 7.5e9, "slurm": 0.95 * 8e9 - 0.5e9})
    args = parser.parse_args(["--memory-gb", "100"])
    rooms = _rooms(args, places_of(args), Memory(100e9), accelerated=True)
    assert rooms == pytest.approx({"process": 0.9 * 8e10})  # the others would compute on CPUs


def test_a_dry_run_names_what_will_fail(tiny_experiment, capsys, monkeypatch):
    first, make = tiny("quick")[0], Setting.cell
    bad = dataclasses.replace(first.cell(), model=ResNet(), learner=KernelRegression())
    monkeypatch.setattr(Setting, "cell", lambda self: bad if self == first else make(self))
    assert dispatch(["run", "sweeps", "--dry-run"], [add_commands]) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 cells to compute")
    assert f"will fail   {bad.label}: model: got 'resnet'" in out


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--json"], "--json"),
        (["--dry-run", "--jobs", "0"], "--jobs"),
        (["--memory-gb", "0.1"], "--memory-gb"),
        (["--executor", "slurm", "--memory-gb", "4"], "--memory-gb"),
        (["--executor", "local", "--processes", "4", "--memory-gb", "1.5"], "--memory-gb"),
    ],
)
def test_bad_options_of_costs_are_named(tiny_experiment, capsys, options, named, tmp_path):
    assert dispatch(["run", "sweeps", *options], [add_commands]) == 2
    assert named in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_run_says_its_peak_memory_beside_the_estimate(tiny_experiment, capsys):
    assert dispatch(["run", "sweeps", "--memory-gb", "4"], [add_commands]) == 0
    line = next(line for line in capsys.readouterr().err.splitlines() if "peak memory" in line)
    assert " GB, estimated " in line


def test_threads_of_the_tests_are_not_left_over():
    assert all(not thread.name.startswith("training") for thread in threading.enumerate())
    assert jax.default_backend() == "cpu"
