"""An estimator, or a function, of a user's own as a learner: ``estimator(SVC(C=10))``.

What is taken: an object with ``fit`` and ``predict``, a class that makes one, and a function
``f(X_train, y_train, X_test, seed)`` that gives predictions; the last two with `functools.partial` as well.
"""

import dataclasses
import inspect
import re
from typing import Any, ClassVar

import numpy as np

from sims.learners.estimator import Estimator
from sims.pieces import objects, register
from sims.pieces.carried import Carried
from sims.pieces.errors import require
from sims.pieces.fields import Checked
from sims.samples import Samples

_SOURCE = re.compile(r'"of":"([^"]*)"')
"""Where an object within the parameters is found."""
TAKEN = "an object or a class with fit and predict, or a function f(X_train, y_train, X_test, seed)"


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnEstimator(Carried, Checked, Estimator):
    """Fits a fresh copy of one object at every n; see `sims.learners.estimator.Estimator` for what is read.

    Parameters
    ----------
    of, parameters, code: which object, see `sims.pieces.objects`. Its parameter ``random_state``, and those
        of estimators inside it, are set from the seed. parameters may be given as a dict.
    flatten: X is (n, k d), the patches side by side; else (n, k, d).
    """

    of: str
    parameters: str | dict = ""
    code: str = ""
    flatten: bool = True
    name: ClassVar[str] = "estimator"
    version: ClassVar[int] = 2
    reads_files: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]] = {"of": "sklearn.neighbors:NearestCentroid"}

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, value in objects.completed(self.of, self.parameters, self.code).items():
            object.__setattr__(self, field, value)
        _require_taken(objects.made(self.of, str(self.parameters), self.code), "of", self.of)

    @property
    def called(self) -> str:
        """The class or the name of its object."""
        return self.of

    @property
    def alone(self) -> bool:
        """See `sims.learners.estimator.Estimator`; scikit-learn's draw from generators of their own, if all
        that they are made of is scikit-learn's too.
        """
        inner = _SOURCE.findall(str(self.parameters))
        return not all(of.startswith("sklearn.") for of in (self.of, *inner))

    def make(self, seed: int) -> Any:
        """See `sims.learners.estimator.Estimator`."""
        made = objects.made(self.of, str(self.parameters), self.code, seed=seed)
        return made if hasattr(made, "fit") else _OfFunction(made, seed)

    def inputs(self, samples: Samples) -> np.ndarray:
        """See `sims.learners.estimator.Estimator`."""
        return super().inputs(samples) if self.flatten else np.asarray(samples.images(), np.float32)


def _require_taken(thing: Any, option: str, shown: Any) -> None:
    fits = all(callable(getattr(thing, method, None)) for method in ("fit", "predict"))
    require(fits or _is_a_function_of_four(thing), option, shown, TAKEN)


def _is_a_function_of_four(thing: Any) -> bool:
    if not callable(thing) or hasattr(thing, "fit"):
        return False
    try:
        inspect.signature(thing).bind(*range(4))
    except TypeError:
        return False
    except ValueError:  # a function that says nothing of its parameters
        return True
    return True


class _OfFunction:
    """A function that trains and predicts in one, as an estimator."""

    def __init__(self, function: Any, seed: int) -> None:
        self._function, self._seed = function, seed

    def fit(self, x: np.ndarray, y: np.ndarray) -> None:
        self._train = x, y

    def predict(self, x: np.ndarray) -> Any:
        return self._function(*self._train, x, self._seed)


def estimator(thing: Any, *, name: str | None = None, flatten: bool = True) -> OwnEstimator:
    """The learner of an object, a class or a function.

    name: by which a store knows it, for an object whose parameters cannot be written down. Raises
    `InputError` for those without it, and for what neither fits and predicts nor is a function.

    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> estimator(KNeighborsClassifier(n_neighbors=1)).called
    'sklearn.neighbors:KNeighborsClassifier'
    """
    if not isinstance(getattr(thing, "func", thing), type):  # what a class makes is looked at below
        _require_taken(thing, "estimator", thing)
    return OwnEstimator(**objects.fields_of(thing, name=name), flatten=flatten)
