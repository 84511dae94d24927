"""How much nets lean on a shortcut feature, beyond what the optimal classifier does (Hermann et al. 2024)."""

import dataclasses
from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.learners import KernelRegression
from sims.learners.base import Learner
from sims.learners.prices.training import Trainings
from sims.measuring.readings.reliance import decisions, reliance
from sims.models import FCN, MLP
from sims.pieces import register
from sims.pieces.errors import MAX_SAMPLES, require
from sims.pieces.fields import Checked, Number, OneOf, Whole, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.shortcut.least_squares import least_squares_classifier
from sims.probes.shortcut.reliances import (
    FORMS,
    MAX_BATCH,
    MAX_EPOCHS,
    MAX_SEEDS,
    RANGES,
    Run,
    adam,
    mean_over_seeds,
    read_off,
    reliance_quantities,
)
from sims.samples import Layout, Samples, pack
from sims.tasks.base import Batch
from sims.tasks.shortcut.two_features import Shortcut
from theory.shortcut import Reliance, optimal_reliance

LEARNERS = ("adam", "kernel")
MAX_RATES, MAX_SIDE = 101, 1000


class Seed(NamedTuple):
    """One repetition: the net beside LDA on its training set, decisions (probes,) of that LDA, and reliance
    of LDA on the latents of the same training set.
    """

    run: Run
    by_lda: np.ndarray
    latent_lda: Reliance


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortcutBias(Checked):
    """Bias of a learner on `sims.tasks.Shortcut`: its reliance on the shortcut less that of LDA on the same
    training set, over independent seeds (data, embedding and start).

    No reading on a cell: a cell would draw other samples, and the published numbers would go.

    Parameters
    ----------
    rho_s, rho_c, sigma_sc, ratio, eta_s, eta_c, d: of the task.
    depth, width, activation: of the perceptron (`sims.models.MLP`), none for its own.
    learner: "adam", on the mean squared error, or "kernel": ridgeless and ridge regression with the NTK of
        the infinitely wide perceptron without biases, activation "relu" or "linear", the ridge with the least
        squared error on the validation set.
    rate: learning rate of Adam; rates: how many are tried, an odd number: half a decade apart around `rate`,
        the one with the least squared error on the validation set wins.
    epochs, batch: of Adam; batches are drawn with replacement, train/batch steps an epoch.
    train, validation: samples; side: probes along each axis, side^2 in all.
    seeds: independent repetitions (>= 2).
    surface: whether to give the decisions on the probes too.

    Quantities, each a mean over seeds. For each form (signed, absolute) and checkpoint (final;
    best_validation, the step of least squared error on the validation set): "reliance_FORM_CHECKPOINT" and
    "bias_FORM_CHECKPOINT", with "seed_bias_FORM_CHECKPOINT" at = seed; its standard error is at least what
    one probe counts, 2/side^2. "along_s_CHECKPOINT", "along_c_CHECKPOINT": the mean of yhat sign z_i.
    "accuracy_CHECKPOINT" on the validation set. "lda_FORM", the reliance of LDA. "ridge" of the kernel,
    selected. With surface "surface" and "surface_lda", the mean decision with `at` = the probe's index, the
    core's running faster. The kernel has no steps: only final.
    Predictions, without nesting: the closed form for "lda_FORM", and for the final bias of a linear net 0, as
    it ends at least squares.
    """

    rho_s: float
    ratio: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    eta_s: int = 0
    eta_c: int = 0
    d: int = 100
    depth: int | None = None
    width: int | None = None
    activation: str | None = None
    learner: Annotated[str, OneOf(LEARNERS)] = "adam"
    rate: Annotated[float, Number(above=0)] = 1e-3
    rates: Annotated[int, Whole(1, MAX_RATES)] = 1
    epochs: Annotated[int, Whole(1, MAX_EPOCHS)] = 30
    batch: Annotated[int, Whole(1, MAX_BATCH)] = 64
    train: Annotated[int, Whole(1, MAX_SAMPLES)] = 3200
    validation: Annotated[int, Whole(2, MAX_SAMPLES)] = 1000
    side: Annotated[int, Whole(2, MAX_SIDE)] = 30
    seeds: Annotated[int, Whole(2, MAX_SEEDS)] = 5
    surface: bool = False
    name: ClassVar[str] = "shortcut_bias"
    version: ClassVar[int] = 2
    ranges: ClassVar[Ranges] = RANGES

    def __post_init__(self) -> None:
        task = self.task()
        super().__post_init__()
        task.probe_grid(self.side)
        require(self.train >= self.batch, "train", self.train, f"an integer >= {self.batch}, the batch")
        require(self.rates % 2 == 1, "rates", self.rates, "an odd integer")
        self.trainings()

    def task(self) -> Shortcut:
        """The task of this cell."""
        return Shortcut(**same_fields(self, Shortcut))

    def grid(self) -> tuple[float, ...]:
        """The learning rates, increasing."""
        half = self.rates // 2
        return tuple(float(f"{self.rate * 10 ** (step / 2):.3g}") for step in range(-half, half + 1))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above. Raises `FloatingPointError` if a net has diverged."""
        key = jax_key(entropy)
        return self.quantities([self.one_seed(jax.random.fold_in(key, seed)) for seed in range(self.seeds)])

    def quantities(self, seeds: list[Seed]) -> list[Quantity]:
        """Means over repetitions, and what theory predicts for them."""
        plain = self.eta_s == self.eta_c == 0
        least_squares = plain and (self.learner, self.activation) == ("adam", "linear")
        found = reliance_quantities(
            [seed.run for seed in seeds],
            probes=self.side**2,
            predicted={"final": 0.0} if least_squares else None,
        )
        optimum = optimal_reliance(self.rho_s, self.rho_c, self.sigma_sc)
        for form in FORMS:
            lda = [getattr(seed.run.optimal, form) for seed in seeds]
            known = getattr(optimum, form) if plain else None
            found.append(mean_over_seeds(f"lda_{form}", lda, probes=self.side**2, predicted=known))
        if self.surface:
            surfaces = {
                "surface": [seed.run.decided for seed in seeds],
                "surface_lda": [seed.by_lda for seed in seeds],
            }
            for name, each in surfaces.items():
                mean = np.mean(each, axis=0)
                found += [Quantity(name=name, value=value, at=at) for at, value in enumerate(mean)]
        return found

    def trainings(self) -> Trainings:
        """What is trained, for what it takes to be told before."""
        train, monitor, judged = (
            Layout.of(n, n, 1, self.d) for n in (self.train, self.validation, self.side**2)
        )
        return Trainings(self._net(), self._learner(), train, monitor, judged, self.seeds)

    def _learner(self) -> Learner:
        if self.learner == "kernel":
            kernels = {
                None: {},
                "relu": {"activation": "relu"},
                "linear": {"activation": "lsa", "threshold": 0.0},
            }
            require(
                self.activation in kernels, "activation", self.activation, "relu, linear for learner kernel"
            )
            options: dict[str, Any] = kernels[self.activation]
            return KernelRegression(depth=1 if self.depth is None else self.depth, **options)
        return adam(self.grid(), epochs=self.epochs, train=self.train, batch=self.batch)

    def _net(self) -> Any:
        if self.learner == "kernel":
            require(self.width is None, "width", self.width, "nothing for learner kernel: it is infinite")
            return FCN()
        given = {"depth": self.depth, "width": self.width, "activation": self.activation}
        return MLP(**{name: value for name, value in given.items() if value is not None})

    def one_seed(self, key: jax.Array) -> Seed:
        """A repetition: data, embedding and start of training come from the key alone."""
        task, model = self.task(), self._net()
        train, validation = (
            task.sample(key, n, stream=stream) for stream, n in enumerate((self.train, self.validation))
        )
        latents = task.probe_grid(self.side)
        images = task.embed(key, jnp.asarray(latents))
        monitor = _packed(validation)
        trained = self._learner().train(
            model, jax.random.fold_in(key, 2**31), _packed(train), monitor, stop_below=None
        )
        weights, offset = least_squares_classifier(np.asarray(train.x).reshape(self.train, -1), train.y)
        by_lda = decisions(np.asarray(images).reshape(len(latents), -1) @ weights + offset)
        lda = reliance(by_lda, latents[:, 0], latents[:, 1])
        z = np.stack([train.latents["z_s"], train.latents["z_c"]], axis=1)
        weights, offset = least_squares_classifier(z, train.y)
        latent_lda = reliance(decisions(latents @ weights + offset), latents[:, 0], latents[:, 1])
        probes = _packed(Batch(images, jnp.zeros(len(latents)), {}))
        run = read_off(trained, probes, latents, monitor, lda)
        if self.learner == "kernel":
            run.numbers["ridge"] = trained.selected["ridge"]
        return Seed(run, by_lda, latent_lda)


def _packed(batch: Batch) -> Samples:
    return pack(batch, capacity=len(batch.y))
