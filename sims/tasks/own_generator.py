"""A function of a user's own that draws labelled samples, as a task: ``draw(rng, n) -> X, y``."""

import dataclasses
import inspect
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from sims.pieces import objects, register
from sims.pieces.carried import Carried
from sims.pieces.errors import InputError, NotComputed, in_words, require
from sims.pieces.fields import Checked
from sims.tasks.base import Batch
from sims.tasks.labelled import floor_of_none, images, labels

CHUNK = 256
"""Samples of one call: a set of n is made of whole calls and cut, so that it is a prefix of larger ones."""
MANY = 1000
"""So many samples, as test sets have, hold both classes, or there is nothing to learn."""
_PROBLEM = 2**31 - 3
"""Beside the key, of what belongs to the problem: no stream has this number."""
_TRIED = 3


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Generator(Carried, Checked):
    """Samples of a function ``draw(rng, n)``: X (n, ...) and y (n,), drawn from the `numpy` generator rng.

    The function is called for 256 samples at a time, every time with a generator of its own. What all samples
    of a repetition share, such as a signal, it draws from ``problem``, if it has a parameter of that name: a
    generator that is the same at every call for one seed.

    Parameters
    ----------
    of, parameters, code: which function, with which keywords, see `sims.pieces.objects`.
    real: whether labels are any real numbers; else they are -1 and +1, or 0 and 1.

    Shapes as in `sims.tasks.own_arrays.Arrays`. Raises `InputError`, named by the field, X or y.
    """

    of: str
    parameters: str | dict = ""
    code: str = ""
    real: bool = False
    name: ClassVar[str] = "generator"
    version: ClassVar[int] = 1
    reads_files: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        for field, value in objects.completed(self.of, self.parameters, self.code).items():
            object.__setattr__(self, field, value)
        require(callable(self._function()), "of", self.of, "a function draw(rng, n)")
        try:
            (x, y), (x_again, y_again) = (self._drawn([0], [1], _TRIED) for _ in range(2))
        except NotComputed as error:
            raise InputError(
                "of", self.of, f"a function draw(rng, n) that gives X and y ({error})"
            ) from error
        require(
            np.array_equal(x, x_again) and np.array_equal(y, y_again),
            "of",
            self.of,
            "a function that draws from rng alone: two calls differ",
        )
        object.__setattr__(self, "_shape", x.shape[1:])

    @property
    def k(self) -> int:
        """Patches: the product of the axes between the first and the last."""
        return vars(self)["_shape"][0]

    @property
    def d(self) -> int:
        """The last axis."""
        return vars(self)["_shape"][1]

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n,), float32."""
        require(n >= 0, "n", n, "an integer >= 0")
        words = np.asarray(jax.random.key_data(key)).ravel().tolist()
        calls = [self._drawn(words, [stream, call], CHUNK) for call in range(-(-n // CHUNK))]
        x = np.concatenate([np.empty((0, self.k, self.d), np.float32), *(x for x, _ in calls)])[:n]
        y = np.concatenate([np.empty(0, np.float32), *(y for _, y in calls)])[:n]
        one = n >= MANY and not self.real and len(np.unique(y)) == 1
        require(not one, "y", f"{y[0]:g} at all of {n} samples", "labels of two classes")
        return Batch(jnp.asarray(x), jnp.asarray(y), {})

    def floor(self, kind: str, metric: str = "squared") -> float:
        """0 for "zero", the only one."""
        del metric
        return floor_of_none(kind)

    def _function(self) -> Any:
        return objects.made(self.of, str(self.parameters), self.code)

    def _drawn(self, words: list[int], place: list[int], n: int) -> tuple[np.ndarray, np.ndarray]:
        function = self._function()
        try:
            shared = "problem" in inspect.signature(function).parameters
            more = {"problem": np.random.default_rng([*words, _PROBLEM])} if shared else {}
            drawn_x, drawn_y = function(np.random.default_rng([*words, *place]), n, **more)
        except Exception as error:
            raise NotComputed(f"{self.of} at n = {n}: {in_words(error)}") from error
        x = images(drawn_x)
        require(len(x) == n, "X", f"{len(x)} samples", f"the {n} that {self.of} was asked for")
        shape = vars(self).get("_shape", x.shape[1:])
        require(x.shape[1:] == shape, "X", x.shape[1:], f"inputs of one shape: {shape}")
        return x, labels(drawn_y, n, real=self.real, drawn=True)


def generator(draw: Any, *, real: bool = False, name: str | None = None) -> Generator:
    """The task of a function, or of a `functools.partial` of one; name: see `objects.fields_of`.

    >>> def draw(rng, n):
    ...     X = rng.normal(size=(n, 3))
    ...     return X, X[:, 0] > 0
    >>> generator(draw).sample(jax.random.key(0), 5).x.shape
    (5, 1, 3)
    """
    require(callable(draw) and not isinstance(draw, type), "draw", draw, "a function draw(rng, n)")
    return Generator(**objects.fields_of(draw, name=name), real=real)
