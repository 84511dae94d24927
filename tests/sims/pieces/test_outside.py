"""Modules from outside: pieces and experiments of a file, here and in workers, and what is refused."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from sims.cli import add_commands, dispatch
from sims.experiments import EXPERIMENTS
from sims.learners.estimator import Estimator
from sims.machine.versions import versions
from sims.pieces import outside, registry
from sims.pieces.errors import Diverged, InputError, NotComputed
from sims.samples import pack
from sims.store.index import is_covered
from sims.tasks.base import Batch

ROOT = Path(__file__).resolve().parents[3]
OUTSIDE = Path(__file__).parents[2] / "outside"
NEAREST = (OUTSIDE / "nearest.py").read_text() + "\nfrom sims.experiments import Experiment, Setting\n"
EXPERIMENT = """

def _make(preset):
    judged = {"name": "risk_level", "metric": "zero_one", "tolerance": 0.3, "test_size": 200}
    common = {"d": 2, "sigma": 0.1, "model": "none", "protocol": "direct", "floor": "zero", "n_max": 100}
    cells = [{"k": k, "seeds": (0, 1), "criterion": judged, **common} for k in (1, 2)]
    return [Setting(learner={"name": "nearest"}, **cell) for cell in cells]


EXPERIMENT = Experiment(name="nearest-k", title="nearest neighbour", question="How does it grow?", make=_make)
"""
MEASURE = ["measure", "dsd", "--model", "none", "--k", "1", "--d", "2", "--sigma", "0.1", "--reps", "1"]
MEASURE += ["--n-max", "40", "--metric", "zero_one", "--floor", "zero", "--tolerance", "0.3", "--json"]
MEASURE += ["--criterion-option", "test_size=100"]


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    """Modules, pieces and experiments of a test are forgotten."""
    for kind in registry.KINDS:
        registry.registered(kind)
    pieces, modules, experiments = registry.snapshot(), set(sys.modules), dict(EXPERIMENTS)
    monkeypatch.setattr(outside, "_loaded", {})
    monkeypatch.setenv(outside.VARIABLE, "")
    yield
    registry.restore(pieces)
    for name in set(sys.modules) - modules:
        if not name.startswith(("sims", "sklearn", "scipy", "joblib", "jax", "numpy")):
            del sys.modules[name]
    EXPERIMENTS.clear()
    EXPERIMENTS.update(experiments)


@pytest.fixture
def nearest(tmp_path, monkeypatch):
    """A folder with the file, in which the process stands."""
    (tmp_path / "nearest_pieces.py").write_text(NEAREST + EXPERIMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "nearest_pieces.py"


def run(capsys, *argv):
    status = dispatch(argv, (add_commands,))
    out, err = capsys.readouterr()
    return status, out, err.strip().splitlines()


def test_a_learner_of_a_file_is_measured_and_named_in_the_provenance(nearest, capsys):
    status, out, _ = run(capsys, "--use", "nearest_pieces.py", *MEASURE, "--learner", "nearest")
    assert status == 0
    found = json.loads(out)
    assert found["config"]["learner"] == {"name": "nearest", "version": 1, "neighbours": 1}
    (identity,) = [value for name, value in found["versions"].items() if name == "use nearest_pieces"]
    assert len(identity) == 64
    assert versions()["use nearest_pieces"] == identity


def test_a_class_is_named_with_its_module_and_its_fields_are_options(nearest, capsys):
    line = [*MEASURE, "--learner", "nearest_pieces:Nearest", "--learner-option", "neighbours=3"]
    status, out, _ = run(capsys, *line)
    assert status == 0
    assert json.loads(out)["config"]["learner"]["neighbours"] == 3
    status, _, (line,) = run(capsys, *MEASURE, "--learner", "nearest_pieces:Nobody")
    assert status == 2
    assert "--learner" in line
    assert "a class of nearest_pieces that is registered as a learner" in line


def test_the_index_of_a_store_does_not_trust_pieces_from_outside(nearest):
    outside.use(str(nearest))
    piece = registry.build("learner", {"name": "nearest"})
    dispatch(["--use", str(nearest), "list", "--json"], (add_commands,))
    (cell, _) = EXPERIMENTS["nearest-k"].units("quick")
    assert cell.learner == piece
    assert not is_covered(cell)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def (", "SyntaxError"),
        (NEAREST.replace('"nearest"', '"posterior"'), "two learners are called 'posterior'"),
        (NEAREST + "raise OSError('late')", "late"),
        (NEAREST + "raise SystemExit(0)", "SystemExit: 0"),
        (NEAREST + "raise RuntimeError", "allowed: a module that can be imported: RuntimeError"),
        (NEAREST + "Experiment(name='x').settings('huge')", "a module that can be imported: "),
        (NEAREST + "from sims.tasks import DSD\nDSD(k=0, d=2, sigma=0.1)", "k: got 0"),
    ],
)
def test_a_module_that_fails_is_one_line_and_leaves_nothing(text, words, tmp_path, capsys):
    path = tmp_path / "failing_pieces.py"
    path.write_text(text)
    status, out, (line,) = run(capsys, "--use", str(path), "list")
    assert (status, out) == (2, "")
    assert line.startswith("nstar: error: --use: got ")
    assert words in line
    assert "nearest" not in registry.registered("learner")
    assert "failing_pieces" not in sys.modules
    assert outside.modules() == []


@pytest.mark.parametrize("named", ["nowhere.py", "no_such_module", "json.py", "a-b.py", ""])
def test_what_is_no_module_is_one_line(named, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("json.py", "a-b.py"):
        (tmp_path / name).write_text("")
    status, out, (line,) = run(capsys, "--use", named, "list")
    assert (status, out) == (2, "")
    assert "--use" in line
    assert "allowed: " in line


@pytest.mark.parametrize("late", [["--use", "nearest_pieces.py"], ["--use=nearest_pieces.py"]])
def test_a_module_behind_the_command_is_one_line_that_says_where_it_belongs(late, nearest, capsys):
    status, out, (line,) = run(capsys, "run", "nearest-k", *late, "--preset", "quick")
    assert (status, out) == (2, "")
    allowed = "allowed: before the command: nstar --use MODULE COMMAND ..."
    assert line == f"nstar: error: --use: got 'nearest_pieces.py'; {allowed}"
    status, _, (line,) = run(capsys, "list", "--use")
    assert (status, line) == (2, f"nstar: error: --use: none given; {allowed}")


def test_an_experiment_whose_name_is_taken_is_one_line(tmp_path, capsys):
    path = tmp_path / "another_sweep.py"
    path.write_text((NEAREST + EXPERIMENT).replace("nearest-k", "sweeps"))
    status, _, (line,) = run(capsys, f"--use={path}", "list")
    assert status == 2
    assert "'sweeps'" in line


def test_two_files_of_one_name_are_refused_and_one_may_be_named_twice(nearest, tmp_path):
    assert outside.use("nearest_pieces.py") is outside.use(str(nearest))
    other = tmp_path / "elsewhere" / "nearest_pieces.py"
    other.parent.mkdir()
    other.write_text("")
    with pytest.raises(InputError, match="whose name differs"):
        outside.use(str(other))


def test_what_the_environment_names_is_loaded_beside_what_is_named(nearest, tmp_path, monkeypatch, capsys):
    (tmp_path / "other_pieces.py").write_text("")
    monkeypatch.setenv(outside.VARIABLE, json.dumps([str(nearest)]))
    status, out, _ = run(capsys, "--use", "other_pieces.py", "list", "--json")
    assert status == 0
    assert "nearest-k" in [one["name"] for one in json.loads(out)]
    assert json.loads(os.environ[outside.VARIABLE]) == [str(nearest), str(tmp_path / "other_pieces.py")]


@pytest.mark.parametrize("text", ["/somewhere/file.py", "{}", "[1]", '["nowhere.py"]'])
def test_a_variable_that_names_nothing_is_one_line(text, monkeypatch, capsys):
    monkeypatch.setenv(outside.VARIABLE, text)
    status, _, (line,) = run(capsys, "list")
    assert status == 2
    assert line.startswith(f"nstar: error: {outside.VARIABLE}: got ")


def test_strange_paths_load_under_their_own_name(nearest, tmp_path, capsys):
    folder = tmp_path / "a b:c"
    folder.mkdir()
    (folder / "linked_pieces.py").symlink_to(nearest)
    named = str(folder / "linked_pieces.py")
    assert run(capsys, "--use", named, "list")[0] == 0
    assert json.loads(os.environ[outside.VARIABLE]) == [named]
    status, out, _ = run(capsys, *MEASURE, "--learner", f"{named}:Nearest")
    assert status == 0
    assert json.loads(out)["config"]["learner"]["name"] == "nearest"


def test_a_module_that_prints_leaves_standard_output_to_results(tmp_path, capsys):
    (tmp_path / "printing_pieces.py").write_text("print('hello')")
    status, out, err = run(capsys, "--use", str(tmp_path / "printing_pieces.py"), "list", "--json")
    assert status == 0
    assert json.loads(out)
    assert err == ["hello"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EXPERIMENT = 3", "an EXPERIMENT that is a sims.experiments.Experiment"),
        ("from sims.experiments import EXPERIMENTS\nEXPERIMENT = EXPERIMENTS['sigma']", None),
    ],
)
def test_an_experiment_that_is_none_is_one_line(text, words, tmp_path, capsys):
    (tmp_path / "own_experiment.py").write_text(text)
    status, _, err = run(capsys, "--use", str(tmp_path / "own_experiment.py"), "list")
    assert status == (0 if words is None else 2)
    assert words is None or words in err[0]


def test_results_of_a_file_that_has_changed_are_computed_again(nearest, tmp_path, capsys):
    """In processes of their own, as between two days."""

    def nstar(*argv):
        program = "import sys; from paper_repro.cli import main; sys.exit(main())"
        line = [sys.executable, "-c", program, "--use", nearest.name, *argv]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)

    asked = ["run", "nearest-k", "--preset", "quick", "--store", "here", "--workers", "1"]
    assert "2/2 cells done" in nstar(*asked).stderr
    assert "2 already there" in nstar(*asked).stderr
    nearest.write_text(
        nearest.read_text().replace("KNeighborsClassifier(self", "KNeighborsClassifier(2 * self")
    )
    again = nstar(*asked)
    assert again.returncode == 0
    assert again.stderr.count("computed with another use nearest_pieces") == 2
    assert "already there" not in again.stderr
    assert "2 already there" in nstar(*asked).stderr


class Fitted:
    """Planted: gives what it is told, and remembers what it was fitted on."""

    def __init__(self, classes=None, chances=None, found=None, fails=None):
        self.seen, self.found, self.fails = [], found, fails
        if classes is not None:
            self.classes_ = np.array(classes)
            self.predict_proba = lambda x: np.tile(chances, (len(x), 1))

    def fit(self, x, y):
        if self.fails:
            raise self.fails
        self.seen.append((x.shape, set(y.tolist())))

    def predict(self, x):
        return self.found(x)


def trained(estimator, labels):
    class Own(Estimator):
        name = "own"

        def make(self, seed):
            assert 0 <= seed < 2**32
            return estimator

    x = np.random.default_rng(0).standard_normal((len(labels), 2, 3)).astype(np.float32)
    samples = pack(Batch(x, np.asarray(labels, np.float32), {}), capacity=len(labels))
    model = registry.build("model", {"name": "none"})
    return Own().train(model, jax.random.key(1), samples, samples, stop_below=None), samples


@pytest.mark.parametrize(("classes", "f"), [([-1, 1], 0.5), ([1, -1], -0.5), ([0, 1], 0.5)])
def test_squared_error_is_of_twice_the_chance_of_plus_one_less_one_and_outputs_of_predict(classes, f):
    estimator = Fitted(classes, [0.25, 0.75], found=lambda x: np.array([1, -1, -1, 1]))
    found, samples = trained(estimator, [1, -1, 1, 1])
    np.testing.assert_allclose(found.outputs(samples), [1, -1, -1, 1])
    assert estimator.seen == [((4, 6), {1.0, -1.0})]
    assert found.squared_error(samples) == pytest.approx((3 * (f - 1) ** 2 + (f + 1) ** 2) / 4)


def test_one_label_alone_is_that_label_without_an_estimator():
    found, samples = trained(Fitted(fails=AssertionError()), [-1, -1, -1])
    np.testing.assert_array_equal(found.outputs(samples), -1)


@pytest.mark.parametrize(
    ("estimator", "error", "words"),
    [
        (
            Fitted(found=lambda x: np.zeros((len(x), 2))),
            NotComputed,
            r"own at n = 3: .*shape \(3, 2\); allowed: \(3,\)",
        ),
        (Fitted(found=lambda x: np.full(len(x), np.nan)), Diverged, "not finite"),
        (Fitted(fails=RuntimeError("no")), NotComputed, "own at n = 3: RuntimeError: no"),
        (Fitted(found=lambda x: x.nothing), NotComputed, "own at n = 3: AttributeError: .*nothing"),
    ],
)
def test_an_estimator_that_fails_says_how(estimator, error, words):
    with pytest.raises(error, match=words):  # noqa: PT012 - the fit, or what it predicts
        found, samples = trained(estimator, [1, -1, 1])
        found.outputs(samples)


@pytest.mark.parametrize("of", [bool, int, np.float32])
def test_classes_that_are_numbered_are_refused_where_labels_are_signs(of):
    numbering = Fitted(found=lambda x: (x[:, 0] > 0).astype(of))
    found, samples = trained(numbering, [1, -1, 1, -1, 1, -1])
    with pytest.raises(InputError, match=r"predict: got \[0, 1\]; allowed: -1 and \+1, .* own was given"):
        found.outputs(samples)
    found, samples = trained(numbering, [0.5, 2, -1, -1, 1, -1])
    assert set(found.outputs(samples)) == {0, 1}


@pytest.mark.parametrize(
    "values", [[1, 1, 1, 1], [0, 0, 0, 0], [-1, 0, 1, 1], [-1, 1, 1, -1], [0, 0.5, 1, 1]]
)
def test_signs_scores_and_constants_are_what_predict_may_give(values):
    found, samples = trained(Fitted(found=lambda x: np.asarray(values)), [1, -1, 1, -1])
    np.testing.assert_array_equal(found.outputs(samples), values)


def test_scores_between_0_and_1_are_refused_where_one_half_tells_the_labels_apart_and_zero_does_not():
    y = np.tile([1, -1], 100)
    sigmoid = Fitted(found=lambda x: np.where(y > 0, 0.9, 0.2))
    found, samples = trained(sigmoid, y)
    with pytest.raises(InputError, match=r"predict: got \[0.2, 0.9\]; allowed: .* below 0 for -1"):
        found.outputs(samples)
    for scores in (np.where(y > 0, 0.9, 0.7), np.full(200, 0.3), np.where(y > 0, 0.9, -0.2)):
        found, samples = trained(Fitted(found=lambda x, scores=scores: scores), y)
        np.testing.assert_array_equal(found.outputs(samples), scores)


def test_what_draws_from_generators_of_the_process_is_seeded_and_leaves_them_as_they_were():
    class Careless:
        def fit(self, x, y):
            self.drawn = [np.random.random(), random.random()]  # noqa: NPY002

        def predict(self, x):
            return np.full(len(x), self.drawn[0] + self.drawn[1])

    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    (one, samples), (other, _) = (trained(Careless(), [1, -1, 1]) for _ in range(2))
    np.testing.assert_array_equal(one.outputs(samples), other.outputs(samples))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_an_estimator_takes_no_model_and_a_trained_learner_takes_one(capsys):
    with pytest.raises(InputError, match=r"model: got 'cnn'; allowed: none for own"):
        Estimator.train(
            SimpleNamespace(called="own"),
            SimpleNamespace(name="cnn"),
            None,
            None,
            None,
            stop_below=None,
        )
    status, _, (line,) = run(capsys, *MEASURE, "--protocol", "direct", "--learner", "gradient_descent")
    assert status == 2
    assert "--model" in line
