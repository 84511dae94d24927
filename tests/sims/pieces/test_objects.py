"""Objects of a user's own as fields: what makes two of them one, what is refused, and that they come back."""

import functools
import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import jax
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sims.learners.own_estimator import estimator
from sims.pieces import objects
from sims.pieces.errors import InputError
from sims.tasks.own_generator import generator

ROOT = Path(__file__).resolve().parents[3]


class Shrunken:
    """A class of a user's own that keeps its parameters under their names."""

    def __init__(self, shrink=0.5, random_state=None):
        self.shrink, self.random_state, self.kept = shrink, random_state, [1]

    def fit(self, x, y):
        self.kept.append(2)

    def predict(self, x):
        return x[:, 0]


class Known(BaseEstimator):
    """A class of a user's own as scikit-learn knows it."""

    def fit(self, x, y):
        pass

    def predict(self, x):
        return x[:, 0]


class Deep(Shrunken):
    """It has a state that no parameter says."""

    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(0)


@pytest.fixture
def elsewhere(monkeypatch):
    """Forgets what is held, as another process has not been given it."""

    def forget():
        monkeypatch.setattr(objects, "_held", {})

    return forget


@pytest.mark.parametrize(
    ("thing", "of", "parameters"),
    [
        (SVC(), "sklearn.svm:SVC", {}),
        (SVC(C=10, random_state=3), "sklearn.svm:SVC", {"C": 10}),
        (SVC, "sklearn.svm:SVC", {}),
        (functools.partial(SVC, C=10.0), "sklearn.svm:SVC", {"C": 10.0}),
        (LogisticRegression(C=np.float64(2)), "sklearn.linear_model:LogisticRegression", {"C": 2.0}),
        (Shrunken(0.2), f"{__name__}:Shrunken", {"shrink": 0.2}),
        (Shrunken(), f"{__name__}:Shrunken", {}),
    ],
)
def test_an_object_is_its_class_and_the_parameters_that_depart(thing, of, parameters, elsewhere):
    fields = objects.fields_of(thing)
    assert fields["of"] == of
    assert json.loads(fields["parameters"] or "{}") == parameters
    assert bool(fields["code"]) == (Shrunken.__name__ in of)
    elsewhere()
    assert objects.completed(**fields) == fields
    assert objects.completed(of, parameters, "") == fields
    made = objects.made(**fields)
    for name, value in parameters.items():
        assert getattr(made, name) == value


def test_estimators_inside_come_back_and_are_seeded_too(elsewhere):
    grid = GridSearchCV(make_pipeline(StandardScaler(), SVC(probability=False)), {"svc__C": np.array([1, 5])})
    fields = objects.fields_of(grid)
    elsewhere()
    made = objects.made(**fields, seed=7)
    assert made.param_grid == {"svc__C": [1, 5]}
    assert made.estimator.steps[1][1].random_state == 7
    again = objects.fields_of(GridSearchCV(make_pipeline(StandardScaler(), SVC(C=3)), {"svc__C": [1, 5]}))
    assert again != fields


def test_every_fit_has_an_object_of_its_own_as_it_was_when_it_was_given():
    given = Shrunken(0.25)
    fields = objects.fields_of(given)
    given.shrink = 9
    one, other = objects.made(**fields, seed=1), objects.made(**fields, seed=2)
    one.fit(None, None)
    assert (one.shrink, one.kept, one.random_state) == (0.25, [1, 2], 1)
    assert (other.kept, other.random_state) == ([1], 2)
    svc = SVC().fit([[0.0], [1.0]], [0, 1])
    assert not hasattr(objects.made(**objects.fields_of(svc)), "classes_")


def function_of(scale):
    return lambda x, y, test, seed: scale * test[:, 0]


