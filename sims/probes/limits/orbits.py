"""Is training equivariant under a group of turns of the image? Two tests, for any model and learner.

An algorithm A is equivariant under G if for every U in G and every data set D the law, over initial weights
W0 (and whatever else A draws), of f_{A(UD)}(U x) is that of f_{A(D)}(x): Li, Zhang, Arora 2021 (arXiv
2010.08515). UD is D with all images turned, those that a model is selected on included: selection is a part
of A.

* Run by run. Train on D from W0 and on UD from the W0 that follows the turn (`Turnable.transport`), with the
  same random numbers for all else, and compare the outputs. If they agree and the law of W0 does not change
  under transport, the two laws agree. That they differ is no proof of the contrary: another pairing of
  initial weights might do.
* By law. Train from independent initial weights on D and on UD, and hold the two laws of outputs against each
  other in a permutation test. A rejection shows that the algorithm is not equivariant, at the stated error
  probability; it needs no transport and so works for every model.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners.base import Learner, Trained
from sims.models.base import Model, Parameters, Residual, Turnable
from sims.pieces.errors import Diverged, require
from sims.probes.limits.permutation_tests import energy_p_value, means_p_value
from sims.samples import pack
from sims.tasks.base import Batch

TOLERANCE = 1e-3
"""Largest gap of outputs, relative to their root mean square, that counts as rounding. float32 rounds at 6e-8
and some hundred steps leave about 1e-6 of it; an algorithm that does not follow the turn leaves gaps beyond
0.05. Both are far from the tolerance.
"""
ALPHA = 1e-4
"""Error probability of a rejection."""
START_DRAWS = 64
"""Initial weights on either side of the test that their law follows the turn."""

OUTCOMES = ("equivariant", "not equivariant", "undecided")


@dataclasses.dataclass(frozen=True)
class Transported:
    """A model whose initial weights follow the turn `matrix`; all else is the wrapped model's.

    matrix: rows of the (k d, k d) orthogonal matrix, as tuples: a model is a static, hashable argument of
    compiled programs. Raises `InputError` at `init` if the model cannot follow this turn.
    """

    model: Any
    matrix: tuple[tuple[float, ...], ...]
    name: ClassVar[str] = "transported"
    version: ClassVar[int] = 1

    @property
    def trained_bias(self) -> bool:
        """As the wrapped model's."""
        return self.model.trained_bias

    @property
    def group(self) -> str:
        """As the wrapped model's."""
        return self.model.group

    def init(self, key: jax.Array, k: int, d: int, *, std: float, bias: float) -> Parameters:
        """The wrapped model's initial parameters, transported."""
        start = self.model.init(key, k, d, std=std, bias=bias)
        moved = self.model.transport(start, np.asarray(self.matrix), k, d)
        require(moved is not None, "matrix", "a turn outside the group", f"one of the group {self.group}")
        return moved

    def outputs(self, params: Parameters, x: jax.Array) -> jax.Array:
        """As the wrapped model's."""
        return self.model.outputs(params, x)

    def pull_back(self, params: Parameters, x: jax.Array, residual: Residual) -> tuple[jax.Array, Parameters]:
        """As the wrapped model's."""
        return self.model.pull_back(params, x, residual)


def transported(model: Model, matrix: np.ndarray, k: int, d: int) -> Transported | None:
    """The model with initial weights that follow the turn, or None if it has no such weights."""
    if not isinstance(model, Turnable):
        return None
    probe = model.init(jax.random.key(0), k, d, std=1.0, bias=0.0)
    if model.transport(probe, matrix, k, d) is None:
        return None
    return Transported(model, tuple(tuple(row) for row in np.asarray(matrix, float).tolist()))


def turned(batch: Batch, matrix: np.ndarray) -> Batch:
    """The samples (U x, y): images flattened patch by patch, turned in float64, rounded to float32."""
    x = np.asarray(batch.x, np.float64)
    moved = x.reshape(len(x), -1) @ np.asarray(matrix, np.float64).T
    return Batch(jnp.asarray(moved.reshape(x.shape), jnp.float32), batch.y, {})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Algorithm:
    """A model, a learner and the data they meet: a training set, the set selected on, and points to compare
    outputs at.
    """

    model: Model
    learner: Learner
    train: Batch
    monitor: Batch
    test: Batch

    @property
    def sizes(self) -> tuple[int, int]:
        """(k, d)."""
        _, k, d = self.train.x.shape
        return k, d

    def runs(
        self, keys: Sequence[jax.Array], matrix: np.ndarray | None = None, *, model: Model | None = None
    ) -> "Runs":
        """One training a key, on D and looked at in x; with a matrix U, on UD and looked at in U x.

        model: trained in place of the algorithm's. Raises `FloatingPointError` if an output is not finite,
        `InputError` if the learner's predictor does not give its outputs.
        """
        sets = (self.train, self.monitor, self.test)
        if matrix is not None:
            sets = tuple(turned(batch, matrix) for batch in sets)
        train, monitor, test = (pack(batch, capacity=len(batch.y)) for batch in sets)
        trained = [
            self.learner.train(model or self.model, key, train, monitor, stop_below=None) for key in keys
        ]
        outputs = []
        for one in trained:
            fine, allowed = one.outputs is not None, "a learner whose predictor gives its outputs"
            require(fine, "learner", type(self.learner).name, allowed)
            outputs.append(np.asarray(one.outputs(test), np.float64))
        if not np.all(np.isfinite(outputs)):
            raise Diverged("training left outputs that are not finite")
        return Runs(np.stack(outputs), trained)


