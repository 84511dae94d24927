"""Executors: whatever computes the cells, and whatever dies over it, the table is the same."""

import contextlib
import dataclasses
import functools
import io
import itertools
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.cli import add_commands, dispatch
from sims.cli.executors import further_options
from sims.costs.shares import shares
from sims.pieces.errors import InputError
from sims.store import Store
from sims.store.leases import Leases, holder_of
from sims.sweep import sweep
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.job import Job
from sims.sweep.executors.local import MOST_DEATHS, Local
from sims.sweep.executors.measuring import measuring
from sims.sweep.executors.slurm import Slurm
from sims.sweep.progress import Progress
from sims.tables.columns import COLUMNS, EVALUATION_COLUMNS, READING_COLUMNS
from sims.tables.rows import collect, collect_all, to_csv
from tests.sims.learners.trained import trained_cells
from tests.sims.planted import (
    deadly_measuring,
    endless_measuring,
    planted_cell,
    planted_cells,
    planted_measuring,
    planted_result,
    stillborn_measuring,
    telling_measuring,
)

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 120


def table(cells):
    """Their table, computed here and now."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store")
        for cell in cells:
            store.save(cell, planted_result(cell), {})
        return to_csv(collect(store, cells))


def run(root, executor, cells, text=None):
    store = Store.open(root)
    report = sweep(cells, store, executor, progress=Progress(text if text is not None else io.StringIO()))
    return store, report


def workers_of(parent):
    """Processes that `multiprocessing` has started for a process, its resource tracker aside."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_bytes()
        if b"spawn_main" in command and b"resource_tracker" not in command:
            found.append(int(child))
    return found


@pytest.mark.parametrize("executor", [Local, InProcess])
def test_every_executor_gives_the_same_table(tmp_path, executor):
    cells = planted_cells()
    store, report = run(tmp_path, executor(2, measuring=planted_measuring), cells)
    assert {cell.id for cell in report.computed} == {cell.id for cell in cells}
    assert not report.failed
    assert not report.interrupted
    assert to_csv(collect(store, cells)) == table(cells)
    assert not list((store.root / "leases").iterdir())


def test_executors_take_over_from_each_other(tmp_path):
    cells = planted_cells()
    run(tmp_path, InProcess(1, measuring=planted_measuring), cells[:4])
    _, report = run(tmp_path, Local(2, measuring=planted_measuring), cells[2:8])
    assert set(report.found) == set(cells[2:4])
    Job(str(tmp_path), tuple(cells[8:10]), 1, planted_measuring)()
    store, report = run(tmp_path, InProcess(1, measuring=planted_measuring), cells)
    assert set(report.computed) == set(cells[10:])
    assert to_csv(collect(store, cells)) == table(cells)


def test_a_failing_cell_fails_once_and_the_rest_is_done(tmp_path):
    cells = [*planted_cells()[:3], planted_cell(33, broken=True)]
    text = io.StringIO()
    store, report = run(tmp_path, Local(2, measuring=planted_measuring), cells, text)
    assert [cell for cell, _ in report.failed] == [cells[3]]
    assert "FloatingPointError: the planted failure" in report.failed[0][1]
    assert set(report.computed) == set(cells[:3])
    assert store.failure(cells[3]) == report.failed[0][1]
    assert text.getvalue().count("failed: ") == 1


def test_a_cell_that_kills_its_workers_is_given_up_and_the_rest_is_done(tmp_path):
    cells = [planted_cell(33, broken=True), *planted_cells()[:5]]
    text = io.StringIO()
    store, report = run(tmp_path, Local(2, measuring=deadly_measuring), cells, text)
    assert report.failed == ((cells[0], f"its worker has died {MOST_DEATHS} times, last by signal 9"),)
    assert set(report.computed) == set(cells[1:])
    assert text.getvalue().count("has died (signal 9)") == MOST_DEATHS
    assert store.failure(cells[0]) == report.failed[0][1]
    assert "4/6" not in text.getvalue().splitlines()[-1]
    assert "5/6 cells done, 0 in flight, 1 failed" in text.getvalue().splitlines()[-1]


def test_a_cell_that_never_ends_is_ended_at_its_limit_and_the_rest_is_done(tmp_path):
    cells = [planted_cell(33, broken=True), *planted_cells()[:5]]
    text = io.StringIO()
    store, report = run(tmp_path, Local(1, measuring=endless_measuring, cell_minutes=0.02), cells, text)
    assert report.failed == ((cells[0], "it takes longer than its limit of 0.02 min"),)
    assert store.failure(cells[0]) == report.failed[0][1]
    assert set(report.computed) == set(cells[1:])
    assert "has died" not in text.getvalue()


def test_a_job_ends_at_a_cell_that_never_ends_and_the_next_one_does_the_rest(tmp_path):
    cells = (planted_cell(33, broken=True), *planted_cells()[:2])
    store = Store.open(tmp_path)
    job = Job(str(tmp_path), cells, 1, endless_measuring, cell_minutes=0.02)
    child = multiprocessing.get_context("spawn").Process(target=job)
    child.start()
    child.join(SECONDS)
    assert child.exitcode == 1
    assert store.failure(cells[0]) == "it takes longer than its limit of 0.02 min"
    dataclasses.replace(job, cell_minutes=None)()
    assert store.ids() == sorted(cell.id for cell in cells[1:])