def test_functions_differ_by_code_by_defaults_and_by_what_they_took_along():
    def plain(x, y, test, seed):
        return test[:, 0]

    def other(x, y, test, seed):
        return test[:, 1]

    def keeping(bound):
        def inner(x, y, test, seed, bound=bound):
            return test[:, 0] * bound

        return inner

    things = [plain, other, function_of(1), function_of(2), keeping(1), keeping(2)]
    things += [functools.partial(plain, size=1), functools.partial(plain, size=2)]
    ids = {tuple(objects.fields_of(thing).values()) for thing in things}
    assert len(ids) == len(things)
    assert objects.fields_of(function_of(1)) == objects.fields_of(function_of(1))


def test_an_edited_class_is_another(elsewhere):
    text = "class Own:\n    rate = {}\n    def fit(self, x, y): self.w = {}\n"
    text += "    def predict(self, x): return x\n"
    codes = []
    for rate, w in ((1, 0), (1, 0), (2, 0), (1, 5)):
        space = {"__name__": "__main__"}
        exec(text.format(rate, w), space)
        fields = objects.fields_of(space["Own"]())
        objects.made(**fields)  # copying leaves marks on a class, which are no code
        codes.append(objects.fields_of(space["Own"]())["code"])
    assert len({*codes}) == 3
    assert codes[0] == codes[1]


def test_1_and_1_0_are_two_parameters():
    fields = [objects.fields_of(BaggingClassifier(max_samples=size)) for size in (1, 1.0)]
    assert fields[0]["parameters"] == '{"max_samples":1}'
    assert fields[1]["parameters"] in ("", '{"max_samples":1.0}')  # by the default of its version
    one, whole = (estimator(BaggingClassifier(max_samples=size)) for size in (2, 2.0))
    assert (one.make(0).max_samples, type(whole.make(0).max_samples)) == (2, float)
    assert one != whole


def test_a_name_is_of_one_class():
    estimator(SVC(), name="of one class")
    estimator(SVC(C=3), name="of one class")
    with pytest.raises(InputError, match="name: got 'of one class'"):
        estimator(LogisticRegression(), name="of one class")


def test_foreign_code_within_a_pipeline_is_run_alone():
    assert not estimator(make_pipeline(StandardScaler(), SVC())).alone
    assert estimator(make_pipeline(StandardScaler(), Known())).alone
    assert estimator(Shrunken()).alone


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Deep(), "got 'Deep'; allowed: .*generator is a Generator"),
        (SVC(kernel=object()), "got 'SVC'; allowed: .*kernel is a object"),
        (function_of(object()), "scale is a object"),
        (functools.partial(SVC, 3), "positional"),
        (Shrunken().fit, "has no place of its own"),
    ],
)
def test_what_json_has_no_word_for_is_refused_unless_it_has_a_name(thing, words):
    with pytest.raises(InputError, match=words) as caught:
        objects.fields_of(thing)
    assert "\n" not in str(caught.value)
    assert "name='...'" in str(caught.value)
    name = f"mine, {words[:9]}"
    fields = objects.fields_of(thing, name=name)
    assert fields == {"of": name, "parameters": "", "code": ""}
    assert objects.completed(**fields) == fields
    with pytest.raises(InputError, match="a word without a colon"):
        objects.fields_of(thing, name="my:own")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("unheard_of", "", ""), "of: got 'unheard_of'; allowed: module:Class"),
        (("nowhere:Class", "", ""), "No module named 'nowhere'"),
        (("sklearn.svm:Nothing", "", ""), "has no attribute 'Nothing'"),
        (("sklearn.svm:SVC", "{", ""), "parameters: got '{'; allowed: a JSON object"),
        (("sklearn.svm:SVC", [1], ""), "allowed: a JSON object"),
        (("sklearn.svm:SVC", {"D": 1}, ""), "parameters: .* what SVC takes .*unexpected keyword"),
        ((f"{__name__}:Shrunken", {"D": 1}, ""), "parameters: .* what .*Shrunken takes .*unexpected keyword"),
        ((f"{__name__}:Shrunken", {}, "0123"), "code: got '0123'; allowed: [0-9a-f]{16}, that of"),
    ],
)
def test_fields_of_nothing_are_refused_by_name(fields, words, elsewhere):
    elsewhere()
    with pytest.raises(InputError, match=words):
        objects.completed(*fields)


