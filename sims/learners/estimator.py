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
import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.models.base import Model
from sims.pieces.errors import Diverged, NotComputed, in_words, require
from sims.samples import Samples

SCORED = 100
"""Predictions from which on scores between 0 and 1 can be told from scores about 0."""

_one_at_a_time = threading.Lock()


class Estimator:
    """Mixin of learners that bring their own model: a subclass says with `make` what is fitted.

    The predictor's output f is what ``predict`` gives, by which the 0-1 error goes. The squared risk is that
    of 2 P(y = +1) - 1 where an estimator has ``predict_proba`` and ``classes_``, and labels are single
    numbers. A training set of one label alone, which classifiers refuse, gives that label. Refused are
    predictions of labels -1 and +1 that are 0 and 1, or scores between them that tell the labels apart at one
    half and not at zero.
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
        Raises `InputError` for a model, and for outputs on a scale from 0 to 1, `Diverged` for outputs that
        are not finite, and `NotComputed` with n for outputs of another shape and for whatever ``fit`` or
        ``predict`` raises.
        """
        del stop_below
        require(model.name == "none", "model", model.name, f"none for {self.called}, which brings its own")
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        y = np.asarray(train.labels(), np.float32)
        one_label = len(np.unique(y, axis=0)) == 1
        estimator, seed = None, int(jax.random.bits(key, dtype=np.uint32))
        if not one_label:
            with self._at(len(y), seed):
                estimator = self.make(seed)
                estimator.fit(self.inputs(train), y)

        def of(samples: Samples, predicted: Callable[[Any, np.ndarray], np.ndarray]) -> np.ndarray:
            n = int(samples.n)
            if estimator is None:
                return np.full((n, *y.shape[1:]), y[0])
            with self._at(len(y), seed):
                return _checked(predicted(estimator, self.inputs(samples)), y, n)

        def outputs(samples: Samples) -> np.ndarray:
            found = of(samples, _predicted)
            _require_no_numbers(found, np.asarray(samples.labels()), self.called)
            return found

        def squared_error(samples: Samples) -> float:
            found = of(samples, _probable) if _has_probabilities(estimator, y) else outputs(samples)
            return float(np.mean((found - samples.labels()) ** 2))

        return Trained(
            risk=squared_error(monitor) if int(monitor.n) and monitor is not train else float("nan"),
            squared_error=squared_error,
            trainings=1,
            steps=0,
            selected={},
            outputs=outputs,
        )

    @contextlib.contextmanager
    def _at(self, n: int, seed: int) -> Iterator[None]:
        """Whatever code that is not ours raises says whose it is, and at which n."""
        try:
            with _alone(seed) if self.alone else contextlib.nullcontext():
                yield
        except Diverged as error:
            raise Diverged(f"{self.called}: {error}") from error
        except Exception as error:
            raise NotComputed(f"{self.called} at n = {n}: {in_words(error)}") from error


@contextlib.contextmanager
def _alone(seed: int) -> Iterator[None]:
    """One at a time; the generators that a whole process shares, Python's, numpy's and torch's, begin at
    `seed` and are given back as they were.
    """
    with _one_at_a_time:
        torch: Any = sys.modules.get("torch")
        before = random.getstate(), np.random.get_state(), torch and torch.get_rng_state()  # noqa: NPY002
        try:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            if torch:
                torch.manual_seed(seed)
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])  # noqa: NPY002
            if torch:
                torch.set_rng_state(before[2])


def _has_probabilities(estimator: Any, labels: np.ndarray) -> bool:
    classes = np.asarray(getattr(estimator, "classes_", ()))
    return labels.ndim == 1 and hasattr(estimator, "predict_proba") and 1 in classes


def _probable(estimator: Any, x: np.ndarray) -> np.ndarray:
    """2 P(y = +1) - 1."""
    classes = list(np.asarray(estimator.classes_))
    return 2 * np.asarray(estimator.predict_proba(x), np.float64)[:, classes.index(1)] - 1


def _predicted(estimator: Any, x: np.ndarray) -> np.ndarray:
    """What ``predict`` gives, in whatever shape it comes."""
    found = np.asarray(estimator.predict(x))
    if np.iscomplexobj(found):
        raise ValueError("predict gave complex numbers; allowed: real ones")
    return found.astype(np.float64)


def _checked(found: np.ndarray, labels: np.ndarray, n: int) -> np.ndarray:
    """What was predicted as f (n,), or (n, o) for labels of o numbers."""
    label = labels.shape[1:]
    if label:
        found = found[:, None] if found.ndim == 1 and label == (1,) else found
    else:
        found = np.atleast_1d(found.squeeze())
    if found.shape != (n, *label):
        numbers = f"{label[0]} numbers" if label else "one number"
        allowed = f"{(n, *label)}, {numbers} an image"
        raise ValueError(f"predict gave shape {found.shape}; allowed: {allowed}")
    if not np.isfinite(found).all():
        raise Diverged("an output is not finite")
    return found


def _require_no_numbers(found: np.ndarray, labels: np.ndarray, name: str) -> None:
    """Raise `InputError` for predictions of labels -1 and +1 on a scale from 0 to 1."""
    if labels.ndim > 1 or not np.array_equal(np.unique(labels), [-1, 1]):
        return
    within = found.min() >= 0 and found.max() <= 1
    numbers = within and np.array_equal(np.unique(found), [0, 1])
    wrong = np.mean((found > 0.5) != (labels > 0))
    scores = within and len(found) >= SCORED and wrong <= np.mean(labels < 0) - 0.2
    shown = [0, 1] if numbers else [round(float(found.min()), 3), round(float(found.max()), 3)]
    allowed = f"-1 and +1, the labels that {name} was given, or a score that is below 0 for -1"
    require(not (numbers or scores), "predict", shown, allowed)