@pytest.mark.parametrize("executor", [Local, Slurm])
def test_a_limit_of_a_cells_time_is_a_number(executor):
    with pytest.raises(InputError, match="cell_minutes: got -1; allowed: a number > 0"):
        executor(cell_minutes=-1)


def test_workers_that_do_not_start_end_the_sweep(tmp_path):
    with pytest.raises(RuntimeError, match="workers do not start"):
        run(tmp_path, Local(1, measuring=stillborn_measuring), planted_cells()[:2])


def test_killed_workers_are_replaced_and_lose_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PLANTED_PAUSE", "0.1")
    cells = planted_cells()
    text = io.StringIO()
    kills = []

    def kill():
        """Three times whoever holds a lease."""
        deadline = time.monotonic() + SECONDS
        while len(kills) < 3 and time.monotonic() < deadline:
            for path in (tmp_path / "leases").glob("[0-9a-f]*"):
                with contextlib.suppress(OSError):
                    holder = holder_of(path.read_bytes()).get("pid")
                    if holder is not None and holder not in kills:
                        os.kill(holder, signal.SIGKILL)
                        kills.append(holder)
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    store, report = run(tmp_path, Local(2, measuring=planted_measuring), cells, text)
    thread.join()
    assert len(kills) >= 3
    assert text.getvalue().count("has died (signal 9)") == len(kills)
    assert not report.failed
    assert to_csv(collect(store, cells)) == table(cells)


def test_cores_are_shared_out_and_devices_named():
    cores = sorted(os.sched_getaffinity(0))
    places = Local(len(cores))._places
    assert sorted(itertools.chain.from_iterable(own for _, own in places)) == cores
    assert all(len(own) == 1 for _, own in Local(3 * len(cores))._places)
    assert all(environment["JAX_PLATFORMS"] == "cpu" for environment, _ in places)


@pytest.mark.parametrize(("visible", "named"), [(None, ["0", "2"]), ("4,5,7", ["4", "7"])])
def test_devices_are_counted_among_those_that_are_visible(monkeypatch, visible, named):
    if visible is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    places = Local(devices=(0, 2))._places
    assert [environment["CUDA_VISIBLE_DEVICES"] for environment, _ in places] == named
    assert all("JAX_PLATFORMS" not in environment for environment, _ in places)
    with pytest.raises(InputError, match=r"^processes: "):
        Local(3, devices=(0, 2))
    if visible is not None:
        with pytest.raises(InputError, match=r"^devices: "):
            Local(devices=(3,))


def test_a_worker_begins_with_its_cores_and_variables(tmp_path):
    """Libraries read them while they are imported, which is before the worker's own code runs."""
    cores = len(os.sched_getaffinity(0))
    before = dict(os.environ)
    _, report = run(tmp_path, Local(cores, measuring=telling_measuring), planted_cells()[:2])
    assert {message for _, message in report.failed} == {"ValueError: 1 at a time, 1 core, on cpu, BLAS 1"}
    assert dict(os.environ) == before
    assert len(os.sched_getaffinity(0)) == cores


def test_accelerators_that_are_not_there_are_refused_and_not_replaced_by_the_cpu(tmp_path, monkeypatch):
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    cells = planted_cells()
    with pytest.raises(InputError, match=r"^devices: got '1'; allowed: accelerators that jax finds"):
        run(tmp_path, Local(devices=(1,), measuring=planted_measuring), cells)
    with pytest.raises(InputError, match=r"^gpus: got 2; allowed: accelerators that jax finds"):
        Job(str(tmp_path), tuple(cells), 1, planted_measuring, gpus=2)()
    assert not Store(tmp_path).ids()


def test_a_job_with_too_little_memory_for_anything_says_so_of_its_cells_and_of_nobody_elses(tmp_path):
    store = Store.open(tmp_path)
    arrived, held, *others = planted_cells()
    sweep([arrived], store, Local(1, measuring=planted_measuring))
    with Leases(tmp_path / "leases") as leases:
        lease = leases.take(held.id)
        Job(str(tmp_path), tuple(planted_cells()), 1, functools.partial(measuring, memory=1e6))()
        lease.release()
    assert store.failure(arrived) is store.failure(held) is None
    for cell in others:
        assert store.failure(cell).startswith("no job can be begun: memory-gb: got '0.00 GB'")


def test_trained_nets_give_the_same_bytes_however_they_are_computed(tmp_path):
    cells = trained_cells()
    tables = []

    def keep_tables(store):
        rows, evaluations, readings = collect_all(store, cells)
        assert readings
        written = ((rows, COLUMNS), (evaluations, EVALUATION_COLUMNS), (readings, READING_COLUMNS))
        tables.append("".join(to_csv(*table) for table in written))

    for name, executor in (("process", InProcess(2)), ("local", Local(2)), ("pinned", Local(1))):
        store, report = run(tmp_path / name, executor, cells)
        assert not report.failed
        keep_tables(store)
    store = Store.open(tmp_path / "job")
    Job(str(store.root), tuple(cells), 1)()
    keep_tables(store)
    assert len(tables[0].splitlines()) > 2 + sum(len(cell.seeds) for cell in cells)
    assert len(set(tables)) == 1


