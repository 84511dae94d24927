"""How much nets lean on a shortcut feature, beyond what the optimal classifier does (Hermann et al. 2024)."""

import dataclasses
import math
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from sims.errors import require
from sims.learners import GradientDescent, KernelRegression
from sims.learners.base import Learner
from sims.models import Model
from sims.pieces import build, register, registered
from sims.probes.base import Quantity, jax_key
from sims.probes.series import mean_quantity
from sims.reliance import decisions, least_squares_classifier, reliance
from sims.samples import Samples, pack
from sims.tasks.base import Batch
from sims.tasks.shortcut import Shortcut
from theory.shortcut import Reliance, optimal_reliance

LEARNERS = ("adam", "kernel")
FORMS = ("signed", "absolute")
CHECKPOINTS = ("final", "best_validation")
CHECKS = 30
"""Looks at the validation set in one training."""


class Run(NamedTuple):
    """One seed: reliance of the net at each checkpoint and of LDA, accuracies on the validation set, and the
    decisions on the probes.
    """

    reliances: dict[str, Reliance]
    accuracies: dict[str, float]
    lda: Reliance
    surfaces: dict[str, np.ndarray]


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class ShortcutBias:
    """Bias of a learner on `sims.tasks.Shortcut`: its reliance on the shortcut less that of LDA on the same
    training set, over independent seeds (data, embedding and start).

    Parameters
    ----------
    rho_s, rho_c, sigma_sc, ratio, eta_s, eta_c, d: of the task.
    model: "mlp" or another registered model; depth, width, activation: its options, none for its own.
    learner: "adam", on the mean squared error, or "kernel": ridgeless and ridge regression with the NTK of
        the infinitely wide net of model "fcn", the ridge with the least squared error on the validation set.
    rate: learning rate of Adam; rates: how many are tried, an odd number: half a decade apart around `rate`,
        the one with the least squared error on the validation set wins.
    epochs, batch: of Adam; batches are drawn with replacement, train/batch steps an epoch.
    train, validation: samples; side: probes along each axis, side^2 in all.
    seeds: independent repetitions (>= 2).
    surface: whether to give the decisions on the probes too.

    Quantities. For each form (signed, absolute) and checkpoint (final; best_validation, the step of least
    squared error on the validation set): "bias_FORM_CHECKPOINT", mean over seeds with its standard error (of
    a linear net, which ends at least squares, with the prediction 0), and "seed_bias_FORM_CHECKPOINT" with
    `at` = seed. "lda_FORM", its reliance, with the closed form as prediction; "accuracy_CHECKPOINT" on the
    validation set. With surface "surface" and "surface_lda", the mean decision over seeds with `at` = the
    probe's index, the core's running faster. The kernel has no steps: only final.

    Raises `InputError`, named by the field, for values out of range.
    """

    rho_s: float
    ratio: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    eta_s: int = 0
    eta_c: int = 0
    d: int = 100
    model: str = "mlp"
    depth: int | None = None
    width: int | None = None
    activation: str | None = None
    learner: str = "adam"
    rate: float = 1e-3
    rates: int = 1
    epochs: int = 30
    batch: int = 64
    train: int = 3200
    validation: int = 1000
    side: int = 30
    seeds: int = 5
    surface: bool = False
    name: ClassVar[str] = "shortcut_bias"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        task = self.task()
        task.probes(self.side)
        require(self.learner in LEARNERS, "learner", self.learner, ", ".join(LEARNERS))
        for field, least in (("epochs", 1), ("batch", 1), ("validation", 2), ("seeds", 2)):
            value = getattr(self, field)
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
            require(whole, field, value, f"an integer >= {least}")
        fits = isinstance(self.train, int) and self.train >= self.batch
        require(fits, "train", self.train, f"an integer >= batch = {self.batch}")
        number = isinstance(self.rate, int | float) and math.isfinite(self.rate) and self.rate > 0
        require(number, "rate", self.rate, "a number > 0")
        odd = isinstance(self.rates, int) and self.rates >= 1 and self.rates % 2 == 1
        require(odd, "rates", self.rates, "an odd integer >= 1")
        require(isinstance(self.surface, bool), "surface", self.surface, "true or false")
        self._learner()
        self._net()

    def task(self) -> Shortcut:
        """The task of this cell."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(Shortcut)}
        return Shortcut(**fields)

    def grid(self) -> tuple[float, ...]:
        """The learning rates, increasing."""
        half = self.rates // 2
        return tuple(float(f"{self.rate * 10 ** (step / 2):.3g}") for step in range(-half, half + 1))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above."""
        key = jax_key(entropy)
        runs = [self._run(jax.random.fold_in(key, seed)) for seed in range(self.seeds)]
        found: list[Quantity] = []
        # A linear net ends at the least squares solution, which is LDA.
        least_squares = 0.0 if (self.model, self.activation) == ("mlp", "linear") else None
        for checkpoint in runs[0].reliances:
            for form in FORMS:
                each = [getattr(run.reliances[checkpoint], form) - getattr(run.lda, form) for run in runs]
                found.append(mean_quantity(f"bias_{form}_{checkpoint}", each, predicted=least_squares))
                found += [
                    Quantity(name=f"seed_bias_{form}_{checkpoint}", value=value, at=seed)
                    for seed, value in enumerate(each)
                ]
            right = [run.accuracies[checkpoint] for run in runs]
            found.append(mean_quantity(f"accuracy_{checkpoint}", right))
        optimum = optimal_reliance(self.rho_s, self.rho_c, self.sigma_sc)
        for form in FORMS:
            lda = [getattr(run.lda, form) for run in runs]
            found.append(mean_quantity(f"lda_{form}", lda, predicted=getattr(optimum, form)))
        if self.surface:
            for name in runs[0].surfaces:
                mean = np.mean([run.surfaces[name] for run in runs], axis=0)
                found += [Quantity(name=name, value=value, at=at) for at, value in enumerate(mean)]
        return found

    def _learner(self) -> Learner:
        if self.learner == "kernel":
            options = {"depth": self.depth, "activation": self.activation}
            return KernelRegression(**_given(options))
        steps = self.epochs * (self.train // self.batch)
        # The nearest number of looks that divides the steps.
        every = next(e for e in range(max(1, steps // CHECKS), 0, -1) if steps % e == 0)
        return GradientDescent(
            optimizer="adam",
            lr_w=self.grid(),
            lr_b=(1.0,),
            steps=steps,
            batch=self.batch,
            init_std=1.0,
            eval_every=every,
        )

    def _net(self) -> Model:
        if self.learner == "kernel":
            require(self.model == "fcn", "model", self.model, "fcn for learner kernel")
            require(self.width is None, "width", self.width, "nothing for learner kernel: it is infinite")
            return build("model", {"name": "fcn"})
        known = registered("model")
        require(self.model in known, "model", self.model, ", ".join(sorted(known)))
        given = _given({"depth": self.depth, "width": self.width, "activation": self.activation})
        taken = {field.name for field in dataclasses.fields(known[self.model])}
        for name, value in given.items():
            require(name in taken, name, value, f"nothing for model {self.model}")
        return build("model", {"name": self.model, **given})

    def _run(self, key: jax.Array) -> Run:
        task, model = self.task(), self._net()
        train, validation = (
            task.sample(key, n, stream=stream) for stream, n in enumerate((self.train, self.validation))
        )
        latents = task.probes(self.side)
        images = task.embed(key, jnp.asarray(latents))
        probes = _packed(Batch(images, jnp.zeros(len(latents)), {}))
        monitor = _packed(validation)
        trained = self._learner().train(
            model, jax.random.fold_in(key, 2**31), _packed(train), monitor, stop_below=None
        )
        checkpoints = {"final": trained.final, "best_validation": trained.outputs}
        if trained.final is None:
            checkpoints = {"final": trained.outputs}
        reliances, accuracies, surfaces = {}, {}, {}
        for name, outputs in checkpoints.items():
            decided = decisions(outputs(probes))
            reliances[name] = reliance(decided, latents[:, 0], latents[:, 1])
            accuracies[name] = float(np.mean(decisions(outputs(monitor)) == monitor.labels()))
            if name == "final":
                surfaces["surface"] = decided
        weights, offset = least_squares_classifier(np.asarray(train.x).reshape(self.train, -1), train.y)
        surfaces["surface_lda"] = decisions(np.asarray(images).reshape(len(latents), -1) @ weights + offset)
        lda = reliance(surfaces["surface_lda"], latents[:, 0], latents[:, 1])
        return Run(reliances, accuracies, lda, surfaces)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _packed(batch: Batch) -> Samples:
    return pack(batch, capacity=len(batch.y))
