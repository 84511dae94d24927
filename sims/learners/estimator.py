"""Anything with ``fit`` and ``predict`` as a learner, such as an estimator of scikit-learn or a torch module.

    @register("learner")
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Logistic(Estimator):
        C: float = 1.0
        name: ClassVar[str] = "logistic"
        version: ClassVar[int] = 1

        def make(self, seed):
            return LogisticRegression(C=self.C)

In a file of its own: ``nstar --use logistic.py measure dsd --model none --learner logistic ...``. The fields
of the subclass enter the id of every cell and are options on the command line. An object, a class or a
function needs no subclass: `sims.learners.own_estimator`.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.models.base import Model
from sims.pieces.errors import Diverged, NotComputed, in_words, require
from sims.samples import Samples

_one_at_a_time = threading.Lock()


class Estimator:
    """Mixin of learners that bring their own model: a subclass says with `make` what is fitted.

    The predictor's output f is 2 P(y = +1) - 1 of an estimator with ``predict_proba`` and ``classes_``, else
    what ``predict`` gives; of labels of several numbers always the latter. A training set of one label alone,
    which classifiers refuse, gives that label. Labels -1 and +1 that ``predict`` gives back as 0 and 1 are
    refused.
    """

    name: ClassVar[str]
    selects: ClassVar[bool] = False
    several_outputs: ClassVar[bool] = True

    def make(self, seed: int) -> Any:
        """An estimator that is not fitted: ``fit(x, y)`` and ``predict(x)``, x (n, k d) float32, the patches
        side by side, y (n,), or (n, o), float32. seed: an integer below 2^32, for what it draws.
        """
        raise NotImplementedError

    def inputs(self, samples: Samples) -> np.ndarray:
        """X as ``fit`` and ``predict`` see it: (n, k d) float32."""
        images = np.asarray(samples.images(), np.float32)
        return images.reshape(len(images), -1)

    @property
    def called(self) -> str:
        """What messages call it."""
        return self.name

    @property
    def alone(self) -> bool:
        """Whether fits and predictions of one process wait for each other: code that is not ours may seed a
        generator of the whole process and draw from it, as torch does where it starts a module.
        """
        return True

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Fit once on `train`; nothing is selected on `monitor`, whose risk is NaN where it is `train`.
        Raises `InputError` for a model, and for outputs that number classes 0 and 1, `Diverged` for outputs
        that are not finite, ValueError for outputs of another shape, and `NotComputed` with n for whatever
        ``fit`` or ``predict`` raises.
        """
        del stop_below
        require(model.name == "none", "model", model.name, f"none for {self.called}, which brings its own")
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        y = np.asarray(train.labels(), np.float32)
        one_label = len(np.unique(y, axis=0)) == 1
        estimator = None
        if not one_label:
            with self._at(len(y)):
                estimator = self.make(int(jax.random.bits(key, dtype=np.uint32)))
                estimator.fit(self.inputs(train), y)

        def outputs(samples: Samples) -> np.ndarray:
            n = int(samples.n)
            if estimator is None:
                return np.full((n, *y.shape[1:]), y[0])
            with self._at(len(y)):
                found, probable = _predicted(estimator, self.inputs(samples), y)
            if not probable:
                _require_no_numbers(found, y, self.called)
            return _checked(found, y, n, self.called)

        def squared_error(samples: Samples) -> float:
            return float(np.mean((outputs(samples) - samples.labels()) ** 2))

        return Trained(
            risk=squared_error(monitor) if int(monitor.n) and monitor is not train else float("nan"),
            squared_error=squared_error,
            trainings=1,
            steps=0,
            selected={},
            outputs=outputs,
        )

    @contextlib.contextmanager
    def _at(self, n: int) -> Iterator[None]:
        """Whatever code that is not ours raises says whose it is, and at which n."""
        try:
            with _one_at_a_time if self.alone else contextlib.nullcontext():
                yield
        except Exception as error:
            raise NotComputed(f"{self.called} at n = {n}: {in_words(error)}") from error


def _predicted(estimator: Any, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, bool]:
    """f in whatever shape it comes, float64, and whether it is of probabilities. labels: those fitted to."""
    classes = np.asarray(getattr(estimator, "classes_", ()))
    if labels.ndim == 1 and hasattr(estimator, "predict_proba") and 1 in classes:
        found = np.asarray(estimator.predict_proba(x), np.float64)
        return 2 * found[:, list(classes).index(1)] - 1, True
    return np.asarray(estimator.predict(x), np.float64), False


def _checked(found: np.ndarray, labels: np.ndarray, n: int, name: str) -> np.ndarray:
    """What ``predict`` gave as f (n,), or (n, o) for labels of o numbers."""
    label = labels.shape[1:]
    if label:
        found = found[:, None] if found.ndim == 1 and label == (1,) else found
    else:
        found = np.atleast_1d(found.squeeze())
    if found.shape != (n, *label):
        numbers = f"{label[0]} numbers" if label else "one number"
        allowed = f"{(n, *label)}, {numbers} an image"
        raise ValueError(f"{name}: predict gave shape {found.shape}; allowed: {allowed}")
    if not np.isfinite(found).all():
        raise Diverged(f"{name}: an output is not finite")
    return found


def _require_no_numbers(found: np.ndarray, labels: np.ndarray, name: str) -> None:
    numbers = np.array_equal(np.unique(labels), [-1, 1]) and np.array_equal(np.unique(found), [0, 1])
    require(not numbers, "predict", [0, 1], f"-1 and +1, the labels that {name} was given, or a score")
