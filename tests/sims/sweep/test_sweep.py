"""Sweeps: whatever happens in the middle, the final table is the same."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from sims.store import Store
from sims.store.leases import Leases, is_leased
from sims.sweep.progress import Progress, duration
from sims.tables.rows import collect, to_csv
from tests.sims.planted import planted_cell, planted_cells, planted_measure, planted_result, run_sweep

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 120


def start(store, pause):
    command = [sys.executable, "-m", "tests.sims.planted", str(store), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


def table_of(root):
    return (root / "tables" / "planted.csv").read_bytes()


def wait_for_cells(store, count):
    deadline = time.monotonic() + SECONDS
    while len(list(store.glob("??/*.json"))) < count:
        assert time.monotonic() < deadline, "the sweep did not get going"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def expected():
    """The table, made without a store's history: every cell computed here, in one go."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store")
        for cell in planted_cells():
            store.save(cell, planted_result(cell), {})
        return to_csv(collect(store, planted_cells())).encode()


def test_killed_in_the_middle_then_run_again_gives_the_same_table(tmp_path, expected):
    process = start(tmp_path / "store", 0.1)
    wait_for_cells(tmp_path / "store", 2)
    process.kill()
    _, first, _ = finish(process)
    stored = len(list((tmp_path / "store").glob("??/*.json")))
    assert 2 <= stored < len(planted_cells())
    status, second, err = finish(start(tmp_path / "store", 0))
    assert status == 0, err
    assert table_of(tmp_path / "store") == expected
    # At most the two cells in flight were lost: nothing that was stored is computed again.
    assert second.count("computing") == len(planted_cells()) - stored
    assert first.count("computing") <= stored + 2


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_goes_on(tmp_path, expected):
    process = start(tmp_path / "store", 0.1)
    wait_for_cells(tmp_path / "store", 2)
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130, err
    assert "Traceback" not in err
    stored = len(list((tmp_path / "store").glob("??/*.json")))
    assert 2 <= stored < len(planted_cells())
    status, second, _ = finish(start(tmp_path / "store", 0))
    assert status == 0
    assert second.count("computing") == len(planted_cells()) - stored
    assert table_of(tmp_path / "store") == expected


def test_two_processes_share_a_store_and_compute_each_cell_once(tmp_path, expected):
    processes = [start(tmp_path / "store", 0.05) for _ in range(2)]
    finished = [finish(process) for process in processes]
    assert [status for status, _, _ in finished] == [0, 0], finished
    computed = [line for _, out, _ in finished for line in out.splitlines()]
    assert sorted(computed) == sorted(f"computing {cell.id}" for cell in planted_cells())
    assert table_of(tmp_path / "store") == expected


def test_cells_of_a_process_that_dies_are_taken_over(tmp_path, expected):
    victim = start(tmp_path / "store", 0.1)
    assert victim.stdout is not None
    victim.stdout.readline()
    helper = start(tmp_path / "store", 0)
    assert helper.stdout is not None
    helper.stdout.readline()
    victim.kill()
    finish(victim)
    status, _, err = finish(helper)
    assert status == 0, err
    assert table_of(tmp_path / "store") == expected


def test_truncated_and_foreign_files_are_reported_and_their_cells_recomputed(tmp_path, expected):
    store = tmp_path / "store"
    assert finish(start(store, 0))[0] == 0
    truncated, foreign = sorted(store.glob("??/*.json"))[:2]
    truncated.write_bytes(truncated.read_bytes()[:100])
    foreign.write_text('{"hello": "world"}')
    status, out, err = finish(start(store, 0))
    assert status == 0
    assert out.splitlines().count(f"computing {truncated.stem}") == 1
    assert len(out.splitlines()) == 2
    for path in (truncated, foreign):
        assert path.stem in err
        assert (store / "set-aside" / path.name).exists()
    assert table_of(store) == expected


def sweep(tmp_path, cells, measure=planted_measure, name="store", **options):
    store = Store.open(tmp_path / name)
    return store, run_sweep(cells, store, measure, **options)


