"""`nstar.sweep`: a family of tasks, a store that resumes, rows, pictures."""

import _thread
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest

import nstar
from figures.drawing.looks import look_of, told_apart
from nstar.sweeping import Sweep
from sims.learners.estimator import Estimator
from sims.pieces import register
from sims.pieces.registry import restore
from sims.store import Store
from tests.nstar.registry import all_registered

matplotlib.use("Agg")

TASK = nstar.DSD(k=2, d=3, sigma=0.15)
SMALL: dict[str, Any] = {"n_max": 120, "seeds": 2, "target": 0.15, "progress": False}


class Correlation:
    def fit(self, x, y):
        self.direction = y @ x / len(y)

    def predict(self, x):
        return x @ self.direction


class Locked(Correlation):
    def __init__(self):
        self.lock = threading.Lock()

    def __deepcopy__(self, memo):
        return self


LOCKED = nstar.estimator(Locked(), name="locked")


@pytest.fixture(scope="module")
def learners():
    before = all_registered()

    @register("learner")
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Correlating(Estimator):
        fails_at: int = 0
        name: ClassVar[str] = "correlating"
        version: ClassVar[int] = 1

        def train(self, model, key, train, monitor, *, stop_below):
            if train.images().shape[1] == self.fails_at:
                raise RuntimeError("planted")
            return super().train(model, key, train, monitor, stop_below=stop_below)

        def make(self, seed):
            return Correlation()

    yield Correlating
    restore(before)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sweeps") / "mine"


@pytest.fixture(scope="module")
def found(learners, store) -> Sweep:
    models = {"plain": learners(), "lcn": learners(fails_at=99)}
    return nstar.sweep(TASK, models, k=[2, 3, 5], d=np.array([3, 6]), store=store, **SMALL)


def test_every_series_is_measured_at_every_combination(found):
    places = [(cell["series"], cell["k"], cell["d"]) for cell in found.cells]
    assert places == [(name, k, d) for name in ("plain", "lcn") for k in (2, 3, 5) for d in (3, 6)]
    assert [row["seed"] for row in found.rows] == [0, 1] * 12
    assert len({row["cell"] for row in found.rows}) == 12
    assert json.loads(json.dumps(found.rows[0])) == found.rows[0]


def test_a_cell_is_that_of_measure(found, learners):
    task = dataclasses.replace(TASK, k=3, d=6)
    one = nstar.measure(task, learners(), **SMALL)
    rows = [row for row in found.rows if row["cell"] == one.cell.id]
    assert [(row["seed"], row["low"], row["high"]) for row in rows] == [seed[:3] for seed in one.brackets]
    assert {row["n_best"] for row in rows} == {one.n_star.best}


def test_the_same_call_computes_nothing_twice(found, learners, store, monkeypatch):
    monkeypatch.setattr(learners, "train", None)
    models = {"plain": learners(), "lcn": learners(fails_at=99)}
    again = nstar.sweep(TASK, models, k=[2, 3, 5], d=[3, 6], store=store, **SMALL)
    assert again == found
    assert again.failed == {}
    less = nstar.sweep(TASK, learners(), k=[5], store=str(store), **SMALL)
    assert [row["cell"] for row in less.rows] == [
        row["cell"] for row in found.rows if (row["series"], row["k"], row["d"]) == ("plain", 5, 3)
    ]


def test_a_dry_run_says_what_is_missing_and_gives_what_is_there(found, learners, store, tmp_path, capsys):
    models = {"plain": learners(), "lcn": learners(fails_at=99)}
    there = nstar.sweep(TASK, models, k=[2, 3, 5], d=[3, 6], store=store, dry_run=True, **SMALL)
    assert there == found
    assert "0 cells to compute (12 stored)" in capsys.readouterr().out
    none = nstar.sweep(TASK, learners(), k=[2, 3], store=tmp_path / "new", dry_run=True, **SMALL)
    assert (none.rows, [*tmp_path.iterdir()]) == ((), [])
    assert "2 cells to compute (0 stored)" in capsys.readouterr().out


def test_a_class_of_ones_own_is_computed_in_another_process_as_in_this_one():
    class Mine(Correlation):
        def __init__(self, place=None):
            self.place = place

        def fit(self, x, y):
            super().fit(x, y)
            if self.place is not None and os.getpid() == self.place:
                raise RuntimeError("in the process that asked")

    here = nstar.sweep(TASK, Mine(), **SMALL)
    there = nstar.sweep(TASK, Mine(os.getpid()), executor=nstar.Local(processes=1, cell_minutes=5), **SMALL)
    assert there.failed == {}
    assert [cell["series"] for cell in (*here.cells, *there.cells)] == 2 * [here.cells[0]["series"]]


