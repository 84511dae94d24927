"""Bias on nested features, counted from two optima: LDA on the inputs and LDA on the latents."""

import dataclasses
from typing import ClassVar

from sims.pieces import register
from sims.pieces.quantity import Quantity
from sims.probes.shortcut.reliances import FORMS, mean_over_seeds, reliance_quantities
from sims.probes.shortcut.shortcut_bias import Seed, ShortcutBias


@register("probe")
@dataclasses.dataclass(frozen=True, kw_only=True)
class NestingBias(ShortcutBias):
    """`ShortcutBias`, with the bias against the optimum in latent space beside it.

    No reading on a cell, for the reason that `ShortcutBias` has.

    Hermann et al. 2024, section 3, take reliance of the optimum "in latent space". Without nesting LDA on the
    latents of the training set decides as LDA on its inputs does; nested inputs are bent, and LDA on them is
    not the optimum any more.

    Quantities, beside those of `ShortcutBias`: "latent_lda_FORM", reliance of LDA on the latents, and
    "latent_bias_FORM_CHECKPOINT", the net's less that.
    """

    name: ClassVar[str] = "nesting_bias"
    version: ClassVar[int] = 1

    def quantities(self, seeds: list[Seed]) -> list[Quantity]:
        """Means over repetitions: those of `ShortcutBias`, and those from the latent optimum."""
        probes = self.side**2
        latent = [seed.run._replace(optimal=seed.latent_lda) for seed in seeds]
        biases = [
            dataclasses.replace(found, name=f"latent_{found.name}")
            for found in reliance_quantities(latent, probes=probes)
            if found.name.startswith("bias_")
        ]
        ldas = [
            mean_over_seeds(
                f"latent_lda_{form}", [getattr(seed.latent_lda, form) for seed in seeds], probes=probes
            )
            for form in FORMS
        ]
        return super().quantities(seeds) + biases + ldas