PROGRAM = """
import signal, sys
from sims.sweep.executors.local import Local
from sims.sweep.progress import Progress
from sims.store import Store
from sims.sweep import sweep
from tests.sims.planted import planted_cells, planted_measuring

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    store = Store.open(sys.argv[1])
    executor = Local(2, measuring=planted_measuring)
    report = sweep(planted_cells(), store, executor, progress=Progress(sys.stderr))
    sys.exit(130 if report.interrupted else 1 if report.failed else 0)
"""


def test_ctrl_c_ends_workers_and_keeps_what_is_finished(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PLANTED_PAUSE": "0.15", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(program), str(tmp_path / "store")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + SECONDS
    while len(list((tmp_path / "store").glob("??/*.json"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, err
    assert "stopping after the trainings in progress" in err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
    store = Store(tmp_path / "store")
    done = len(store.ids())
    assert 2 <= done < len(planted_cells())
    assert not any(store.failure(cell) for cell in planted_cells())
    _, report = run(tmp_path / "store", Local(2, measuring=planted_measuring), planted_cells())
    assert len(report.computed) == len(planted_cells()) - done
    assert to_csv(collect(store, planted_cells())) == table(planted_cells())


def test_workers_end_with_their_parent(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "PLANTED_PAUSE": "0.15", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(program), str(tmp_path / "store")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + SECONDS
    while len(list((tmp_path / "store").glob("??/*.json"))) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    workers = workers_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_computes_what_is_missing_and_tries_no_failure_again(tmp_path, capsys):
    cells = planted_cells()[:3]
    store = Store.open(tmp_path)
    store.save(cells[0], planted_result(cells[0]), {})
    store.save_failure(cells[1], "no", "", {})
    job = Job(str(tmp_path), tuple(cells), 1, planted_measuring)
    job()
    out = capsys.readouterr().out
    assert "arrived: " in out
    assert "computed: " in out
    assert store.failure(cells[1]) == "no"
    assert sorted(store.ids()) == sorted(cell.id for cell in (cells[0], cells[2]))


@given(
    costs=st.lists(st.floats(0, 1e6), min_size=1, max_size=40),
    jobs=st.integers(1, 12),
)
def test_shares_hold_every_cell_once_and_are_alike(costs, jobs):
    groups = shares(costs, jobs)
    assert sorted(itertools.chain.from_iterable(groups)) == list(range(len(costs)))
    assert 0 < len(groups) <= jobs
    assert all(group for group in groups)
    largest = max(math.fsum(costs[index] for index in group) for group in groups)
    least_possible = max(math.fsum(costs) / jobs, max(costs))
    # Graham 1969: 4/3 of the best, and the best is at most the mean and the costliest together.
    assert largest <= math.fsum(costs) / jobs + max(costs) + 1e-6
    assert largest >= least_possible - 1e-6


@pytest.mark.parametrize(
    ("arguments", "option", "allowed"),
    [
        (["--processes", "2"], "--processes", "with --executor local only"),
        (["--executor", "local", "--workers", "2"], "--workers", "with --executor process only"),
        (["--executor", "local", "--processes", "0"], "--processes", "an integer >= 1"),
        (["--executor", "local", "--devices", "0,x"], "--devices", "integers with commas between"),
        (["--executor", "local", "--devices", "1,1"], "--devices", "different integers"),
        (["--executor", "local", "--minutes", "3"], "--minutes", "with --executor slurm only"),
        (["--executor", "slurm"], "--executor", "is not on the path"),
        (["--executor", "slurm", "--sbatch", "=lab"], "--sbatch", "OPTION or OPTION=VALUE"),
        (["--executor", "slurm", "--sbatch", "account="], "--sbatch", "OPTION or OPTION=VALUE"),
        (["--executor", "slurm", "--sbatch=--exclusive"], "--sbatch", "without dashes"),
        (["--executor", "cluster"], "--executor", "'process', 'local', 'slurm'"),
    ],
)
def test_bad_options_get_one_line_and_write_nothing(
    tmp_path, monkeypatch, capsys, arguments, option, allowed
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(dispatch(["run", "one-patch", *arguments], [add_commands]))
    assert ended.value.code == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1, err
    assert option in err
    assert allowed in err
    assert not list(tmp_path.iterdir())


def test_options_of_sbatch_have_a_value_or_none():
    from submitit.slurm.slurm import _make_sbatch_string

    found = further_options(["account=lab", "exclusive", "comment=a=b"])
    assert found == {"account": "lab", "exclusive": True, "comment": "a=b"}
    script = _make_sbatch_string("command", "folder", additional_parameters=found).splitlines()
    assert {"#SBATCH --account=lab", "#SBATCH --exclusive", "#SBATCH --comment=a=b"} <= set(script)


def test_zero_processes_are_refused():
    with pytest.raises(InputError, match=r"^processes: "):
        Local(-1)
