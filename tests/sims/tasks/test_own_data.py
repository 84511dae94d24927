"""Arrays and generators of a user's own: nested sets, a test part apart, labels, and what is refused."""

import functools
import pickle
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from sims.measuring.contracts import CONTRACTS
from sims.pieces import build, describe
from sims.pieces.errors import InputError
from sims.tasks import generator
from sims.tasks.base import TEST, TRAIN
from sims.tasks.own_arrays import Arrays, arrays

ROOT = Path(__file__).resolve().parents[3]
N = 800
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 2, 3))
Y = (X[:, 0, 0] > 0).astype(int)


def draw(rng, n):
    x = rng.normal(size=(n, 4))
    return x, x[:, 0] > 0


def draw_of_a_problem(rng, n, problem, size=4):
    signal = problem.normal(size=size)
    return rng.normal(size=(n, size)) + signal, rng.choice([-1, 1], n)


TASKS = {"arrays": arrays(X, Y), "generator": generator(draw)}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("contract", CONTRACTS["task"])
def test_they_keep_the_contracts_of_tasks(name, contract):
    assert CONTRACTS["task"][contract](TASKS[name]) is None


@pytest.mark.parametrize("name", TASKS)
def test_they_are_described_and_built_again(name):
    assert build("task", describe(TASKS[name])) == TASKS[name]


def test_the_first_n_of_a_seeds_order_without_replacement_and_no_test_sample_among_them():
    task = arrays(X, Y, held_out=0.3)
    assert task.parts == (560, 240)
    for seed in (0, 1):
        key = jax.random.key(seed)
        train, test = task.sample(key, 560), task.sample(key, 240, stream=TEST)
        rows, judged = np.asarray(train.latents["row"]), np.asarray(test.latents["row"])
        assert {*rows} | {*judged} == {*range(N)}
        assert len({*rows}) == 560
        for n in (1, 17, 300):
            np.testing.assert_array_equal(task.sample(key, n).latents["row"], rows[:n])
        for stream in (2, 40, 2**30):
            own = np.asarray(task.sample(key, 560, stream=stream).latents["row"])
            assert {*own} == {*rows}
            assert not np.array_equal(own, rows)
        np.testing.assert_allclose(train.x, X[rows], rtol=1e-6)
        np.testing.assert_array_equal(train.y, 2 * Y[rows] - 1)
    other = task.sample(jax.random.key(5), 240, stream=TEST).latents["row"]
    assert not np.array_equal(other, judged)


@pytest.mark.parametrize(("stream", "most"), [(TRAIN, 600), (TEST, 200), (7, 600)])
def test_there_are_no_more_samples_than_there_are(stream, most):
    key = jax.random.key(0)
    assert TASKS["arrays"].sample(key, most, stream=stream).x.shape == (most, 2, 3)
    with pytest.raises(InputError, match=f"n: got {most + 1}; allowed: an integer >= 0 and <= {most}"):
        TASKS["arrays"].sample(key, most + 1, stream=stream)


@pytest.mark.parametrize("classes", [(0, 1), (-1, 1), (3, 7), (False, True), ("cat", "dog"), (0.5, 2.5)])
def test_two_classes_in_their_order_are_minus_and_plus_one(classes):
    task = arrays(X, np.array(classes)[Y])
    assert task == TASKS["arrays"]


@pytest.mark.parametrize(
    ("shape", "k", "d"), [((5,), 1, 5), ((4, 6), 4, 6), ((2, 3, 4), 6, 4), ((1, 2, 2, 3), 4, 3)]
)
def test_the_last_axis_is_a_patch_and_the_others_are_patches(shape, k, d):
    task = arrays(RNG.normal(size=(20, *shape)), np.arange(20) % 2)
    assert (task.k, task.d) == (k, d)