def test_the_code_has_the_same_digest_in_another_process(tmp_path):
    (tmp_path / "own_code.py").write_text(
        "class Own:\n    def fit(self, x, y): self.w = x in {'a', 'b', 'c', 'd'}\n"
        "    def predict(self, x): return x\n"
    )
    line = (
        "import own_code; from sims.pieces import objects; print(objects.fields_of(own_code.Own())['code'])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", line],
            env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 16


def _factor(c):
    class Made:
        def fit(self, x, y):
            pass

        def predict(self, x):
            return c * x[:, 0]

    return Made


def _keyword(default):
    class Made:
        def __init__(self, *, c=default):
            self.c = c

        def get_params(self, deep=False):
            return {"c": self.c}

        def set_params(self, **values):
            self.__dict__.update(values)

        def fit(self, x, y):
            pass

        def predict(self, x):
            return self.c * x[:, 0]

    return Made


def _logged(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


def _decorated(c):
    class Made:
        def fit(self, x, y):
            pass

        if c == 1:

            @_logged
            def predict(self, x):
                return x[:, 0]

        else:

            @_logged
            def predict(self, x):
                return x[:, 1]

    return Made


def _weighed(c):
    class Made:
        weight = np.array([c])

        def fit(self, x, y):
            pass

        def predict(self, x):
            return self.weight * x[:, 0]

    return Made


@pytest.mark.parametrize("make", [_factor, _keyword, _decorated, _weighed])
def test_what_a_class_takes_from_around_it_is_in_its_digest(make):
    one, two = objects.fields_of(make(1)), objects.fields_of(make(2))
    assert one != two
    assert objects.fields_of(make(1)) == one
    x = np.arange(6.0).reshape(3, 2)
    first, second = (objects.made(**fields).predict(x) for fields in (one, two))
    assert not np.array_equal(first, second)


SCALE = 1.0


def _scaled(x, y, test, seed):
    return _by_scale(test[:, 0])


def _by_scale(x):
    return SCALE * x


def test_a_plain_value_and_a_function_of_the_module_are_in_the_digest(monkeypatch):
    one = objects.fields_of(_scaled)
    monkeypatch.setattr(f"{__name__}.SCALE", 2.0)
    assert objects.fields_of(_scaled) != one
    monkeypatch.undo()
    assert objects.fields_of(_scaled) == one


def test_a_seed_by_either_name_is_set():
    class Seeded:
        def __init__(self, seed=0):
            self.seed = seed

        def fit(self, x, y):
            pass

        def predict(self, x):
            return x

    for thing in (Seeded, Seeded()):
        assert objects.made(**objects.fields_of(thing), seed=5).seed == 5


def test_what_no_other_process_can_import_goes_along_with_its_piece(elsewhere):
    class Mine(Shrunken):
        pass

    def draw(rng, n):
        x = rng.normal(size=(n, 2))
        return x, x[:, 0] > 0

    pieces = pickle.dumps((estimator(Mine(shrink=0.25)), generator(draw)))
    elsewhere()
    learner, task = pickle.loads(pieces)
    assert learner.make(3).shrink == 0.25
    assert task.sample(jax.random.key(0), 5).x.shape == (5, 1, 2)
    again = pickle.dumps(learner)
    elsewhere()
    assert pickle.loads(again) == learner
    assert pickle.loads(again).make(3).random_state == 3


def test_what_cannot_go_to_another_process_is_said():
    class Locked(Shrunken):
        lock = threading.Lock()

    learner = estimator(Locked(), name="locked in pickling")
    with pytest.raises(
        InputError, match=r"estimator: got 'locked in pickling'; allowed: for another process an object"
    ):
        pickle.dumps(learner)