class Runs(NamedTuple):
    """Repeated trainings: outputs at the test points (runs, points), float64, and what the learner gave."""

    outputs: np.ndarray
    trained: list[Trained]


def relative_gap(f: np.ndarray, other: np.ndarray) -> float:
    """Largest |f' - f| over runs and test points, relative to the root mean square of f over all of them.

    f, other: (runs, points). Raises `FloatingPointError` if f is zero throughout: silent nets follow any
    turn.
    """
    scale = np.sqrt(np.mean(f**2))
    if scale == 0:
        raise FloatingPointError("every trained net is zero at every test point: nothing to compare")
    return float(np.abs(other - f).max() / scale)


def pathwise_gap(algorithm: Algorithm, matrix: np.ndarray, keys: Sequence[jax.Array]) -> float | None:
    """Largest relative gap between f_{A(D)}(x) from W0 and f_{A(UD)}(U x) from the W0 that follows the turn.

    One run a key and side; a key also draws the mini-batches, which are then the same samples on both sides.
    None if the model has no weights that follow this turn.
    """
    follower = transported(algorithm.model, matrix, *algorithm.sizes)
    if follower is None:
        return None
    return relative_gap(algorithm.runs(keys).outputs, algorithm.runs(keys, matrix, model=follower).outputs)


def start_p_value(
    model: Model, matrix: np.ndarray, k: int, d: int, key: jax.Array, rng: np.random.Generator
) -> float | None:
    """p-value of "transport leaves the law of the initial parameters as it is"; None without transport.

    For weights that are independent Gaussians of one variance it does, exactly: their density depends on the
    norm alone, and transport is an orthogonal map of the weights. The test is for models that start
    otherwise. It holds means of parameters and of their squares, and means of |w| and w^4 over the weights
    of a draw, of 64 starts against 64 transported ones.
    """
    follower = transported(model, matrix, k, d)
    if follower is None:
        return None

    def features(one: Model, keys: jax.Array) -> np.ndarray:
        starts = jax.vmap(lambda single: one.init(single, k, d, std=1.0, bias=0.0))(keys)
        w = np.concatenate(
            [np.asarray(leaf, np.float64).reshape(START_DRAWS, -1) for leaf in jax.tree.leaves(starts)],
            axis=1,
        )
        tails = np.stack([np.abs(w).mean(axis=1), (w**4).mean(axis=1)], axis=1)
        return np.concatenate([w, w**2, tails], axis=1)

    plain, moved = jax.random.split(key)
    return means_p_value(
        features(model, jax.random.split(plain, START_DRAWS)),
        features(follower, jax.random.split(moved, START_DRAWS)),
        rng,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class LawTest:
    """Outputs of independent runs on D and on UD.

    p_value: of "same law". gap: largest difference of mean outputs over test points, relative to the root
    mean square output; no pairing of runs can bring the mean gap of outputs at that point below it. error:
    standard error of the difference at that point.
    """

    p_value: float
    gap: float
    error: float


def law_test(plain: np.ndarray, moved: np.ndarray, rng: np.random.Generator) -> LawTest:
    """The permutation test between outputs on D at x and on UD at U x, (runs, points), all runs independent.

    Noise of TOLERANCE times the root mean square output is added to all outputs of both sides. Without it,
    runs that hardly depend on their initial weights would differ in law by the rounding of U x alone; with
    it, differences much below the tolerance are not seen, and larger ones are as before. Raises
    `FloatingPointError` if all outputs are zero.
    """
    scale = np.sqrt(np.mean(np.concatenate([plain, moved]) ** 2))
    if scale == 0:
        raise FloatingPointError("every trained net is zero at every test point: nothing to compare")
    f, g = plain / scale, moved / scale
    difference = np.abs(f.mean(axis=0) - g.mean(axis=0))
    errors = np.sqrt(f.var(axis=0, ddof=1) / len(f) + g.var(axis=0, ddof=1) / len(g))
    worst = int(np.argmax(difference))
    noisy_f, noisy_g = (outputs + TOLERANCE * rng.standard_normal(outputs.shape) for outputs in (f, g))
    return LawTest(
        p_value=energy_p_value(noisy_f, noisy_g, rng),
        gap=float(difference[worst]),
        error=float(errors[worst]),
    )


def outcome(gap: float | None, start: float | None, law: LawTest) -> str:
    """ "equivariant", "not equivariant" or "undecided", from the pathwise gap, the p-value of the start's law
    and the test by law.

    A rejection by law always means "not equivariant": it is wrong with probability <= ALPHA. Agreement run by
    run counts if neither test of laws rejects.
    """
    if law.p_value <= ALPHA:
        return OUTCOMES[1]
    if gap is not None and gap <= TOLERANCE and start is not None and start > ALPHA:
        return OUTCOMES[0]
    return OUTCOMES[2]
