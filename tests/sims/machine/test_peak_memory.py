"""The peak memory of real processes beside what was estimated before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.machine.memory import peak_resident

ROOT = Path(__file__).resolve().parents[3]


def test_the_peak_is_not_that_of_the_process_which_began_this_one():
    ballast = bytearray(os.urandom(1)) * 600_000_000
    line = [sys.executable, "-c", "from sims.machine.memory import peak_resident; print(peak_resident())"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert peak_resident() > len(ballast)
    assert 1e6 < float(done.stdout) < 3e8


PROGRAM = """
import json, sys
from sims.experiments import Setting
from sims.measuring.threshold import measure_cell
from sims.machine.memory import Memory, peak_resident
from sims.machine.pool import Pool
given = json.loads(sys.argv[1])
cell = Setting(**{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}).cell()
with Pool(int(sys.argv[3]), memory=Memory(float(sys.argv[2]))) as pool:
    measure_cell(cell, pool)
    print(json.dumps([pool.memory.estimate, peak_resident(), pool.memory.fit_of(cell.id)]))
"""
IMAGES = {"k": 32, "d": 32, "model": "lcn", "seeds": [0, 1, 2, 3, 4], "n_max": 32_000, "ns": [1000, 32_000]}
"""131 MB of images a seed."""
WEIGHTS = {"k": 16, "d": 16, "model": "fcn", "width": 16_384, "seeds": [0, 1], "n_max": 300, "ns": [300]}
WEIGHTS |= {"criterion": {"test_size": 500}}
"""17 MB of weights a copy, in nine lanes of some copies each."""
ONE_BLOCK = WEIGHTS | {"n_max": 100, "ns": [100]}


@pytest.mark.parametrize(
    ("limit", "workers", "changes", "fit"),
    [
        (2.5e9, 1, {**IMAGES, "protocol": "direct", "learner": {}}, "whole"),
        (1.5e9, 2, {**IMAGES, "protocol": "direct", "learner": {}}, "whole"),
        (2.5e9, 1, {**IMAGES, "protocol": "honest", "learner": {"steps": 10}}, "whole"),
        (2.5e9, 1, {**WEIGHTS, "protocol": "honest", "learner": {"steps": 10}}, "whole"),
        (2.5e9, 1, {**ONE_BLOCK, "protocol": "honest", "learner": {"steps": 10}}, "whole"),
        (0.9e9, 2, {**WEIGHTS, "protocol": "honest", "learner": {"steps": 10}}, "divided"),
    ],
)
def test_peak_memory_is_within_a_fifth_of_the_estimate_and_within_the_limit(limit, workers, changes, fit):
    """What is estimated is nearly all of what the process takes. Where two workers go side by side, the limit
    lets one training in at a time: the peak does not depend on their rhythm.
    """
    setting = {"sigma": 0.2, **changes}
    line = [sys.executable, "-c", PROGRAM, json.dumps(setting), str(limit), str(workers)]
    # Compiled as users have it: the buffers of other programs are others.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "XLA_FLAGS": ""}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    estimate, peak, found = json.loads(done.stdout.splitlines()[-1])
    assert found == fit
    assert peak == pytest.approx(estimate, rel=0.2)
    assert peak <= 1.05 * limit, f"estimated: {estimate}"
