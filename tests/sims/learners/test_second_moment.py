"""The filter from images without labels: its law, what it makes of n*, and the way to a figure."""

import csv

import jax
import numpy as np
import pytest

from figures.drawing.marks import Mark
from figures.drawing.panels import Panel
from figures.drawing.spec import Content, FigureSpec, draw_content
from figures.write import write_figures
from sims.cli import add_commands, dispatch
from sims.costs.work import cell_work
from sims.experiments import EXPERIMENTS, Experiment, Setting
from sims.learners.second_moment import SecondMoment, direction
from sims.measuring.need import kept_bytes, need
from sims.models import CNN, LCN
from sims.pieces.errors import InputError
from sims.samples.datasets import Datasets
from sims.tables.gather import from_store
from sims.tasks import DSD


def squared_cosine(task, n, key):
    data = Datasets(task, key, capacity=n)
    found = direction([data.training(n, fresh=False), data.more("unlabelled", n, most=n)])
    return float(found @ np.asarray(task.signal_vector(key))) ** 2


@pytest.mark.parametrize("images", [10, 200])
def test_its_direction_follows_the_law_of_a_spike_in_noise(images):
    """At k = 8, d = 40, sigma = 1/2 the spike is seen from d k sigma^4 = 20 images on. Of 12 draws the mean
    cos^2 has a standard error of .01 above the threshold; below, what is left is of the order 1/d.
    """
    task, spike, ratio = DSD(k=8, d=40, sigma=0.5), 1 / (8 * 0.25), 40 / (8 * images)
    mean = np.mean([squared_cosine(task, images // 2, jax.random.key(seed)) for seed in range(12)])
    if ratio >= spike**2:
        assert mean < 0.25
    else:
        assert mean == pytest.approx((1 - ratio / spike**2) / (1 + ratio / spike), abs=0.03)


def setting(unlabelled, **changes):
    fixed = {"k": 8, "d": 20, "sigma": 0.25, "model": "cnn", "protocol": "direct", "floor": "oracle"}
    learner = {"name": "second_moment", "unlabelled": unlabelled}
    judged = {"metric": "squared", "test_size": 1000}
    asked = {"learner": learner, "criterion": judged, "seeds": tuple(range(6)), "n_max": 200, "paired": True}
    return Setting(**{**fixed, **asked, **changes})


def content(rows):
    first = {row["cell"]: row for row in reversed(rows)}
    marks = [
        Mark(panel="n", series="labels", model="cnn", kind="line", x=1 + row["others"], y=row["n_high"])
        for row in first.values()
    ]
    axes = {"xlabel": "1 + images without labels", "ylabel": "n*"}
    return Content(marks=tuple(marks), panels=(Panel(key="n", title="labels", **axes),))


FIGURE = FigureSpec(
    name="fewer-labels",
    title="Labels beside images without",
    caption="n* against images without labels.",
    experiments=("fewer-labels",),
    of_rows=content,
    draw=draw_content,
)


def test_labels_fall_as_images_without_labels_grow_from_the_run_to_the_figure(tmp_path, monkeypatch, capsys):
    """All cells see the same labelled samples. A few hundred images hold the direction, and labels are left
    with a sign and a bias: every seed needs fewer (of six, by chance once in 64), and n* is half or less.
    """
    experiment = Experiment(
        name="fewer-labels", title="t", question="?", make=lambda preset: [setting(m) for m in (0, 30, 1000)]
    )
    monkeypatch.setitem(EXPERIMENTS, experiment.name, experiment)
    monkeypatch.chdir(tmp_path)
    assert dispatch(["run", "fewer-labels", "--store", "s", "--workers", "2"], [add_commands]) == 0
    capsys.readouterr()
    with open("s/tables/fewer-labels.csv", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["others"] for row in written] == [str(m) for m in (0, 30, 1000) for _ in range(6)]
    with open("s/tables/fewer-labels-evaluations.csv", newline="") as file:
        assert {row["others"] for row in csv.DictReader(file)} == {"0", "30", "1000"}
    tables = from_store(tmp_path / "s", "quick")
    rows = tables.of(("fewer-labels",), "thresholds")
    without, few, many = (rows[start : start + 6] for start in (0, 6, 12))
    for alone, beside in zip(without, many, strict=True):
        assert beside["high"] <= alone["low"]
    assert (many[0]["n_best"] or many[0]["n_high"]) <= without[0]["n_best"] / 2
    assert few[0]["n_best"] < without[0]["n_best"]
    paths = write_figures([FIGURE], tables, tmp_path / "figures")
    drawn = next(path for path in paths if path.suffix == ".csv").read_text()
    assert drawn.count("cnn") == 3
    assert "1001" in drawn


def test_a_measurement_says_how_many_it_saw(capsys):
    line = ["measure", "dsd", "--model", "cnn", "--k", "3", "--d", "4", "--sigma", "0.2", "--reps", "1"]
    line += ["--learner", "second_moment", "--learner-option", "unlabelled=40", "--ns", "4"]
    assert dispatch(line, [add_commands]) == 0
    out = capsys.readouterr().out
    assert "beside the n that are counted, the learner saw up to 40 other samples" in out


def test_images_without_labels_have_a_price():
    plain, more = setting(0).cell(), setting(100_000).cell()
    images = 100_000 * 8 * 20
    assert kept_bytes(more) - kept_bytes(plain) == 4 * images
    assert need(more, 10).bytes() - need(plain, 10).bytes() > 4 * 4 * images
    one, other = cell_work(plain), cell_work(more)
    assert other.flops - one.flops == pytest.approx(one.evaluations * 2 * images * 20)
    assert other.scale > one.scale + one.evaluations * 0.99 * images


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"unlabelled": -1}, "unlabelled: got -1"),
        ({"biases": ()}, "biases: got"),
        ({"biases": (-1.0,)}, "biases"),
    ],
)
def test_bad_fields_are_named(fields, words):
    with pytest.raises(InputError, match=words):
        SecondMoment(**fields)


@pytest.mark.parametrize("model", [LCN(), CNN(activation="relu")])
def test_another_model_is_named_before_anything_is_trained(model):
    cell = setting(10, model=model.name, activation=model.activation).cell()
    with pytest.raises(InputError, match=r"model: got .*cnn, with activation lsa"):
        cell_work(cell)