def test_order_and_number_of_cells_in_flight_change_nothing(tmp_path):
    cells = planted_cells()
    tables = []
    for name, order, in_flight in (("a", cells, 1), ("b", cells[::-1], 4), ("c", cells * 2, 3)):
        store, report = sweep(tmp_path, order, name=name, in_flight=in_flight)
        assert len(report.computed) == len(cells)
        tables.append(to_csv(collect(store, cells)))
    assert tables[0] == tables[1] == tables[2]


def test_a_failing_cell_is_named_and_recorded_and_the_rest_is_done(tmp_path):
    cells = [planted_cell(30), planted_cell(40, broken=True), planted_cell(50)]
    text = io.StringIO()
    store, report = sweep(tmp_path, cells, progress=Progress(text), in_flight=2)
    assert report.failed == ((cells[1], "FloatingPointError: the planted failure"),)
    assert set(report.computed) == {cells[0], cells[2]}
    assert cells[1].label in text.getvalue()
    assert "1 failed" in text.getvalue().splitlines()[-1]
    assert store.load(cells[1]) is None
    assert store.failure(cells[1]) == "FloatingPointError: the planted failure"
    again = run_sweep(cells, store, planted_measure)
    assert [cell for cell, _ in again.failed] == [cells[1]], "a failure is tried again, never cached"
    assert set(again.found) == {cells[0], cells[2]}
    assert again.computed == ()


def test_a_result_that_cannot_be_saved_is_a_failure_of_its_cell(tmp_path):
    cells = planted_cells()[:3]
    store = Store.open(tmp_path / "store")
    store.path(cells[1].id).parent.mkdir(exist_ok=True)
    store.path(cells[1].id).mkdir()
    (store.path(cells[1].id) / "in the way").write_text("")
    store.tidy = set
    load = store.load
    store.load = lambda cell: None if cell == cells[1] else load(cell)
    report = run_sweep(cells, store, planted_measure)
    assert [cell for cell, _ in report.failed] == [cells[1]]
    assert len(report.computed) == 2


def test_a_cell_whose_file_cannot_be_read_is_named_and_the_rest_is_done(tmp_path):
    cells = planted_cells()[:4]
    store = Store.open(tmp_path / "store")
    load = store.load

    def fail(cell):
        if cell == cells[1]:
            raise OSError(5, "Input/output error")
        return load(cell)

    store.load = fail
    text = io.StringIO()
    report = run_sweep(cells, store, planted_measure, in_flight=1, progress=Progress(text))
    assert [cell for cell, _ in report.failed] == [cells[1]]
    assert "Input/output error" in report.failed[0][1]
    assert set(report.computed) == {cells[0], cells[2], cells[3]}
    assert "0 in flight, 1 failed" in text.getvalue().splitlines()[-1]


def test_a_lease_that_cannot_be_removed_stops_nothing(tmp_path, monkeypatch):
    unlink = os.unlink

    def fail(path, **options):
        if Path(path).parent.name == "leases" and not Path(path).name.startswith("."):
            raise PermissionError(13, "Permission denied")
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", fail)
    store, report = sweep(tmp_path, planted_cells()[:3], in_flight=1)
    assert len(report.computed) == 3
    assert report.failed == ()
    assert (store.root / "leases" / planted_cells()[0].id).exists()
    assert not any(is_leased(store.root / "leases", cell.id) for cell in planted_cells()[:3])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_cells_that_a_dying_thread_leaves_behind_are_failures(tmp_path):
    cells = planted_cells()[:3]

    def die(cell, on_outcome):
        raise SystemExit

    text = io.StringIO()
    _, report = sweep(tmp_path, cells, die, in_flight=1, progress=Progress(text))
    assert [cell for cell, _ in report.failed] == cells
    assert not report.interrupted
    assert cells[2].label in text.getvalue()


