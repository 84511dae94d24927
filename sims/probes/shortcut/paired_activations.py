"""Bias of nets that differ in their activation alone: the same data, the same weights at the start."""

import dataclasses
from typing import Annotated, ClassVar

import jax

from sims.models import MLP
from sims.models.mlp import ACTIVATIONS
from sims.pieces import register
from sims.pieces.fields import Checked, Number, same_fields
from sims.pieces.quantity import Quantity
from sims.probes.base import jax_key
from sims.probes.intervals import Ranges
from sims.probes.shortcut.reliances import FORMS, RANGES, Run, mean_over_seeds, reliance_quantities
from sims.probes.shortcut.shortcut_bias import ShortcutBias

CHECKPOINTS = ("final", "best_validation")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _OneStart(ShortcutBias):
    """`ShortcutBias` of a net whose weights start with a given gain, whatever its activation."""

    gain: float

    def _net(self) -> MLP:
        return dataclasses.replace(super()._net(), gain=self.gain)


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class PairedActivations(Checked):
    """Linear, ReLU and tanh nets trained on the same data from the same start, repetition by repetition: "we
    compare models [...] while holding weight initialization and data fixed" (Hermann et al. 2024, section 4).

    No reading on a cell: it compares nets, repetition by repetition, and would draw other samples.

    Parameters
    ----------
    gain: variance of a hidden weight times its fan-in at the start, for all activations: He's 2.
    All others as in `ShortcutBias`; the learner is Adam, at one rate.

    Quantities, means over repetitions, for each activation A, form and checkpoint (final, best_validation):
    "bias_FORM_CHECKPOINT_A"; for A other than linear "excess_FORM_CHECKPOINT_A", the bias less that of the
    linear net, repetition by repetition; "accuracy_CHECKPOINT_A". "lda_FORM", common to all. Prediction: 0
    for the final bias of the linear net, which ends at least squares.
    """

    rho_s: float
    ratio: float
    rho_c: float = 0.9
    sigma_sc: float = 0.6
    d: int = 100
    depth: int = 1
    width: int = 128
    gain: Annotated[float, Number(above=0)] = 2.0
    rate: float = 1e-3
    epochs: int = 30
    batch: int = 64
    train: int = 3200
    validation: int = 1000
    side: int = 30
    seeds: int = 5
    name: ClassVar[str] = "paired_activations"
    version: ClassVar[int] = 1
    ranges: ClassVar[Ranges] = RANGES

    def __post_init__(self) -> None:
        super().__post_init__()
        for activation in ACTIVATIONS:
            self.of(activation)

    def of(self, activation: str) -> ShortcutBias:
        """The probe of one activation: its repetitions depend on their key alone."""
        return _OneStart(activation=activation, **same_fields(self, _OneStart))

    def measure(self, entropy: int) -> list[Quantity]:
        """The quantities named above. Raises `FloatingPointError` if a net has diverged."""
        key, probes = jax_key(entropy), self.side**2
        runs: dict[str, list[Run]] = {
            activation: [
                self.of(activation).one_seed(jax.random.fold_in(key, seed)).run for seed in range(self.seeds)
            ]
            for activation in ACTIVATIONS
        }
        found: list[Quantity] = []
        for activation, own in runs.items():
            predicted = {"final": 0.0} if activation == "linear" else None
            found += [
                dataclasses.replace(quantity, name=f"{quantity.name}_{activation}")
                for quantity in reliance_quantities(own, probes=probes, predicted=predicted)
                if quantity.name.startswith(("bias_", "accuracy_"))
            ]
            if activation == "linear":
                continue
            for checkpoint in CHECKPOINTS:
                for form in FORMS:
                    each = [
                        getattr(one.reliances[checkpoint], form) - getattr(linear.reliances[checkpoint], form)
                        for one, linear in zip(own, runs["linear"], strict=True)
                    ]
                    name = f"excess_{form}_{checkpoint}_{activation}"
                    found.append(mean_over_seeds(name, each, probes=probes))
        for form in FORMS:
            lda = [getattr(run.optimal, form) for run in runs["linear"]]
            found.append(mean_over_seeds(f"lda_{form}", lda, probes=probes))
        return found
