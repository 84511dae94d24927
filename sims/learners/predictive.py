"""The posterior predictive law of a label, from states of the posterior."""

import numpy as np

from sims.learners.sampling.gibbs import Population
from sims.learners.sampling.von_mises_fisher import NormaliserTable, normaliser_table

Array = np.ndarray

_ENTRIES = 250_000
"""Numbers a temporary of the prediction: a few of them stay in the cache."""


class Predictive:
    """log p(x, y) for y = -1 and +1 given the training set, up to a constant of x, averaged over states.

    It is the log of the mean over states of sum_i exp(y <v_i, x_i>/sigma^2). Each signal is integrated out
    given the patches of the training samples (and, under the orthogonal prior, the other signals). This turns
    the exponential into Z(|S_i + y x_i/sigma^2|) / Z(|S_i|), Z of the von Mises-Fisher law on the sphere on
    which v_i is free. Averaging each state's own E[y | x] instead would leave out that x, too, tells of v.
    Derived in docs/references.md.
    """

    def __init__(self, population: Population, sigma: float) -> None:
        self._prior, self._sigma = population.prior, sigma
        self._fields, self._frame = population.prior.free(population.fields, population.signals)
        self._squares = np.sum(self._fields**2, axis=1)[:, None, :]
        taken = 0 if self._frame is None else len(self._frame) - 1
        self._dimension = self._fields.shape[1] - taken

    def __call__(self, images: Array) -> Array:
        """(2, n): the two log likelihoods, of y = -1 and of y = +1, of images (n, k, d)."""
        images = images.astype(np.float64) / self._sigma**2
        longest = np.sqrt(np.sum(images**2, axis=(1, 2)).max(initial=0.0)) + np.sqrt(self._squares.max())
        table = normaliser_table(self._dimension, float(longest))
        own = table(self._squares)
        block = max(1, _ENTRIES // (images.shape[1] * self._fields.shape[-1]))
        parts = [self._block(table, own, images[i : i + block]) for i in range(0, len(images), block)]
        return np.concatenate(parts, axis=1) if parts else np.empty((2, 0))

    def _block(self, table: NormaliserTable, own: Array, images: Array) -> Array:
        a = self._prior.layout(images)
        cross = 2 * (a @ self._fields)
        squares = np.sum(a**2, axis=2)[:, :, None] + self._squares
        if self._frame is not None:
            # The part of x along the other signals of the frame moves nothing.
            along = (a @ self._frame) ** 2
            squares = squares + along - along.sum(axis=0)
        both = [table(np.maximum(squares + sign * cross, 0.0)) - own for sign in (-1, 1)]
        return np.stack([_log_sum_exp(terms) for terms in both]) - np.log(self._fields.shape[-1])


def posterior_mean(*predictives: Array) -> Array:
    """E[y | x] (n,) from log likelihoods (2, n), averaged over the populations that they come from."""
    minus, plus = np.logaddexp.reduce(np.stack(predictives), axis=0)
    return np.tanh(0.5 * (plus - minus))


def _log_sum_exp(terms: Array) -> Array:
    """log sum over the first and the last axis of exp(terms), (k, n, P) -> (n,); overwrites `terms`."""
    top = terms.max(axis=(0, 2))
    terms -= top[None, :, None]
    np.exp(terms, out=terms)
    return top + np.log(terms.sum(axis=(0, 2)))