def test_the_digest_tells_arrays_apart_by_what_is_in_them():
    def changed(x, y):
        return arrays(x, y).digest

    moved = X.copy()
    moved[5, 1, 2] += 0.01
    flipped = Y.copy()
    flipped[3] = 1 - flipped[3]
    found = {changed(X, Y), changed(moved, Y), changed(X, flipped), changed(X.reshape(N, 6), Y)}
    assert len(found) == 4
    assert changed(X.astype(np.float32), Y) == changed(X, Y)


def test_the_arrays_are_kept_as_they_were_given():
    x = X.astype(np.float32)
    task = arrays(x, Y)
    before = np.asarray(task.sample(jax.random.key(0), 5).x)
    x[:] = 0
    np.testing.assert_array_equal(task.sample(jax.random.key(0), 5).x, before)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (X, Y[:-1], r"y: got \(799,\); allowed: one label for each of the 800 samples of X"),
        (X, Y[:, None], r"y: got \(800, 1\)"),
        (X, np.arange(N) % 3, "y: got '3 classes: 0, 1, 2'; allowed: two classes; make two, as with y == c"),
        (X, np.zeros(N), "y: got '1 classes: 0.0'"),
        (X, np.where(Y, np.nan, 1.0), "y: got 'NaN, infinity, or more than float32 holds'"),
        (X, np.array([None, 1] * (N // 2)), "y: got 'object'; allowed: labels of one type"),
        (np.ma.masked_greater(X, 1), Y, "X: got 'masked entries'"),
        (1e9 + X, Y, "X: got 'column 0: 1e.09 .*; allowed: numbers that float32 tells apart"),
        (X, [[1], [2, 3]], "y: got 'list'; allowed: one label a sample"),
        (np.where(X > 2, np.nan, X), Y, "X: got 'NaN, or more than float32 holds, in row [0-9]+'"),
        (X * 1e300, Y, "X: got 'NaN, or more than float32 holds, in row 0'"),
        (X[:, 0, 0], Y, r"X: got 'float64 \(800,\)'; allowed: an array \(n, ...\) of numbers"),
        (X.astype(str), Y, "X: got '<U"),
        ([[1], [1, 2]], [0, 1], "X: got 'list'; allowed: an array of numbers"),
    ],
)
def test_arrays_that_are_no_samples_are_refused_in_one_line(x, y, words):
    with pytest.raises(InputError, match=words) as caught:
        arrays(x, y)
    assert "\n" not in str(caught.value)


def test_real_labels_stay_as_they_are():
    y = RNG.normal(size=N)
    task = arrays(X, y, real=True)
    batch = task.sample(jax.random.key(0), 30)
    np.testing.assert_allclose(batch.y, y[np.asarray(batch.latents["row"])], rtol=1e-6)
    with pytest.raises(InputError, match=r"y: got '<U.*; allowed: numbers"):
        arrays(X, Y.astype(str), real=True)


@pytest.mark.parametrize("share", [0.0, 1.0, 0.0001, float("nan")])
def test_both_parts_have_a_sample(share):
    with pytest.raises(InputError, match="held_out"):
        arrays(X, Y, held_out=share)


def test_a_file_is_the_same_task_in_every_process(tmp_path, monkeypatch):
    path = tmp_path / "data.npz"
    np.savez(path, X=X, y=Y)
    task = Arrays(file=str(path))
    assert task.digest == TASKS["arrays"].digest
    description = describe(task)
    monkeypatch.setattr(sys.modules[Arrays.__module__], "_held", {})
    assert build("task", description) == task
    np.savez(path, X=X + 1, y=Y)
    with pytest.raises(InputError, match=r"digest: got .*, that of the file, or none"):
        build("task", description)
    np.savez(path, X=X)
    with pytest.raises(InputError, match=r"file: got .*; allowed: a file .*npz with arrays X and y"):
        Arrays(file=str(path))


def test_arrays_that_are_held_go_along_to_another_process_and_nowhere_else(tmp_path):
    description = describe(TASKS["arrays"])
    (tmp_path / "task").write_bytes(pickle.dumps(TASKS["arrays"]))
    lines = "import pickle; task = pickle.load(open('task', 'rb')); print(task.parts, task.arrays[0].shape)"
    lines += "\nimport sims.tasks.own_arrays as here; here._held.clear()"
    lines += f"\nhere.Arrays(digest='{description['digest']}')"
    found = subprocess.run(
        [sys.executable, "-c", lines],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert found.stdout == "(600, 200) (800, 2, 3)\n"
    assert "digest: got" in found.stderr
    assert "other processes read a file" in found.stderr


def test_a_generator_draws_nested_sets_and_one_problem_a_seed():
    task = generator(functools.partial(draw_of_a_problem, size=6))
    assert (task.k, task.d) == (1, 6)
    key = jax.random.key(1)
    many = task.sample(key, 3000)
    for n in (1, 255, 256, 257, 1000):
        np.testing.assert_array_equal(task.sample(key, n).x, many.x[:n])
        np.testing.assert_array_equal(task.sample(key, n).y, many.y[:n])
    assert len(np.unique(np.asarray(many.x)[:, 0, 0])) == 3000
    means = [np.asarray(task.sample(key, 3000, stream=one).x).mean((0, 1)) for one in (0, 1, 9)]
    np.testing.assert_allclose(means[1:], [means[0]] * 2, atol=0.15)
    other = np.asarray(task.sample(jax.random.key(2), 3000).x).mean((0, 1))
    assert np.abs(other - means[0]).max() > 0.3


def short(rng, n):
    return rng.normal(size=(n - 1, 2)), np.ones(n - 1)


def of_three(rng, n):
    return rng.normal(size=(n, 2)), rng.choice([0, 1, 2], n)


def raising(rng, n):
    raise KeyError("lost")


def late(rng, n):
    return np.full((n, 2), np.nan if n > 10 else 0.0), np.ones(n)


def careless(rng, n):
    return np.random.default_rng().normal(size=(n, 2)), np.ones(n)


def careless_of_labels(rng, n):
    return rng.normal(size=(n, 2)), np.random.default_rng().choice([-1, 1], n)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (short, "X: got '2 samples'; allowed: the 3 that .*short was asked for"),
        (raising, "of: got .*raising.*KeyError: 'lost'"),
        (careless, "draws from rng alone"),
        (careless_of_labels, "draws from rng alone"),
        (lambda rng: None, "a function draw.rng, n. that gives X and y"),
        (np.ndarray, "draw: got <class 'numpy.ndarray'>; allowed: a function"),
    ],
)
def test_a_function_that_draws_no_samples_is_refused_in_one_line(function, words):
    with pytest.raises(InputError, match=words) as caught:
        generator(function)
    assert "\n" not in str(caught.value)


