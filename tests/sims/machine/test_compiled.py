"""Programs as users compile them, beside those of the tests, which are compiled in less time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
from sims.experiments import Setting
from sims.measuring.threshold import measure_cell
from sims.machine.pool import Pool
found = {}
for given in json.loads(sys.argv[1]):
    cell = Setting(**{name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}).cell()
    outcomes = []
    with Pool(1) as pool:
        result = measure_cell(cell, pool, on_outcome=outcomes.append)
    found[str(given)] = [[one.seed, one.n, float(one.risk)] for one in outcomes]
print(json.dumps(found))
"""
SHORT = {"k": 3, "d": 4, "sigma": 0.3, "seeds": [0, 1], "n_max": 80, "ns": [10, 40, 80]}
DESCENT = {"protocol": "honest", "learner": {"steps": 100, "lr_w": [0.03, 0.1], "lr_b": [0.01]}}
CELLS = [
    *({**SHORT, **DESCENT, "model": model} for model in ("fcn", "lcn", "cnn")),
    {**SHORT, "protocol": "direct", "learner": {}, "model": "cnn"},
]


def risks(flags: str) -> dict:
    line = [sys.executable, "-c", PROGRAM, json.dumps(CELLS)]
    environment = {**os.environ, "XLA_FLAGS": flags, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_trainings_of_the_tests_have_the_risks_that_users_get():
    here, there = risks(os.environ["XLA_FLAGS"]), risks("")
    assert set(here) == set(there)
    for cell, outcomes in here.items():
        assert len(outcomes) == 6
        for ours, theirs in zip(sorted(outcomes), sorted(there[cell]), strict=True):
            assert ours[:2] == theirs[:2]
            assert ours[2] == pytest.approx(theirs[2], rel=1e-4), cell
