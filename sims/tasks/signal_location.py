"""Where the signal of DSD sits: one label a patch, in place of one an image."""

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp

import theory.dsd.location
import theory.dsd.risks
from sims.pieces import register
from sims.pieces.errors import require
from sims.tasks.base import Batch
from sims.tasks.dsd import DSD

FLOORS = ("oracle", "linear", "ground_truth", "bayes", "zero")
"""Reference predictors: those of DSD before their sum over patches (the ground-truth LSA net of unit norm at
its best bias, the best linear predictor, the ground-truth net without a threshold); for metric top_one also
the best guess there is, the patch of the largest |<w*, x_i>|; and nothing (0).
"""


@register("task")
@dataclasses.dataclass(frozen=True, kw_only=True)
class SignalLocation(DSD):
    """Images of DSD, labels (n, k): the sign of the signal in the patch that holds it, 0 in all others.

    Fields, latents and the images of a key are those of `DSD`. Squared risks are means over patches: nothing
    (0) has 1/k, and an LSA net 1/k of what its sum has on DSD (`theory.dsd.location`). A tolerance is counted
    in that measure: one of 1/k or more asks for nothing.

    >>> SignalLocation(k=6, d=8, sigma=0.15).label_shape
    (6,)
    """

    name: ClassVar[str] = "signal_location"
    version: ClassVar[int] = 1
    keeps_label: ClassVar[tuple[str, ...]] = ()

    @property
    def label_shape(self) -> tuple[int, ...]:
        """(k,)."""
        return (self.k,)

    def sample(self, key: jax.Array, n: int, *, stream: int = 0) -> Batch:
        """Samples 0..n-1 of a stream: x (n, k, d) and y (n, k), float32."""
        batch = super().sample(key, n, stream=stream)
        there = jnp.arange(self.k)[None, :] == batch.latents["patch"][:, None]
        return batch._replace(y=jnp.where(there, batch.y[:, None], 0.0))

    def floor(self, kind: str, metric: str = "squared") -> float:
        """Risk of a reference predictor; see `FLOORS`."""
        require(kind in FLOORS, "floor", kind, ", ".join(FLOORS))
        require(metric in ("squared", "top_one"), "metric", metric, "squared, top_one")
        if kind == "zero":
            return 0.0
        if metric == "squared":
            known = [name for name in FLOORS if name != "bayes"]
            require(kind in known, "floor", kind, f"{', '.join(known)} for metric squared")
            return super().floor(kind) / self.k
        bias = theory.dsd.risks.oracle_risk(self.k, self.sigma).bias if kind == "oracle" else 0.0
        return theory.dsd.location.top_one_error(self.k, self.sigma, bias)
