"""The Bayes posterior as a learner: the best prediction that any algorithm can make from n samples of DSD."""

import dataclasses
from typing import Annotated, ClassVar

import jax
import numpy as np

from sims.learners.base import Trained
from sims.learners.predictive import Predictive, posterior_mean
from sims.learners.prices.training import Priced, Workspace
from sims.learners.sampling.gibbs import PRIORS, Population, Sampler
from sims.models.base import Model
from sims.pieces import register
from sims.pieces.errors import require
from sims.pieces.fields import Checked, Number, OneOf, Whole
from sims.samples import Layout, Samples

PRIOR_OF_MODEL = {"fcn": "orthogonal", "lcn": "patchwise", "cnn": "shared"}
"""The Haar prior over the group under which gradient descent on the architecture is equivariant."""
MAX_CHAINS, MAX_SWEEPS = 100_000, 10_000
_POPULATIONS = 2
"""Independent runs of the sampler: how far they disagree says how far they are from the posterior."""
_PREDICTED = 500
"""Images that each population predicts, on which the two are compared. The monitor set will not do: it may be
the training set, whose labels both know.
"""
_PASS = 5
"""Operations of a matrix product in whose time one is done number by number: measured, 8 to 12."""
_SWEPT, _AVERAGED = 8 * _PASS, 40 * _PASS
"""What is done number by number, for each patch and state: in a sweep for each sample (scale, largest, shift,
exp, sum, draw, compare, count), in a prediction for each image, whose two normalisers are splines.
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sampled(Checked):
    """How the posterior is sampled: the fields of every learner that makes use of it.

    Parameters
    ----------
    sigma: noise of the task, a number > 0, which the posterior knows.
    prior: "shared" (one signal in all patches, uniform on its sphere; the CNN's group), "patchwise" (a signal
        of its own in every patch; the LCN's), "orthogonal" (an orthonormal frame of R^{kd}; the FCN's), or
        None for the one of the model.
    chains: states in each of two independent populations, annealed from the prior to the posterior.
    burn_in: Gibbs sweeps at the posterior before states are kept.
    sweeps: sweeps whose states are kept: a prediction averages 2 chains sweeps states.
    """

    sigma: Annotated[float, Number(above=0)]
    prior: Annotated[str | None, OneOf(PRIORS)] = None
    chains: Annotated[int, Whole(2, MAX_CHAINS)] = 32
    burn_in: Annotated[int, Whole(0, MAX_SWEEPS)] = 5
    sweeps: Annotated[int, Whole(1, MAX_SWEEPS)] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "sigma", float(self.sigma))


@register("learner")
@dataclasses.dataclass(frozen=True, kw_only=True)
class Posterior(Sampled, Priced):
    """Predicts E[y | x, the n samples] under DSD with a random signal: no algorithm has a lower mean squared
    risk.

    An algorithm that is equivariant under a group G has the same risk on DSD as on U DSD for every U in G, so
    at least the Bayes risk under the Haar prior over G. The model names G through its architecture, and takes
    no other part. Fields: see `Sampled`.

    `selected` tells how well the sampler did: "disagreement" is the mean of (f_1 - f_2)^2, with f_1 and f_2
    from one population each, over images that the posterior predicts, drawn from states of both. If the two
    have independent errors of mean zero, a quarter of it is the excess of the squared risk over the Bayes
    risk. Where it is not small beside the tolerance of the target, as under the orthogonal prior at k d in
    the hundreds, the risk is no more than an upper bound on the Bayes risk. "log_evidence" is the mean of the
    two estimates that the annealing gives, "log_evidence_gap" their difference. Derivations in
    docs/references.md.

    >>> Posterior(sigma=0.15).selects
    False
    """

    name: ClassVar[str] = "posterior"
    version: ClassVar[int] = 1
    selects: ClassVar[bool] = False

    def flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> None:
        """Not counted: how many steps the annealing takes is not known before."""
        del model, train, monitor, test

    def least_flops(self, model: Model, train: Layout, monitor: Layout, test: Layout) -> float:
        """Of one step of the annealing, of the sweeps that follow it, and of all predictions."""
        k, orthogonal = train.k, (self.prior or PRIOR_OF_MODEL.get(model.name)) == "orthogonal"
        coordinates = k * train.d if orthogonal else train.d
        sweep = k * train.n * self.chains * (4 * coordinates + _SWEPT)
        images = monitor.n + test.n + _POPULATIONS * _PREDICTED
        predictions = k * images * self.chains * self.sweeps * (2 * coordinates + _AVERAGED)
        return _POPULATIONS * ((1.0 + self.burn_in + self.sweeps) * sweep + predictions)

    def workspace(self, model: Model, train: Layout, monitor: Layout) -> Workspace:
        """See `sims.learners.prices.training.Priced`."""
        del model, monitor
        image, states = train.k * train.d, self.chains * self.sweeps
        # Three forms of the images; a sweep's logits and their copies; frames and fields of all states.
        sweep = 3 * train.n * train.k * self.chains
        return Workspace(8 * (3 * train.n * image + sweep + 6 * _POPULATIONS * image * states))

    def train(
        self, model: Model, key: jax.Array, train: Samples, monitor: Samples, *, stop_below: float | None
    ) -> Trained:
        """Sample the posterior given `train`. Nothing is selected on `monitor`; `key` seeds the sampler.

        Raises `InputError` for a model without a prior, for an empty set, and for the orthogonal prior with
        d = 1 and k > 1, where no signal of the frame can move while the others stay.
        """
        del stop_below
        require(int(train.n) >= 1, "n", int(train.n), "at least one training sample")
        require(int(monitor.n) >= 1, "n", int(monitor.n), "enough samples for the monitor set to hold one")
        chosen = self.prior or PRIOR_OF_MODEL.get(model.name, "none")
        require(chosen in PRIORS, "model", model.name, f"{', '.join(PRIOR_OF_MODEL)} where prior is none")
        k, d = train.patches
        movable = chosen != "orthogonal" or k == 1 or d > 1
        require(movable, "d", d, "an integer >= 2 under the orthogonal prior")
        signed = train.images().astype(np.float64) * train.labels()[:, None, None]
        sampler = Sampler(PRIORS[chosen], signed, self.sigma)
        words = np.asarray(jax.random.key_data(key)).ravel().tolist()
        seeds = np.random.SeedSequence(words).spawn(_POPULATIONS + 1)
        *streams, stream = (np.random.default_rng(seed) for seed in seeds)
        populations = [self.population(sampler, rng) for rng in streams]
        predictives = [Predictive(population, self.sigma) for population in populations]

        def outputs(samples: Samples) -> np.ndarray:
            images = samples.images()
            return posterior_mean(*(predictive(images) for predictive in predictives))

        def squared_error(samples: Samples) -> float:
            return float(np.mean((outputs(samples) - samples.labels()) ** 2))

        predicted = np.concatenate([sampler.images(stream, one, _PREDICTED) for one in populations])
        first, second = (posterior_mean(predictive(predicted)) for predictive in predictives)
        evidence = [population.log_evidence for population in populations]
        return Trained(
            risk=squared_error(monitor),
            squared_error=squared_error,
            trainings=1,
            steps=max(population.steps for population in populations),
            selected={
                "prior": chosen,
                "disagreement": float(np.mean((first - second) ** 2)),
                "log_evidence": float(np.mean(evidence)),
                "log_evidence_gap": float(abs(evidence[0] - evidence[1])),
            },
            outputs=outputs,
        )

    def population(self, sampler: Sampler, rng: np.random.Generator) -> Population:
        """One population: annealed, burnt in, and with the states of all kept sweeps side by side."""
        population = sampler.anneal(rng, self.chains)
        for _ in range(self.burn_in):
            sampler.sweep(rng, population)
        kept = []
        for _ in range(self.sweeps):
            sampler.sweep(rng, population)
            kept.append((population.signals, population.fields))
        signals, fields = (np.concatenate(parts, axis=-1) for parts in zip(*kept, strict=True))
        return dataclasses.replace(population, signals=signals, fields=fields)