def test_paired_cells_of_a_sweep_see_the_same_samples():
    class Recording(Correlation):
        seen: ClassVar[list[bytes]] = []

        def fit(self, x, y):
            super().fit(x, y)
            self.seen.append(x[:2].tobytes())

    class Again(Recording):
        seen: ClassVar[list[bytes]] = []

    for paired in (True, False):
        nstar.sweep(TASK, [Recording(), Again()], paired=paired, **SMALL)
        assert bool({*Recording.seen} & {*Again.seen}) == paired
        Recording.seen.clear(), Again.seen.clear()
    with pytest.raises(nstar.InputError, match="paired: got 1; allowed: true or false"):
        nstar.sweep(TASK, "linear", paired=1, **SMALL)


def test_a_net_of_ones_own_is_computed_in_another_process():
    class Net:
        def init(self, key, x):
            return {"w": jax.random.normal(key, (x.shape[-1],)) / 10}

        def apply(self, parameters, x):
            return jnp.sum(jnp.tanh(x @ parameters["w"]) ** 3)

    asked = {"n_max": 40, "seeds": 1, "target": 0.5, "progress": False}
    model = (nstar.module(Net), {"steps": 20})
    there = nstar.sweep(TASK, model, executor=nstar.Local(processes=1), **asked)
    assert there.failed == {}
    assert [cell["n_high"] for cell in there.cells] == [
        cell["n_high"] for cell in nstar.sweep(TASK, model, **asked).cells
    ]


def test_a_cell_that_fails_is_named_and_the_rest_goes_on(learners):
    done = nstar.sweep(TASK, learners(fails_at=3), k=[2, 3], **SMALL)
    assert [cell["k"] for cell in done.cells] == [2]
    ((label, message),) = done.failed.items()
    assert label.startswith("dsd k=3 d=3 ")
    assert message == "RuntimeError: planted"
    assert f"failed: {label}: RuntimeError: planted" in str(done)
    assert "RuntimeError: planted" in done._repr_html_()


def test_sizes_that_follow_one_another_are_a_list_of_tasks(learners):
    tasks = [nstar.DSD(k=k, d=3, sigma=0.3 * k**-0.5) for k in (2, 4)]
    done = nstar.sweep(tasks, learners(), **SMALL)
    assert done.axes == ("k", "sigma")
    assert [(cell["k"], round(cell["sigma"], 3)) for cell in done.cells] == [(2, 0.212), (4, 0.15)]


def test_any_field_of_a_task_is_an_axis(learners):
    done = nstar.sweep(TASK, learners(), signal=["random", "ones"], **SMALL)
    assert [cell["signal"] for cell in done.cells] == ["random", "ones"]


def test_series_are_fitted_apart_at_every_value_of_an_axis_that_is_no_size(learners):
    done = nstar.sweep(TASK, learners(), signal=["random", "ones"], k=[2, 3], **SMALL)
    assert [name.rpartition(", ")[2] for name in done.fit()] == ["signal = random", "signal = ones"]


def test_series_are_told_apart_by_what_they_are():
    models = ["cnn", ("cnn", {"steps": 5}), nstar.FCN(width=3), ("cnn", nstar.TwoStep(bias_1=0.3))]
    from nstar.sweeping import _named

    names = ["cnn", "cnn, steps=5", "fcn", "cnn, two_step; bias_1=0.3"]
    assert list(_named(models)) == names
    with pytest.raises(nstar.InputError, match="models: got 'cnn'; allowed: different models"):
        _named(["cnn", nstar.CNN()])


def test_a_sweep_is_drawn_on_given_axes(found):
    from matplotlib.figure import Figure

    given = Figure().subplots()
    axes = found.plot("k", given)
    assert axes is given
    ids = [line.get_gid() or "" for line in axes.lines]
    points = [one for one in ids if one.startswith("estimate|")]
    assert len(points) == 12
    assert {one.split("|")[1] for one in points} == {
        f"{name}, d = {d}" for name in ("plain", "lcn") for d in (3, 6)
    }
    colours = {
        (line.get_gid() or "").split("|")[1]: line.get_color()
        for line, one in zip(axes.lines, ids, strict=True)
        if one in points
    }
    assert len(set(colours.values())) == 4
    assert axes.get_xlabel() == "patches k (count)"
    labels = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"plain, d = 3", "lcn, d = 6", "fit: power law"} <= labels