def test_what_shows_later_only_is_refused_then():
    with pytest.raises(InputError, match="X: got 'NaN"):
        generator(late).sample(jax.random.key(0), 20)
    with pytest.raises(InputError, match=r"y: got 'labels .*2'; allowed: labels -1 and \+1, or 0 and 1"):
        generator(of_three).sample(jax.random.key(0), 20)


def alike(rng, n):
    return rng.normal(size=(n, 2)), np.ones(n)


def rare(rng, n):
    return rng.normal(size=(n, 2)), rng.random(n) < 0.02


def test_a_test_set_of_one_class_is_refused_and_a_rare_class_is_not():
    with pytest.raises(InputError, match="y: got '1 at all of 1000 samples'; allowed: labels of two classes"):
        generator(alike).sample(jax.random.key(0), 1000)
    assert len(generator(alike).sample(jax.random.key(0), 20).y) == 20
    assert len(generator(alike, real=True).sample(jax.random.key(0), 1000).y) == 1000
    assert float(np.mean(np.asarray(generator(rare).sample(jax.random.key(0), 1000).y) > 0)) < 0.1


@pytest.mark.parametrize("name", TASKS)
def test_nobody_knows_the_best_predictor_of_data(name):
    assert TASKS[name].floor("zero") == 0
    with pytest.raises(InputError, match="floor: got 'oracle'; allowed: zero"):
        TASKS[name].floor("oracle")
