"""Some minutes of a night of failures, one fault of each kind. `python -m tests.soak`: a whole one."""

import sys

import pytest

from tests.soak.faults import soak


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals, /proc and tmpfs")
def test_a_tormented_sweep_names_every_fault_and_gives_the_quiet_table(tmp_path):
    one = soak(tmp_path / "soak", faults=8, cells=40, pause=0.01)
    assert sum(one.counts.values()) == 8
    assert len(one.counts) >= 7
    assert one.starts > 1