def test_a_new_figure_is_made_where_none_is_given(found):
    one = Sweep(tuple(row for row in found.rows if row["d"] == 3), {}, ("k",))
    axes = one.plot()
    assert "LCN" in {text.get_text() for text in axes.get_legend().get_texts()}
    matplotlib.pyplot.close(axes.figure)
    with pytest.raises(nstar.InputError, match="x: got 'sigma'; allowed: k"):
        one.plot("sigma")


def test_an_axis_of_words_is_not_drawn(found):
    rows = tuple({**row, "signal": "ones"} for row in found.rows)
    words = Sweep(rows, {}, ("signal",))
    with pytest.raises(nstar.InputError, match="x: got 'signal'; allowed: an axis of numbers"):
        words.plot("signal")
    assert words._repr_png_() is None
    assert "<img" not in words._repr_html_()


def test_names_without_a_look_have_colours_of_their_own_for_a_while():
    names = [f"series {number}" for number in range(5)]
    before = [look_of(name) for name in names]
    with told_apart([*names, "lcn"]):
        colours = {look_of(name).colour for name in names}
        assert len(colours) == 5
        assert look_of("lcn").colour not in colours
    assert [look_of(name) for name in names] == before


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("colour", lambda store: nstar.sweep(TASK, "lcn", colour=[1], store=store)),
        ("k", lambda store: nstar.sweep(TASK, "lcn", k=[], store=store)),
        ("k", lambda store: nstar.sweep(TASK, "lcn", k=5, store=store)),  # type: ignore[arg-type]
        ("k", lambda store: nstar.sweep(TASK, "lcn", k=[2, 0], store=store)),
        ("k", lambda store: nstar.sweep([TASK], "lcn", k=[2], store=store)),
        ("task", lambda store: nstar.sweep([], "lcn", store=store)),
        ("task", lambda store: nstar.sweep([TASK, "dsd"], "lcn", store=store)),
        ("models", lambda store: nstar.sweep(TASK, [], store=store)),
        ("store", lambda store: nstar.sweep(TASK, "lcn", store=3)),  # type: ignore[arg-type]
        ("executor", lambda store: nstar.sweep(TASK, "lcn", executor="local", store=store)),  # type: ignore[arg-type]
        ("workers", lambda store: nstar.sweep(TASK, "lcn", executor=nstar.Local(1), workers=2, store=store)),
        ("estimator", lambda store: nstar.sweep(TASK, LOCKED, executor=nstar.Local(1), store=store)),
        ("model", lambda store: nstar.sweep(TASK, ["lcn", "snn"], store=store)),
        ("floor", lambda store: nstar.sweep(nstar.SignOfQuadratics(d=3), "cnn", store=store)),
    ],
)
def test_what_is_not_allowed_is_said_before_anything_is_written(option, words, tmp_path):
    with pytest.raises(nstar.InputError) as caught:
        words(tmp_path / "store")
    assert caught.value.option == option
    assert not (tmp_path / "store").exists()


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(nstar.InputError, match=r"store: got .* a new or empty folder, or a store of nstar"):
        nstar.sweep(TASK, "lcn", store=tmp_path, **SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_the_store_is_one_of_ours(found, store):
    assert Store(store).ids() == sorted({row["cell"] for row in found.rows})


def test_an_interrupted_sweep_keeps_what_is_done_and_says_so(learners, tmp_path, monkeypatch):
    train = learners.train

    def interrupted(self, model, key, samples, *rest, **options):
        if samples.images().shape[1] == 5:
            _thread.interrupt_main()
        return train(self, model, key, samples, *rest, **options)

    monkeypatch.setattr(learners, "train", interrupted)
    # A process that was started in the background may ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            nstar.sweep(TASK, learners(), k=range(2, 9), store=tmp_path / "mine", workers=1, **SMALL)
    finally:
        signal.signal(signal.SIGINT, before)
    kept = len(Store(tmp_path / "mine").ids())
    assert 1 <= kept < 7


def test_a_backend_that_shows_figures_by_itself_goes_on_doing_so(tmp_path):
    (tmp_path / "shows.py").write_text(
        "import matplotlib\nfrom matplotlib.backends.backend_agg import *\nmatplotlib.interactive(True)\n"
    )
    program = """
import matplotlib
from nstar.drawing import draw_against

bracket = {"low": 8, "high": 9, "censored": "none", "monotone": True, "seed": 0}
cell = {"cell": "a", "series": "s", "n_low": 8.0, "n_best": 9.0, "n_high": 10.0}
draw_against([{**cell, **bracket, "place": 0}], "place", [], None)
print(matplotlib.is_interactive())
"""
    path = os.pathsep.join([str(tmp_path), str(Path(nstar.__file__).parent.parent)])
    environment = {**os.environ, "MPLBACKEND": "module://shows", "PYTHONPATH": path}
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, env=environment, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
