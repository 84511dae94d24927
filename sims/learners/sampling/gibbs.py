"""The posterior of a hidden signal by Gibbs sampling: a population of states, annealed from the prior.

Multiplied by its label, a sample of DSD is z_j = v_t in patch t = t_j, plus noise. The prior of the unit
signals v_i is one of three (`PRIORS`), that of the patches t_j is uniform. Given the signals the patches are
independent, given the patches the signals are von Mises-Fisher: two exact draws make a sweep.

Arrays of signals are (m, D, P): m signals of D coordinates in each of P states. Images are laid out to match,
z (k or 1, n, D), so that one batched product serves all priors (`Prior.layout`).
"""

import dataclasses
from typing import ClassVar, Protocol

import numpy as np

from sims.learners.sampling import von_mises_fisher

Array = np.ndarray

SURVIVAL = 0.7
"""Effective fraction of the states that a step of the annealing leaves: sets how far it goes."""


class Prior(Protocol):
    """A law of the k signals: what the group of an architecture makes of one w*."""

    name: ClassVar[str]

    def layout(self, x: Array) -> Array:
        """Images (n, k, d) as (k or 1, n, D): the coordinates in which a signal lives."""
        ...

    def pool(self, sums: Array) -> Array:
        """Sums of the samples of each patch (k, D, P) by the signal that they tell of, (m, D, P)."""
        ...

    def signals(self, k: int, d: int) -> tuple[int, int]:
        """(m, D): signals, and coordinates of each."""
        ...

    def start(self, rng: np.random.Generator, k: int, d: int, states: int) -> Array:
        """Signals (m, D, P) from the prior."""
        ...

    def draw(self, rng: np.random.Generator, fields: Array, signals: Array) -> Array:
        """Signals (m, D, P) from the law with density exp(sum_i <fields_i, v_i>) against the prior, or a step
        that leaves it invariant, from the present `signals`.
        """
        ...

    def means(self, signals: Array, k: int) -> Array:
        """Mean images (k, k, d) of a label +1 in each patch, for one state's signals (m, D)."""
        ...

    def free(self, fields: Array, signals: Array) -> tuple[Array, Array | None]:
        """The parts of the fields (m, D, P) that move each signal while the others stay, and the frame of
        signals that confines them, if any.
        """
        ...


@dataclasses.dataclass(frozen=True)
class Patchwise:
    """v_1..v_k independent and uniform on S^{d-1}: one orthogonal block a patch, the group of the LCN."""

    name: ClassVar[str] = "patchwise"

    def layout(self, x: Array) -> Array:
        return np.ascontiguousarray(x.transpose(1, 0, 2))

    def pool(self, sums: Array) -> Array:
        return sums

    def signals(self, k: int, d: int) -> tuple[int, int]:
        return k, d

    def start(self, rng: np.random.Generator, k: int, d: int, states: int) -> Array:
        return von_mises_fisher.unit(rng.standard_normal((*self.signals(k, d), states)))

    def draw(self, rng: np.random.Generator, fields: Array, signals: Array) -> Array:
        del signals
        return von_mises_fisher.draw(rng, fields)

    def means(self, signals: Array, k: int) -> Array:
        return np.eye(k)[:, :, None] * np.broadcast_to(signals, (k, signals.shape[1]))[:, None, :]

    def free(self, fields: Array, signals: Array) -> tuple[Array, Array | None]:
        del signals
        return fields, None


@dataclasses.dataclass(frozen=True)
class Shared(Patchwise):
    """One v uniform on S^{d-1} in all patches: one common orthogonal block, the group of the CNN."""

    name: ClassVar[str] = "shared"

    def pool(self, sums: Array) -> Array:
        return sums.sum(axis=0, keepdims=True)

    def signals(self, k: int, d: int) -> tuple[int, int]:
        return 1, d


@dataclasses.dataclass(frozen=True)
class Orthogonal:
    """v_1..v_k an orthonormal frame of R^{kd}, Haar on the Stiefel manifold: O(kd), the group of the FCN."""

    name: ClassVar[str] = "orthogonal"

    def layout(self, x: Array) -> Array:
        return np.ascontiguousarray(x.reshape(1, len(x), -1))

    def pool(self, sums: Array) -> Array:
        return sums

    def signals(self, k: int, d: int) -> tuple[int, int]:
        return k, k * d

    def start(self, rng: np.random.Generator, k: int, d: int, states: int) -> Array:
        # The Q of a Gaussian matrix is Haar once the signs of R's diagonal are taken out.
        q, r = np.linalg.qr(rng.standard_normal((states, k * d, k)))
        q = q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]
        return np.ascontiguousarray(q.transpose(2, 1, 0))

    def draw(self, rng: np.random.Generator, fields: Array, signals: Array) -> Array:
        """Column by column: given the others, v_i is von Mises-Fisher on the sphere of their complement."""
        signals = signals.copy()
        count, size, _ = signals.shape
        for i in range(count):
            others = np.delete(signals, i, axis=0)
            field = off(others, fields[i])
            kappa = np.linalg.norm(field, axis=0)
            random = off(others, rng.standard_normal((2, *field.shape)))
            pole = von_mises_fisher.unit(np.where(kappa > 0, field, random[0]))
            # Twice, as a pole that was small beside its field is orthogonal only up to rounding of the field.
            pole = von_mises_fisher.unit(off(others, pole))
            cosine = von_mises_fisher.cosines(rng, size - count + 1, kappa)
            signals[i] = von_mises_fisher.around(pole, cosine, random[1])
        return signals

    def means(self, signals: Array, k: int) -> Array:
        return signals.reshape(k, k, -1)

    def free(self, fields: Array, signals: Array) -> tuple[Array, Array | None]:
        """Each field less its components along the other signals."""
        along = np.einsum("ldp,idp->lip", signals, fields)
        own = np.einsum("iip->ip", along)[:, None, :]
        return fields - np.einsum("ldp,lip->idp", signals, along) + signals * own, signals


