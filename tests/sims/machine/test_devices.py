"""Several devices, and a device that is not the first: the same program, the same bits.

Host devices stand for accelerators (``--xla_force_host_platform_device_count``).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from sims.experiments import Setting
from sims.machine.pool import Pool
from sims.measuring.threshold import measure_cell
from sims.samples import Layout

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import json, sys
import jax
from sims.measuring.need import kept_bytes, need
from sims.experiments import Setting
from sims.measuring.threshold import measure_cell
from sims.machine.memory import Memory
from sims.machine.pool import Pool
from sims.machine.versions import default_device

number = int(sys.argv[1])
if number:
    jax.config.update("jax_default_device", jax.devices()[number])
assert default_device().id == number
results = []
for given in json.loads(sys.argv[2]):
    cell = Setting(**{key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}).cell()
    divided = Memory()
    divided.__dict__["room"] = kept_bytes(cell) + need(cell, max(cell.search.grid())).bytes(1)
    for memory in (Memory(), divided):
        with Pool(2, memory=memory) as pool:
            results.append(measure_cell(cell, pool).to_json())
    places = {device.id for array in jax.live_arrays() for device in array.devices()}
    assert places <= {number}, places
print(json.dumps([len(jax.devices()), results]))
"""

SHORT = {"steps": 60, "lr_w": [0.03, 0.1], "lr_b": [0.01]}
SMALL = {"k": 3, "d": 4, "sigma": 0.3, "protocol": "honest", "seeds": [0, 1], "n_max": 60, "learner": SHORT}
CELLS = [{**SMALL, "model": model} for model in ("cnn", "lcn")]


def measured(devices, number=0):
    """Results of `CELLS` in a process with so many host devices, on device `number`: with lanes all at once,
    and one by one.
    """
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    line = [sys.executable, "-c", PROGRAM, str(number), json.dumps(CELLS)]
    environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, results = json.loads(done.stdout.splitlines()[-1])
    assert found == devices
    return results


@pytest.fixture(scope="module")
def alone():
    return measured(1)


@pytest.mark.parametrize("number", [0, 3])
def test_any_of_several_devices_gives_the_bits_of_one_alone(alone, number):
    assert len(alone) == 2 * len(CELLS)
    assert measured(4, number) == alone


@pytest.mark.parametrize("model", ["fcn", "lcn", "cnn"])
def test_one_large_block_as_on_an_accelerator_finds_what_small_ones_find(monkeypatch, model):
    """Sums in another order: float32, so 1e-3 of the risk at the end of a short training."""
    cell = Setting(**{**SMALL, "model": model, "seeds": (0, 1), "n_max": 500, "ns": (100, 500)}).cell()
    results, layouts = [], []
    for backend in ("cpu", "gpu"):
        monkeypatch.setattr(jax, "default_backend", lambda backend=backend: backend)
        layouts.append(Layout.of(400, 500, 3, 4))
        with Pool(2) as pool:
            results.append(measure_cell(cell, pool))
    assert [layout.blocks for layout in layouts] == [4, 1]
    for one, other in zip(*(result.per_seed for result in results), strict=True):
        assert one.threshold == other.threshold
        risks = [[outcome.risk for outcome in seed.outcomes] for seed in (one, other)]
        np.testing.assert_allclose(*risks, rtol=1e-3)
