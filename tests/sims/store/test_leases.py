"""Leases: one holder at a time, taken over from the dead at once and from the silent after a while."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from sims.store.leases import Leases, holder_of, is_free, is_leased

OTHER_MACHINE = {"host": "elsewhere", "boot": "1", "processes": "1", "pid": 1, "started": "1"}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def foreign(folder, cell="a", count=0):
    """A lease of another machine, as one finds it."""
    (folder / cell).write_text(f"{count:020d}\n{json.dumps(OTHER_MACHINE)}\n")


def test_a_lease_is_exclusive_and_free_after_release(tmp_path):
    leases = Leases(tmp_path)
    first = leases.take("a")
    assert first is not None
    assert leases.take("a") is None
    assert Leases(tmp_path).take("a") is None
    assert leases.take("b") is not None
    assert is_leased(tmp_path, "a")
    first.release()
    assert not is_leased(tmp_path, "a")
    assert Leases(tmp_path).take("a") is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_of_many_that_want_a_lease_one_gets_it(tmp_path):
    start = threading.Barrier(16)
    got = []

    def want():
        leases = Leases(tmp_path)
        start.wait()
        got.append(leases.take("a"))

    threads = [threading.Thread(target=want) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lease is not None for lease in got) == 1


def test_the_lease_of_a_killed_process_is_free_at_once(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from sims.store.leases import Leases\n"
        f"assert Leases(Path({str(tmp_path)!r})).take('a'); print('held', flush=True); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    leases = Leases(tmp_path)
    assert leases.take("a") is None
    process.kill()
    process.wait()
    process.stdout.close()
    assert not is_leased(tmp_path, "a")
    assert leases.take("a") is not None


def test_a_process_number_that_was_given_away_anew_is_not_the_holder(tmp_path):
    leases = Leases(tmp_path)
    lease = leases.take("a")
    assert lease is not None
    content = (tmp_path / "a").read_bytes()
    assert holder_of(content)["pid"] == os.getpid()
    assert not is_free(content)
    older = json.dumps({**holder_of(content), "started": "1"}).encode()
    assert is_free(content[:21] + older)


def test_a_silent_lease_of_another_machine_is_taken_over_after_a_while(tmp_path):
    clock = Clock()
    leases = Leases(tmp_path, patience=60, clock=clock)
    foreign(tmp_path)
    assert leases.take("a") is None
    clock.now = 59
    assert leases.take("a") is None
    clock.now = 61
    assert leases.take("a") is not None
    assert holder_of((tmp_path / "a").read_bytes())["pid"] == os.getpid()


def test_a_lease_that_shows_life_is_left_alone_however_long_it_takes(tmp_path):
    clock = Clock()
    leases = Leases(tmp_path, patience=60, clock=clock)
    for beat in range(20):
        foreign(tmp_path, count=beat)
        clock.now = 50.0 * beat
        assert leases.take("a") is None
    clock.now += 61
    assert leases.take("a") is not None


def test_time_counts_from_when_one_has_seen_the_lease_and_not_from_its_date(tmp_path):
    """A clock that is wrong, here or there, frees no lease."""
    clock = Clock()
    clock.now = 1e6
    foreign(tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    assert Leases(tmp_path, clock=clock).take("a") is None


def test_holders_show_life(tmp_path):
    with Leases(tmp_path, beat=0.02) as leases:
        assert leases.take("a") is not None
        before = (tmp_path / "a").read_bytes()
        deadline = time.monotonic() + 30
        while (tmp_path / "a").read_bytes() == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert holder_of((tmp_path / "a").read_bytes()) == holder_of(before)


def test_releasing_a_lease_that_another_has_taken_over_leaves_the_others(tmp_path):
    clock = Clock()
    slow = Leases(tmp_path)
    lease = slow.take("a")
    assert lease is not None
    os.unlink(tmp_path / "a")
    foreign(tmp_path)
    lease.release()
    assert holder_of((tmp_path / "a").read_bytes())["host"] == "elsewhere"
    assert Leases(tmp_path, clock=clock).take("a") is None


def test_a_newer_lease_that_was_moved_by_mistake_is_put_back(tmp_path):
    leases = Leases(tmp_path)
    foreign(tmp_path)
    old = (tmp_path / "a").read_bytes()
    foreign(tmp_path, count=7)
    assert leases._remove(tmp_path / "a", old)
    assert (tmp_path / "a").read_bytes().startswith(b"00000000000000000007")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("content", ["", "no lease", "0\n[1]", "0\n{"])
def test_a_file_that_is_no_lease_is_taken_over_after_a_while(tmp_path, content):
    clock = Clock()
    leases = Leases(tmp_path, patience=60, clock=clock)
    (tmp_path / "a").write_text(content)
    assert leases.take("a") is None
    clock.now = 61
    assert leases.take("a") is not None


def test_without_hard_links_a_lease_is_exclusive_too(tmp_path, monkeypatch):
    def fail(*args, **options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", fail)
    leases = Leases(tmp_path)
    lease = leases.take("a")
    assert lease is not None
    assert leases.take("a") is None
    lease.release()
    assert leases.take("a") is not None
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