def off(frame: Array, vectors: Array) -> Array:
    """`vectors` (..., D, P) less their components along the orthonormal frame (m, D, P)."""
    along = np.einsum("mdp,...dp->m...p", frame, vectors)
    return vectors - np.einsum("mdp,m...p->...dp", frame, along)


PRIORS: dict[str, Prior] = {prior.name: prior for prior in (Shared(), Patchwise(), Orthogonal())}


@dataclasses.dataclass
class Population:
    """P states of the posterior of (signals, patches), side by side.

    signals: v (m, D, P). fields: S (m, D, P), the sums of the samples that a state puts down to each signal,
    over sigma^2: given the patches, v has the density exp(sum_i <S_i, v_i>) against the prior.
    log_evidence: estimate of log E prod_j mean_i exp(<v_i, z_j>/sigma^2) under the prior, which is the log
    evidence up to a constant of the images. steps: annealing steps taken.
    """

    prior: Prior
    signals: Array
    fields: Array
    log_evidence: float = 0.0
    steps: int = 0


class Sampler:
    """Gibbs sampler for signed images z (n, k, d), z_j = y_j x_j, with noise deviation `sigma`."""

    def __init__(self, prior: Prior, z: Array, sigma: float) -> None:
        self._prior = prior
        self._shape, self._sigma = z.shape, sigma
        self._z = prior.layout(z / sigma**2)
        self._turned = np.ascontiguousarray(np.swapaxes(self._z, 1, 2))

    def patches(self, rng: np.random.Generator, signals: Array, power: float) -> Array:
        """Patches (n, P) given signals: softmax over i of power <v_i, z_j>/sigma^2, by inversion."""
        logits = self._z @ signals
        logits *= power
        logits -= logits.max(axis=0)
        np.exp(logits, out=logits)
        below = np.cumsum(logits, axis=0, out=logits)
        uniform = rng.random(below.shape[1:]) * below[-1]
        return np.sum(below[:-1] <= uniform, axis=0)

    def fields(self, patches: Array) -> Array:
        """S (m, D, P) of patches (n, P)."""
        members = (patches == np.arange(self._shape[1])[:, None, None]).astype(np.float64)
        return self._prior.pool(self._turned @ members)

    def sweep(self, rng: np.random.Generator, population: Population, power: float = 1.0) -> None:
        """Draw the patches given the signals, then the signals given the patches, at power `power`."""
        population.fields = self.fields(self.patches(rng, population.signals, power))
        population.signals = self._prior.draw(rng, power * population.fields, population.signals)

    def images(self, rng: np.random.Generator, population: Population, count: int) -> Array:
        """Images (count, k, d) that the states of the population predict: signed signals plus noise."""
        _, k, d = self._shape
        states = rng.integers(population.signals.shape[-1], size=count)
        patches, labels = rng.integers(k, size=count), rng.choice([-1.0, 1.0], count)
        signal = [
            self._prior.means(population.signals[..., state], k)[patch]
            for state, patch in zip(states, patches, strict=True)
        ]
        noise = self._sigma * rng.standard_normal((count, k, d))
        return labels[:, None, None] * np.stack(signal) + noise

    def anneal(self, rng: np.random.Generator, states: int) -> Population:
        """A population taken from the prior to the posterior by a sequential Monte Carlo sampler.

        The likelihood is raised to a power that goes from 0 to 1 in steps that leave `SURVIVAL` of the
        effective number of states; each step weights the states by what the likelihood gained, resamples
        them, and makes a sweep (Del Moral, Doucet, Jasra 2006, "Sequential Monte Carlo samplers").
        """
        n, k, d = self._shape
        signals = self._prior.start(rng, k, d, states)
        fields = self.fields(rng.integers(k, size=(n, states)))
        population = Population(self._prior, signals, fields)
        power = 0.0
        while power < 1:
            energy = np.sum(population.signals * population.fields, axis=(0, 1))
            step = _longest_step(energy, 1 - power)
            power = 1.0 if step >= 1 - power else power + step
            weights = np.exp(step * (energy - energy.max()))
            population.log_evidence += np.log(weights.mean()) + step * energy.max()
            chosen = _resample(rng, weights)
            population.signals = population.signals[..., chosen]
            population.fields = population.fields[..., chosen]
            population.steps += 1
            self.sweep(rng, population, power)
        return population


def _longest_step(energy: Array, longest: float) -> float:
    """The largest step up to `longest` that leaves the effective fraction `SURVIVAL` of states, by bisection
    in the logarithm.
    """

    def survival(step: float) -> float:
        weights = np.exp(step * (energy - energy.max()))
        return float(weights.sum() ** 2 / np.sum(weights**2) / energy.size)

    if survival(longest) >= SURVIVAL:
        return longest
    low, high = -60.0, float(np.log(longest))
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if survival(np.exp(middle)) >= SURVIVAL else (low, middle)
    return float(np.exp(low))


def _resample(rng: np.random.Generator, weights: Array) -> Array:
    """Indices of the survivors, by systematic resampling."""
    edges = np.cumsum(weights)
    ticks = (rng.random() + np.arange(weights.size)) * (edges[-1] / weights.size)
    return np.minimum(np.searchsorted(edges, ticks), weights.size - 1)
