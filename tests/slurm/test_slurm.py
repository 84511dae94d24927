"""Sweeps through a real Slurm on this machine: a node is drained and a job killed, and the table is the same.

`make test-slurm` installs Slurm where it can, and runs these alone. Elsewhere they are skipped, with the
reason.
"""

import io
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sims.store import Store
from sims.sweep import sweep
from sims.sweep.executors.arrays import in_queue
from sims.sweep.executors.in_process import InProcess
from sims.sweep.executors.local import Local
from sims.sweep.executors.slurm import Slurm
from sims.sweep.progress import Progress
from sims.tables.columns import EVALUATION_COLUMNS
from sims.tables.rows import collect, collect_all, to_csv
from tests.outside.test_estimators import LEARNERS, write_files
from tests.sims.learners.trained import trained_cells
from tests.sims.planted import planted_cells, planted_measuring
from tests.slurm.cluster import NODES, cluster, what_is_missing

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=f"no Slurm: {what_is_missing()}")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """The environment of a running cluster, which this process takes over."""
    with cluster(tmp_path_factory.mktemp("slurm")) as environment, pytest.MonkeyPatch.context() as patch:
        for name in ("PATH", "SLURM_CONF"):
            patch.setenv(name, environment[name])
        patch.chdir(ROOT)  # where jobs begin, and find the tests' modules
        yield environment


def call(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def wait_for(true, what):
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def run(root, executor, cells, text=None):
    store = Store.open(root)
    progress = Progress(text if text is not None else io.StringIO())
    return store, sweep(cells, store, executor, progress=progress)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    store, _ = run(
        tmp_path_factory.mktemp("quiet"), InProcess(1, measuring=planted_measuring), planted_cells()
    )
    return to_csv(collect(store, planted_cells()))


def test_a_node_drained_and_a_job_killed_in_the_middle_change_nothing(slurm, tmp_path, monkeypatch, expected):
    monkeypatch.setenv("PLANTED_PAUSE", "0.2")
    cells = planted_cells()
    executor = Slurm(jobs=2, parallel=2, minutes=30, mem_gb=1, poll=0.5, grace=2, measuring=planted_measuring)
    text = io.StringIO()
    done = {}

    def drive():
        done["store"], done["report"] = run(tmp_path / "store", executor, cells, text)

    thread = threading.Thread(target=drive)
    thread.start()
    wait_for(lambda: len(list((tmp_path / "store").glob("??/*.json"))) >= 1, "the sweep did not get going")
    call("scontrol", "update", f"nodename={NODES[0]}", "state=drain", "reason=test")
    running = [line.split() for line in call("squeue", "-h", "-t", "R", "-o", "%i %N").splitlines()]
    assert running
    victim = next((job for job, node in running if node == NODES[1]), running[0][0])
    call("scancel", "--signal=KILL", "--full", victim)
    thread.join(SECONDS)
    assert not thread.is_alive()
    call("scontrol", "update", f"nodename={NODES[0]}", "state=resume")
    report = done["report"]
    assert report.failed == ()
    assert {cell.id for cell in report.computed} == {cell.id for cell in cells}
    assert to_csv(collect(done["store"], cells)) == expected
    said = text.getvalue()
    assert f"job {victim} has ended" in said
    assert said.count("submitted") >= 2


def test_a_requeued_job_goes_on_with_what_is_missing(slurm, tmp_path, monkeypatch, expected):
    monkeypatch.setenv("PLANTED_PAUSE", "0.2")
    cells = planted_cells()
    executor = Slurm(jobs=1, minutes=30, mem_gb=1, poll=0.5, grace=2, measuring=planted_measuring)
    done = {}
    text = io.StringIO()

    def drive():
        done["store"], done["report"] = run(tmp_path / "store", executor, cells, text)

    thread = threading.Thread(target=drive)
    thread.start()
    wait_for(lambda: len(list((tmp_path / "store").glob("??/*.json"))) >= 2, "the sweep did not get going")
    job = call("squeue", "-h", "-o", "%i").split()[0]
    # What Slurm sends shortly before a time limit, and on preemption.
    call("scancel", "--signal=USR2", job)
    # Slurm lets a requeued job wait for two minutes, unless it is told otherwise.
    wait_for(lambda: call("squeue", "-h", "-o", "%T").split() == ["PENDING"], "the job was not requeued")
    call("scontrol", "update", f"jobid={job}", "starttime=now")
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert done["report"].failed == ()
    assert to_csv(collect(done["store"], cells)) == expected
    assert text.getvalue().count("submitted") == 1
    log = "".join(path.read_text() for path in (tmp_path / "store" / "slurm").glob("*/*.out"))
    assert "Requeued job" in log
    assert log.count("computed: ") == len(cells)


def test_the_command_gives_the_table_of_this_process(slurm, tmp_path):
    tables = []
    for executor in (["process"], ["slurm", "--jobs", "2", "--mem-gb", "1"]):
        store = tmp_path / executor[0]
        command = ["run", "packings", "--store", str(store), "--executor", *executor]
        code = "import sys; from paper_repro.cli import main; sys.exit(main())"
        ended = subprocess.run(
            [sys.executable, "-c", code, *command],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        tables.append((store / "tables" / "packings.csv").read_bytes())
    assert tables[0] == tables[1]
    assert len(tables[0].splitlines()) > 1


@pytest.mark.parametrize("learner", LEARNERS)
def test_pieces_of_a_file_of_ones_own_reach_the_jobs(learner, slurm, tmp_path):
    """`tests.outside.test_estimators` does the same through processes."""
    use = write_files(learner, tmp_path)
    tables = []
    for executor in (["process"], ["slurm", "--jobs", "2", "--mem-gb", "1"]):
        store = tmp_path / executor[0]
        command = [*use, "run", "growth", "--store", str(store), "--executor", *executor]
        code = "import sys; from paper_repro.cli import main; sys.exit(main())"
        ended = subprocess.run(
            [sys.executable, "-c", code, *command],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        tables.append((store / "tables" / "growth.csv").read_bytes())
    assert tables[0] == tables[1]
    assert len(tables[0].splitlines()) > 1


def test_trained_nets_have_one_table_through_slurm_processes_and_threads(slurm, tmp_path):
    cells = trained_cells()
    tables = {}
    for executor in (Slurm(jobs=2, parallel=2, mem_gb=2, poll=0.5), Local(2), InProcess(2)):
        text = io.StringIO()
        store, report = run(tmp_path / executor.name, executor, cells, text)
        assert not report.failed, text.getvalue()
        assert len(report.computed) == len(cells)
        rows, evaluations, _ = collect_all(store, cells)
        tables[executor.name] = to_csv(rows) + to_csv(evaluations, EVALUATION_COLUMNS)
    assert len(tables) == 3
    assert len(set(tables.values())) == 1


def test_jobs_that_slurm_does_not_know_are_not_in_the_queue(slurm):
    assert in_queue(["999999", "999998_3"]) == set()
