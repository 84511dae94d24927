"""Which patch holds the signal: the task, its floors, and the road from a search to a figure."""

import csv
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims.costs.plan import sort_out
from sims.costs.work import cell_work
from sims.experiments import Setting
from sims.learners import lanes
from sims.measuring.need import kept_bytes, need
from sims.models import DenseCNN
from sims.pieces.errors import InputError
from sims.protocols.criteria import METRICS
from sims.samples import pack
from sims.tasks import DSD, SignalLocation
from theory.dsd.risks import oracle_risk

ROOT = Path(__file__).resolve().parents[3]
KEY = jax.random.key(11)
SIZES = {"k": 4, "d": 3, "sigma": 0.3}


@pytest.mark.parametrize("stream", [0, 1])
def test_images_are_those_of_dsd_and_labels_are_its_label_in_the_signals_patch(stream):
    found, plain = (cls(**SIZES).sample(KEY, 50, stream=stream) for cls in (SignalLocation, DSD))
    np.testing.assert_array_equal(found.x, plain.x)
    assert found.y.shape == (50, *SignalLocation(**SIZES).label_shape) == (50, 4)
    assert found.y.dtype == jnp.float32
    np.testing.assert_array_equal(found.y.sum(axis=1), plain.y)
    np.testing.assert_array_equal(np.abs(found.y).argmax(axis=1), plain.latents["patch"])
    assert np.all((np.asarray(found.y) != 0).sum(axis=1) == 1)


@pytest.mark.parametrize("kind", ["oracle", "linear", "ground_truth"])
def test_squared_floors_are_those_of_dsd_over_k(kind):
    assert SignalLocation(**SIZES).floor(kind) == DSD(**SIZES).floor(kind) / 4
    assert SignalLocation(**SIZES).floor("zero") == 0


@pytest.mark.parametrize("kind", ["oracle", "ground_truth"])
@pytest.mark.parametrize("metric", ["squared", "top_one"])
def test_floors_are_the_risks_of_the_net_at_the_true_signal(kind, metric):
    task, n = SignalLocation(**SIZES), 40_000
    batch = task.sample(KEY, n)
    bias = oracle_risk(4, 0.3).bias if kind == "oracle" else 0.0
    params = {"w": batch.latents["signal"][None, None], "b": jnp.full(1, bias)}
    samples = pack(batch, capacity=n)
    risk = METRICS[metric](lanes.outputs(DenseCNN(), params, samples), samples.labels())
    # Five standard errors of the mean of numbers in [0, 1].
    assert risk == pytest.approx(task.floor(kind, metric), abs=5 * np.sqrt(risk / n))
    if metric == "squared":
        assert float(lanes.squared_error(DenseCNN(), params, samples)[0]) == pytest.approx(risk, rel=1e-4)


def test_no_guess_errs_less_than_bayes_and_other_floors_are_refused():
    task = SignalLocation(**SIZES)
    assert 0 < task.floor("bayes", "top_one") < task.floor("oracle", "top_one") < 0.75
    for kind, metric, option in (("oracle", "zero_one", "metric"), ("bayes", "squared", "floor")):
        with pytest.raises(InputError) as caught:
            task.floor(kind, metric)
        assert caught.value.option == option
    with pytest.raises(
        InputError, match="floor: got 'core'; allowed: oracle, linear, ground_truth, bayes, ze"
    ):
        task.floor("core")


def test_the_example_of_the_guide_is_the_task():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\nclass SignalLocation\(DSD\):\n(.*?)```", guide, re.DOTALL)
    source = [line.strip() for line in inspect.getsource(SignalLocation).splitlines()]
    assert [line for line in code.splitlines() if line.strip() not in source] == []


def test_the_operations_of_a_search_are_counted_before_it_runs():
    common = {**SIZES, "protocol": "honest", "seeds": (0,), "n_max": 300}
    cell = Setting(task="signal_location", model="dense_lcn", **common).cell()
    assert sort_out([cell]) == ([cell], [])
    assert cell_work(cell).flops > 0.5 * cell_work(Setting(model="lcn", **common).cell()).flops


def test_labels_count_as_memory():
    """On images of one number a patch the labels are as large as the images."""
    common = {"d": 1, "k": 400, "sigma": 0.1, "protocol": "honest", "seeds": (0,), "n_max": 1000}
    dense = Setting(task="signal_location", model="dense_cnn", **common).cell()
    plain = Setting(task="dsd", model="cnn", **common).cell()
    assert kept_bytes(dense) == pytest.approx(2 * kept_bytes(plain))
    assert need(dense, 1000).preparing == pytest.approx(2 * need(plain, 1000).preparing)
    assert need(dense, 1000).lane > need(plain, 1000).lane


PLACES = """
from functools import partial

from figures.drawing.spec import FigureSpec, draw_content
from figures.dsd.n_star import sweep_content
from sims.experiments import Experiment, Setting


def _make(preset):
    common = {"task": "signal_location", "d": 8, "sigma": 0.2, "protocol": "honest", "paired": True}
    return [
        Setting(model=model, k=k, seeds=(0, 1, 2), n_max=300, criterion=judged(k), **common)
        for model in ("dense_cnn", "dense_lcn")
        for k in (3, 12)
    ]


def judged(k):
    return {"tolerance": 0.03 / k, "test_size": 2000}


EXPERIMENT = Experiment(name="places", title="places", question="How does n* grow with k?", make=_make)
FIGURE = FigureSpec(
    name="places-k",
    title="n* of saying where the signal is",
    caption="n* against k.",
    experiments=("places",),
    of_rows=partial(sweep_content, variable="k"),
    draw=draw_content,
)
"""


def test_nets_with_one_output_a_patch_go_from_a_search_to_a_figure(tmp_path):
    """In a process of its own: run, fit, figure. Filters of their own see a signal in one sample of k."""
    (tmp_path / "places_of_signals.py").write_text(PLACES)
    source = ["--preset", "quick", "--store", "store"]
    commands = [["run", "places"], ["fit", "places"], ["figures", "places-k", "--out", "out"]]
    calls = [["--use", "places_of_signals.py", *command, *source] for command in commands]
    program = f"import sys; from paper_repro.cli import main; sys.exit(any([main(one) for one in {calls}]))"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    with (tmp_path / "store" / "tables" / "places.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["task"] for row in rows} == {"signal_location"}
    high = {(row["model"], row["k"]): [] for row in rows}
    for row in rows:
        high[row["model"], row["k"]].append(int(row["high"]))
    least, most = ({place: pick(found) for place, found in high.items()} for pick in (min, max))
    assert least["dense_lcn", "12"] > most["dense_lcn", "3"]
    assert least["dense_lcn", "12"] > 2 * most["dense_cnn", "12"]
    assert most["dense_cnn", "12"] < 2 * most["dense_cnn", "3"]
    assert "dense_lcn" in found.stdout
    with (tmp_path / "out" / "places-k.csv").open() as file:
        marks = list(csv.DictReader(file))
    estimates = {(mark["model"], mark["x"]) for mark in marks if mark["kind"] == "estimate"}
    assert estimates == {(model, f"{k}") for model in ("dense_cnn", "dense_lcn") for k in (3, 12)}
    assert (tmp_path / "out" / "places-k.png").stat().st_size > 0