def test_a_second_ctrl_c_records_no_failure(tmp_path, monkeypatch):
    """The second one cancels the trainings in progress; what they then raise says nothing of the cell."""
    begun, cancelled = threading.Event(), threading.Event()

    def measure(cell, on_outcome):
        begun.set()
        assert cancelled.wait(SECONDS)
        raise CancelledError

    presses = []

    def press(run, threads):
        assert begun.wait(SECONDS)
        presses.append(threads)
        if len(presses) == 2:
            cancelled.set()
            for thread in threads:
                thread.join(SECONDS)
        raise KeyboardInterrupt

    monkeypatch.setattr("sims.sweep.executors.in_process._Run._watch", press)
    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path, [planted_cell()], measure)
    assert len(presses) == 2
    assert Store(tmp_path / "store").failure(planted_cell()) is None


def test_a_second_sweep_computes_nothing(tmp_path):
    store, _ = sweep(tmp_path, planted_cells())

    def never(cell, on_outcome):
        raise AssertionError("computed again")

    report = run_sweep(planted_cells(), store, never)
    assert len(report.found) == len(planted_cells())
    assert report.failed == report.computed == ()


def test_a_held_cell_is_waited_for_and_found_when_its_holder_stores_it(tmp_path):
    store = Store.open(tmp_path / "store")
    cell = planted_cell()
    leases = Leases(store.root / "leases")
    lease = leases.take(cell.id)
    assert lease is not None
    assert is_leased(store.root / "leases", cell.id)

    def other_process():
        time.sleep(0.4)
        store.save(cell, planted_result(cell), {})
        lease.release()

    thread = threading.Thread(target=other_process)
    thread.start()
    report = run_sweep([cell, planted_cell(50)], store, planted_measure)
    thread.join()
    assert report.found == (cell,)
    assert report.computed == (planted_cell(50),)
    assert not is_leased(store.root / "leases", cell.id)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_lines_are_throttled_and_say_all_that_is_asked_of_them():
    text, clock = io.StringIO(), Clock()
    progress = Progress(text, interval=10, clock=clock)
    progress.begin(found=2, waiting=["a", "a", "b", "b"])
    for name, kind in (("1", "a"), ("2", "b")):
        progress.started(name, kind)
    for _ in range(40):
        clock.now += 0.5
        progress.trained(9)
    progress.finished("1")
    progress.failed("2", "why")
    progress.started("3", "a")
    lines = text.getvalue().splitlines()
    assert len(lines) == 4, lines
    assert lines[-1] == "failed: 2: why"
    assert progress.line() == (
        "3/6 cells done (2 already there), 1 in flight, 1 failed, 18 trainings/s, 40 s left"
    )


def test_progress_on_a_terminal_is_one_line_that_renews_itself():
    text, clock = Terminal(), Clock()
    progress = Progress(text, clock=clock)
    progress.begin(found=0, waiting=["a"])
    progress.started("1", "a")
    for _ in range(5):
        clock.now += 1
        progress.tick()
    progress.finished("1")
    assert "\n" not in text.getvalue()
    assert text.getvalue().count("\r") >= 8
    progress.end()
    assert text.getvalue().endswith("1/1 cells done, 0 in flight, 0 failed, 0 trainings/s, took 5 s\n")


@pytest.mark.parametrize(("columns", "shown"), [(40, 39), (0, 79), (None, 79)])
def test_the_live_line_is_cut_to_the_terminal(monkeypatch, columns, shown):
    def size(descriptor):
        if columns is None:
            raise OSError(25, "not a terminal")
        return os.terminal_size((columns, 24))

    text, clock = Terminal(), Clock()
    text.fileno = lambda: 2
    monkeypatch.setattr("os.get_terminal_size", size)
    progress = Progress(text, clock=clock)
    progress.begin(found=12345, waiting=["a"] * 12345)
    progress.started("1", "a")
    clock.now += 1
    progress.trained(10**9)
    assert len(progress.line()) > 80
    assert {len(part) for part in text.getvalue().split("\r")} >= {shown}
    assert max(len(part) for part in text.getvalue().split("\r")) == shown


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59, "59 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text


def test_the_process_under_test_is_this_source_tree():
    code = "import sims.sweep; print(sims.sweep.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert os.path.dirname(done.stdout) == str(ROOT / "sims" / "sweep")
